import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import { dhcsr, dhcsrValue, scs } from "../../cortexm/debug-registers.ts";
import { nrstPulse } from "../../cortexm/reset.ts";
import type { Probe } from "../../probe/probe.ts";
import { type ConnectedTarget, connectTarget } from "../../stm32/connect.ts";
import { type DebugFreeze, freezeForDebug } from "../../stm32/debug-freeze.ts";
import { type IdentifiedChip, identify } from "../../stm32/identify.ts";
import { identifyAndRecord } from "./chip-facts.ts";
import { factsOfError } from "./error-facts.ts";
import { type FactRecorder, isLinkGone } from "./fact-recorder.ts";
import { answersAnew, fixedClock, measureQuality, moreTelling } from "./wire-steps.ts";

/** How long a program is watched that may take the debug port away, in milliseconds. */
const patience = 1500;
/** Wire clocks for connecting under reset, in kHz, and tries at each: on a disturbed wire one may fail. */
const clocks = [950, 100] as const;
const tries = 3;

/** Pulses NRST and looks whether the core saw it. The program starts anew. */
export async function testNrst(recorder: FactRecorder, probe: Probe, port: MemoryPort, clock: Clock): Promise<void> {
  await port.readWord(scs.dhcsr);
  await probe.driveNrst("low");
  await clock.sleep(nrstPulse);
  await probe.driveNrst("high");
  await clock.sleep(2);
  let follows = false;
  try {
    follows = ((await port.readWord(scs.dhcsr)) & dhcsr.resetSeen) !== 0;
  } catch (error) {
    // A program that takes the port away right after the reset shows that there was one.
    if (!isProbityError(error) || isLinkGone(error)) throw error;
    follows = true;
  }
  const what = follows
    ? "NRST pulled low by the probe: DHCSR.S_RESET_ST saw the reset"
    : "NRST pulled low by the probe for 20 ms: DHCSR.S_RESET_ST stayed 0";
  recorder.read("nrst-follows", { follows }, what);
}

/** What connecting under reset brought to light. */
export interface UnderReset {
  readonly chip: IdentifiedChip;
}

/**
 * For a target that is silent while its program runs: connects under reset, finds out which chip it is, lets the program
 * run and sees whether and when the port dies, without the debug clocks of low-power modes and with them. The program
 * starts anew at the end and runs by itself.
 */
export async function tryUnderReset(
  recorder: FactRecorder,
  probe: Probe,
  clock: Clock,
): Promise<UnderReset | undefined> {
  const target = await connectUnderReset(recorder, probe, clock, true);
  if (target === undefined) return undefined;
  const known = { idcode: target.idcode, accessPort: target.accessPort, thorough: true };
  const look = (): Promise<IdentifiedChip> => identify(probe, target.port, target.core, known);
  // Held at its first instruction the program can't disturb the measure; what is seen then rests on these wires.
  const khz = probe.setFrequency === undefined ? fixedClock : await probe.setFrequency("swd", target.khz);
  const seen = recorder.facts.length;
  await measureQuality(recorder, probe, clock, khz, true);
  const measured = recorder.facts.slice(seen).some(({ kind }) => kind === "wire-quality");
  if (!measured && !(await answersAnew(probe))) {
    const value = { answer: "error", manner: "under-reset", protocol: "swd", khz } as const;
    recorder.read("wire-answer", value, `after the first answer at ${khz} kHz, under reset, nothing came through`);
    return undefined;
  }
  const chip = await identifyAndRecord(recorder, look, target.idcode);
  try {
    if (await watchRun(recorder, probe, target.port, clock, false)) return { chip };
    const again = await connectUnderReset(recorder, probe, clock, false);
    if (again === undefined || chip.row === undefined) return { chip };
    const freeze = await freezeForDebug(again.port, chip.row);
    if (freeze.kept) {
      await watchRun(recorder, probe, again.port, clock, true);
      await restore(recorder, probe, clock, freeze);
    }
    return { chip };
  } finally {
    await letRun(probe, clock);
  }
}

