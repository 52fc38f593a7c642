import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { MemoryPort, Probe } from "../coresight/memory-port.ts";
import type { ResetKind } from "./core.ts";
import type { Architecture } from "./core-name.ts";
import { aircr, demcr, dhcsr, dhcsrValue, scs } from "./debug-registers.ts";

/** Something that was done in another way than asked, and why. */
export interface CoreNotice {
  readonly code: "core-reset-unavailable" | "reset-not-seen" | "nrst-not-connected" | "halted-late" | "step-stuck";
  readonly text: string;
}

export interface ResetContext {
  readonly port: MemoryPort;
  readonly probe: Pick<Probe, "driveNrst">;
  readonly clock: Clock;
  readonly architecture: Architecture;
  /** DEMCR as it shall be afterwards. */
  readonly demcr: number;
  readonly notice: (notice: CoreNotice) => void;
}

/** Milliseconds for which NRST is held low. */
export const nrstPulse = 20;
/** Milliseconds until a reset has to show in DHCSR.S_RESET_ST. */
const resetPatience = 500;
/** On a slow host one look may take longer than that; the first may show a reset that is over. */
const fewestLooks = 3;

/** What became of a reset. */
export interface ResetResult {
  readonly done: ResetKind;
  readonly halted: boolean;
}

/**
 * Resets the core and, if asked, catches it at its reset vector by VC_CORERESET (ARMv7-M C1.6.5). A way that the core or
 * the board does not have is replaced by the next best, with a notice. The caller sees to it that the core is halted
 * before a `core` reset (VECTRESET needs debug state) and rewrites comparators afterwards.
 */
export async function resetCore(context: ResetContext, kind: ResetKind, halt: boolean): Promise<ResetResult> {
  const { notice } = context;
  let wanted = kind;
  if (wanted === "core" && context.architecture !== "v7-M") {
    notice({
      code: "core-reset-unavailable",
      text: `An Arm${context.architecture} core has no reset of the core alone (VECTRESET); the system is reset in its place.`,
    });
    wanted = "system";
  }
  for (const way of ways(wanted, context.architecture)) {
    if (way !== wanted) notice(replacement(wanted, way));
    const halted = await tryReset(context, way, halt);
    if (halted !== undefined) return { done: way, halted };
  }
  throw new ProbityError("core-reset-failed", "The core shows no sign of a reset (DHCSR.S_RESET_ST stays 0).", {
    facts: { kind },
    remedy: ["Check that NRST is wired to the probe.", "Connect under reset."],
  });
}

/** What to try, in order. */
function ways(kind: ResetKind, architecture: Architecture): ResetKind[] {
  if (kind === "hardware") return ["hardware", "system"];
  if (kind === "core") return ["core", "system"];
  return architecture === "v7-M" ? ["system", "core"] : ["system"];
}

function replacement(wanted: ResetKind, way: ResetKind): CoreNotice {
  if (wanted === "hardware") {
    return {
      code: "nrst-not-connected",
      text: "Pulling NRST low had no effect on the core: NRST is not connected to the probe. The system is reset by AIRCR.SYSRESETREQ in its place.",
    };
  }
  const name = wanted === "system" ? "SYSRESETREQ" : "VECTRESET";
  const other = way === "core" ? "VECTRESET" : "SYSRESETREQ";
  return { code: "reset-not-seen", text: `${name} had no effect on the core; ${other} is tried in its place.` };
}

/** One way of resetting; resolves to whether the core is halted, or `undefined` when no reset was seen. */
async function tryReset(context: ResetContext, kind: ResetKind, halt: boolean): Promise<boolean | undefined> {
  const { port, probe, clock } = context;
  const catching = (context.demcr | (halt ? demcr.coreReset : 0)) >>> 0;
  const arm = [
    { kind: "write", address: scs.dhcsr, value: dhcsrValue(halt ? dhcsr.halt : 0) },
    { kind: "write", address: scs.demcr, value: catching },
  ] as const;
  if (kind === "hardware") {
    // Armed before, for chips whose debug logic sleeps under reset, and again under it for those that lose it.
    await tolerant(() => port.words([{ kind: "read", address: scs.dhcsr }, ...arm]));
    await probe.driveNrst("low");
    await clock.sleep(nrstPulse);
    await tolerant(() => port.words(arm));
    await probe.driveNrst("high");
  } else {
    // The first read clears S_RESET_ST. A core that shall run is left alone until the reset.
    const before = halt || kind === "core" ? arm : [arm[1]];
    await port.words([{ kind: "read", address: scs.dhcsr }, ...before]);
    const request = kind === "core" ? aircr.vectorReset : aircr.systemReset;
    // The reset may cut off the answer to the very write that asks for it.
    await tolerant(() => port.writeWord(scs.aircr, (aircr.key | request) >>> 0));
  }
  let state = await waitForReset(context);
  if (state === undefined) return undefined;
  if (halt) {
    for (let tries = 0; (state & dhcsr.halted) === 0 && tries < 20; tries++) {
      if (tries === 5) {
        context.notice({
          code: "halted-late",
          text: "The core did not stop at its reset vector; it is halted by request.",
        });
        await port.writeWord(scs.dhcsr, dhcsrValue(dhcsr.halt));
      }
      if (tries > 0) await clock.sleep(1);
      state = await port.readWord(scs.dhcsr);
    }
    if (catching !== context.demcr) await port.writeWord(scs.demcr, context.demcr);
  }
  return (state & dhcsr.halted) !== 0;
}

/**
 * Reads DHCSR until S_RESET_ST was seen and is over; resolves to the last value, `undefined` if it never came. Rejects with
 * `core-held-in-reset` when it does not end.
 */
async function waitForReset({ port, clock }: ResetContext): Promise<number | undefined> {
  const end = clock.now() + resetPatience;
  let seen = false;
  let looks = 0;
  for (let pause = 1; ; pause = Math.min(2 * pause, 32)) {
    const state = await tolerant(() => port.readWord(scs.dhcsr));
    const over = ++looks >= fewestLooks && clock.now() >= end;
    if (state !== undefined) {
      if ((state & dhcsr.resetSeen) !== 0) {
        seen = true;
        // Set again on the next read as long as the reset lasts.
        if (!over) continue;
        throw new ProbityError("core-held-in-reset", "The core stays in reset: something holds NRST low.", {
          facts: { dhcsr: state, milliseconds: resetPatience },
          remedy: ["Let go of the reset button; look for a short from NRST to ground."],
        });
      }
      if (seen) return state;
    }
    if (over) return undefined;
    await clock.sleep(pause);
  }
}

/** `undefined` in place of an error of the target; the wires and the memory are unreliable while a chip resets. */
async function tolerant<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    const code = error instanceof ProbityError ? error.code : "";
    if (/^(memory|swd|jtag)-/.test(code)) return undefined;
    throw error;
  }
}
