import { readU16, readU32, writeU32 } from "../base/bytes.ts";
import { DEBUG_STATUS, debugStatus } from "./debug-status.ts";
import { DEBUG, DP_PORT, GROUP } from "./usb-commands.ts";

const DP = { abort: 0x00, ctrlStat: 0x04, select: 0x08 } as const;
/** CTRL/STAT: CDBGPWRUPREQ and CSYSPWRUPREQ, which others need. */
const POWER_UP = 0x5000_0000;
/** CTRL/STAT: CDBGRSTREQ, MASKLANE, TRNMODE, ORUNDETECT, which would change the debug port under others. */
const SHARED_OFF = 0x0400_0f0d;

/** What becomes of a WRITE_DAP_REG to the DP while others are in debug mode, too. */
export type DpWrite = { readonly block: Uint8Array } | { readonly reply: Uint8Array };

/**
 * The debug port is one for all. Power stays requested, no client switches its modes; SELECT is the probe's own and is taken
 * note of by nobody; other banks and TARGETSEL are refused.
 */
export function sharedDpWrite(block: Uint8Array): DpWrite | undefined {
  if (block[0] !== GROUP.debug || block[1] !== DEBUG.writeDapRegister || readU16(block, 2) !== DP_PORT)
    return undefined;
  const register = readU16(block, 4);
  if (register === DP.abort) return { block };
  if (register === DP.select) return { reply: debugStatus(DEBUG_STATUS.ok) };
  if (register !== DP.ctrlStat) return { reply: debugStatus(DEBUG_STATUS.commandError) };
  const changed = block.slice();
  writeU32(changed, 6, ((readU32(block, 6) | POWER_UP) & ~SHARED_OFF) >>> 0);
  return { block: changed };
}
