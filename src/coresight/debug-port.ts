import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { Probe } from "./memory-port.ts";

/** DP registers by address, bank 0 (ADIv5 2.3). */
export const dp = { dpidr: 0x0, abort: 0x0, ctrlStat: 0x4, select: 0x8, rdbuff: 0xc } as const;

/** Bits of CTRL/STAT. */
export const ctrlStat = {
  stickyOverrun: 1 << 1,
  stickyCompare: 1 << 4,
  stickyError: 1 << 5,
  writeDataError: 1 << 7,
  debugPowerRequest: 1 << 28,
  debugPowerAck: 1 << 29,
  systemPowerRequest: 1 << 30,
  systemPowerAck: 1 << 31,
} as const;

const requests = ctrlStat.debugPowerRequest | ctrlStat.systemPowerRequest;
const acknowledges = ctrlStat.debugPowerAck | ctrlStat.systemPowerAck;
const sticky = ctrlStat.stickyOverrun | ctrlStat.stickyCompare | ctrlStat.stickyError | ctrlStat.writeDataError;

/**
 * Sees to it that the debug port is powered and carries no error flags of an earlier session (ADIv5 2.4.5). The probe's
 * own entry into debug mode did that as a rule, so most often this is one read. Without DP access nothing is done.
 * Rejects with `debug-power-refused` when the target does not acknowledge within a second.
 */
export async function powerUpDebugPort(probe: Probe, clock: Clock): Promise<void> {
  const { readDp, writeDp } = probe;
  if (readDp === undefined || writeDp === undefined) return;
  let state = await readDp(dp.ctrlStat);
  if ((state & acknowledges) === acknowledges && (state & sticky) === 0) return;
  if ((state & sticky) !== 0) await writeDp(dp.abort, 0x1e);
  const end = clock.now() + 1000;
  for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
    await writeDp(dp.ctrlStat, requests >>> 0);
    state = await readDp(dp.ctrlStat);
    if ((state & acknowledges) === acknowledges) return;
    if (clock.now() >= end) break;
    await clock.sleep(pause);
  }
  throw new ProbityError("debug-power-refused", "The target does not acknowledge power-up of its debug port.", {
    facts: { ctrlStat: state >>> 0 },
    remedy: ["Check the target's supply voltage.", "Connect under reset."],
  });
}