async function connectUnderReset(
  recorder: FactRecorder,
  probe: Probe,
  clock: Clock,
  told: boolean,
): Promise<(ConnectedTarget & { readonly khz: number }) | undefined> {
  const attempts = clocks.flatMap((khz) => Array.from({ length: tries }, (_, i) => ({ khz, last: i === tries - 1 })));
  let worst: unknown;
  for (const { khz: frequencyKhz, last } of attempts) {
    const khz = probe.setFrequency === undefined ? fixedClock : frequencyKhz;
    const at = ` at ${khz} kHz`;
    try {
      const target = await connectTarget(probe, clock, { mode: "under-reset", protocol: "swd", frequencyKhz });
      if (told) {
        const what = `SWD under reset${at}: the target answers`;
        recorder.read("wire-answer", { answer: "ok", manner: "under-reset", protocol: "swd", khz }, what);
      }
      return { ...target, khz };
    } catch (error) {
      if (!isProbityError(error) || isLinkGone(error)) throw error;
      worst = moreTelling(worst, error);
      if (!last) continue;
      const telling = worst;
      worst = undefined;
      for (const each of factsOfError(telling, `SWD under reset${at}`)) {
        if (each.kind !== "wire-answer") recorder.add(each);
        else if (told) {
          const found = each.value.answer === "none" ? "nothing answers" : `the answer is bad (${each.value.answer})`;
          const value = { ...each.value, manner: "under-reset" as const, khz };
          recorder.read("wire-answer", value, `SWD under reset${at}: ${found}`);
        }
      }
      if (probe.setFrequency === undefined) break;
    }
  }
  return undefined;
}

/**
 * Lets the halted core run and asks it now and then; resolves to whether it still answered at the end. One access that
 * fails is not silence yet: disturbed wires lose some.
 */
async function watchRun(
  recorder: FactRecorder,
  probe: Probe,
  port: MemoryPort,
  clock: Clock,
  clocksKept: boolean,
): Promise<boolean> {
  const started = clock.now();
  const kept = clocksKept ? "with the debug clocks kept on (DBGMCU)" : "as it is";
  let last = started;
  let pause = 1;
  await attempt(() => port.writeWord(scs.dhcsr, dhcsrValue(0)));
  while (clock.now() - started < patience) {
    const asked = clock.now();
    if ((await attempt(() => port.readWord(scs.dhcsr))) || (await answersAnew(probe))) {
      last = clock.now();
      await clock.sleep(pause);
      pause = Math.min(2 * pause, 100);
      continue;
    }
    const milliseconds = Math.floor(last - started);
    const until = Math.ceil(asked - started);
    const what = `the program was let run ${kept}: the debug port went silent ${milliseconds} to ${until} ms later`;
    recorder.read("run-watched", { answered: false, milliseconds, until, clocksKept }, what);
    return false;
  }
  const what = `the program was let run ${kept}: the debug port still answered after ${(patience / 1000).toFixed(1)} s`;
  recorder.read("run-watched", { answered: true, milliseconds: patience, clocksKept }, what);
  return true;
}

/** Whether an access works; rejects only when the probe itself is gone. */
async function attempt(access: () => Promise<unknown>): Promise<boolean> {
  try {
    await access();
    return true;
  } catch (error) {
    if (!isProbityError(error) || isLinkGone(error)) throw error;
    return false;
  }
}

/** DBGMCU outlives resets. The target is caught once more for putting it back: it may be out of reach, or go when it is. */
async function restore(recorder: FactRecorder, probe: Probe, clock: Clock, freeze: DebugFreeze): Promise<void> {
  if ((await connectUnderReset(recorder, probe, clock, false)) !== undefined) await freeze.restore();
}

/** Ends debugging and starts the program anew. */
async function letRun(probe: Probe, clock: Clock): Promise<void> {
  await probe.driveNrst("low");
  await clock.sleep(nrstPulse);
  await probe.driveNrst("high");
  await probe.leaveDebug();
}
