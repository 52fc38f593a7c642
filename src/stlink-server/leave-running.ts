import { readU32 } from "../base/bytes.ts";
import { DEBUG_STATUS, type Send } from "./debug-status.ts";
import { DEBUG, debugBlock } from "./usb-commands.ts";

/** Debug registers of a Cortex-M (ARMv7-M C1.6, C1.11). */
const DHCSR = 0xe000_edf0;
const FP_CTRL = 0xe000_2000;
const DHCSR_KEY = 0xa05f_0000;
const S_HALT = 1 << 17;
/** KEY without ENABLE. */
const FP_CTRL_OFF = 0b10;
const ENTER_PARAMETER = { swd: 0xa3, jtag: 0xa4 } as const;

/**
 * When the server ends: a core that a client left halted runs on. Breakpoints of the FPB are switched off first, because
 * without a debugger one of them would be a HardFault. With nothing to be done it costs three commands.
 */
export async function leaveRunning(send: Send, protocol: "swd" | "jtag"): Promise<void> {
  const entered = await send(debugBlock(DEBUG.enter, ENTER_PARAMETER[protocol]), undefined, 2);
  if (entered[0] !== DEBUG_STATUS.ok) return;
  try {
    const reply = await send(debugBlock(DEBUG.readDebugRegister, ...littleEndian(DHCSR)), undefined, 8);
    if (reply[0] !== DEBUG_STATUS.ok || (readU32(reply, 4) & S_HALT) === 0) return;
    for (const [address, value] of [
      [FP_CTRL, FP_CTRL_OFF],
      [DHCSR, DHCSR_KEY],
    ]) {
      const block = debugBlock(DEBUG.writeDebugRegister, ...littleEndian(address), ...littleEndian(value));
      await send(block, undefined, 2);
    }
  } finally {
    await send(debugBlock(DEBUG.exit));
  }
}

function littleEndian(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
