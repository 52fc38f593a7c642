import { hex32 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { Chip } from "../../chips/chip.ts";
import { resetFlagAddress, resetFlagNames } from "../../chips/reset-cause.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import { demcr, dhcsr, scs } from "../../cortexm/debug-registers.ts";
import type { Probe } from "../../probe/probe.ts";
import type { IdentifiedChip } from "../../stm32/identify.ts";
import { type FactRecorder, isLinkGone } from "./fact-recorder.ts";
import { recordVoltage } from "./probe-steps.ts";

/** Milliseconds between two looks. */
const interval = 15;
/** How long a target is watched, and how long one that was seen to reset or whose flags tell of a watchdog. */
const shortWatch = 600;
const longWatch = 3000;

/**
 * Watches a target for a while: resets, loss of power, silence. TRCENA, which only power-on clears, serves as the mark by
 * which a loss of power is known; it is put back. Resolves to false when the target went silent.
 */
export async function watchTarget(
  recorder: FactRecorder,
  probe: Probe,
  port: MemoryPort,
  clock: Clock,
  chip: IdentifiedChip | undefined,
): Promise<boolean> {
  const suspicious = chip?.state?.resetFlags?.flags.some((flag) => /WDG/.test(flag)) === true;
  const before = await port.readWord(scs.demcr);
  await port.writeWord(scs.demcr, (before | demcr.traceEnable) >>> 0);
  const started = clock.now();
  let resets = 0;
  let powerLost = false;
  let last = started;
  await port.readWord(scs.dhcsr);
  try {
    for (;;) {
      const passed = clock.now() - started;
      if (passed > (suspicious || resets > 0 ? longWatch : shortWatch) || resets >= 8) break;
      await clock.sleep(interval);
      const [status, control] = await port.words([read(scs.dhcsr), read(scs.demcr)]);
      last = clock.now();
      if ((status & dhcsr.resetSeen) === 0) continue;
      resets++;
      if ((control & demcr.traceEnable) === 0) {
        powerLost = true;
        await port.writeWord(scs.demcr, (control | demcr.traceEnable) >>> 0);
      }
    }
  } catch (error) {
    if (!isProbityError(error) || isLinkGone(error)) throw error;
    recorder.read(
      "target-lost",
      { during: "session" },
      `the target went silent while it was watched: ${error.message}`,
    );
    await recordVoltage(recorder, probe, " after that");
    return false;
  } finally {
    const milliseconds = Math.max(1, Math.round(last - started));
    if (resets > 0) {
      const what = `${resets} reset${resets === 1 ? "" : "s"} in ${(milliseconds / 1000).toFixed(2)} s (DHCSR.S_RESET_ST)`;
      recorder.read("resets-seen", { count: resets, milliseconds }, what);
    }
    if (powerLost) recorder.read("power-lost", {}, "DEMCR was cleared meanwhile, which only a power-on reset does");
  }
  await port.writeWord(scs.demcr, before);
  if (resets > 0) await recordResetFlags(recorder, port, chip?.row);
  return true;
}

/** The flags that tell why the last resets were. */
export async function recordResetFlags(
  recorder: FactRecorder,
  port: MemoryPort,
  chip: Chip | undefined,
): Promise<void> {
  const address = resetFlagAddress(chip);
  if (address === undefined) return;
  const value = await port.readWord(address);
  const flags = resetFlagNames(chip, value);
  recorder.read("reset-flags", { flags }, `RCC_CSR ${hex32(value)}: ${flags.join(", ") || "no reset flag"}`);
}

function read(address: number): { readonly kind: "read"; readonly address: number } {
  return { kind: "read", address };
}
