import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { MemoryPort, Probe, WordOperation } from "../coresight/memory-port.ts";
import { AfterStop, itemsOf, type StopWords } from "./after-stop.ts";
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
  /** DEMCR as it was left: the catch of the reset may still be in it. It can go with what lets the core run next. */
  readonly catching: number;
  /** What was read of the core that stopped at its reset vector, if anything. */
  readonly stop?: StopWords;
}

type Done = Omit<ResetResult, "done">;

/** How often a core is looked at in the transfer that resets it. */
const LOOKS = 4;

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
    const quick = halt && way !== "hardware" ? await resetInOneBatch(context, way) : undefined;
    if (typeof quick === "object") return { done: way, ...quick };
    const done = await tryReset(context, way, halt, quick);
    if (done !== undefined) return { done: way, ...done };
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

/** The writes before a reset: debug control of the core, and what is caught. */
function arming(halt: boolean, catching: number): readonly [WordOperation, WordOperation] {
  return [
    { kind: "write", address: scs.dhcsr, value: dhcsrValue(halt ? dhcsr.halt : 0) },
    { kind: "write", address: scs.demcr, value: catching },
  ];
}

function requestOf(kind: "core" | "system"): number {
  return (aircr.key | (kind === "core" ? aircr.vectorReset : aircr.systemReset)) >>> 0;
}

/**
 * Resets and catches the core in one batch of the probe's queue, where it has one, and looks there whether that is done.
 * Otherwise resolves to whether a reset is under way; `undefined` when nothing is known: what happened on the way may have
 * spoilt the batch.
 */
async function resetInOneBatch({ port, demcr: normal }: ResetContext, kind: "core" | "system") {
  const { wordQueue } = port;
  if (wordQueue === undefined) return undefined;
  const catching = (normal | demcr.coreReset) >>> 0;
  const look: WordOperation = { kind: "read", address: scs.dhcsr };
  const operations: WordOperation[] = [
    // Clears S_RESET_ST.
    look,
    ...arming(true, catching),
    { kind: "write", address: scs.aircr, value: requestOf(kind) },
    ...Array.from({ length: LOOKS }, () => look),
  ];
  const after = new AfterStop([], wordQueue - itemsOf(operations));
  const values = await tolerant(() => port.words([...operations, ...after.operations]));
  if (values === undefined) return undefined;
  const states = values.slice(1, 1 + LOOKS);
  if (!states.some(wasReset)) return undefined;
  const last = states[LOOKS - 1];
  if (wasReset(last) || (last & dhcsr.halted) === 0) return "seen";
  return { halted: true, catching, stop: after.read(values.slice(1 + LOOKS)) } satisfies Done;
}

function wasReset(state: number): boolean {
  return (state & dhcsr.resetSeen) !== 0;
}

/**
 * One way of resetting; `undefined` when no reset was seen. With `begun` "seen" it was asked for already, and
 * S_RESET_ST was read.
 */
async function tryReset(
  context: ResetContext,
  kind: ResetKind,
  halt: boolean,
  begun: "seen" | undefined,
): Promise<Done | undefined> {
  const { port, probe, clock } = context;
  const catching = (context.demcr | (halt ? demcr.coreReset : 0)) >>> 0;
  const arm = arming(halt, catching);
  if (begun === "seen") {
    // The looks go on.
  } else if (kind === "hardware") {
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
    // The reset may cut off the answer to the very write that asks for it.
    await tolerant(() => port.writeWord(scs.aircr, requestOf(kind)));
  }
  let state = await waitForReset(context, begun === "seen");
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
  return { halted: (state & dhcsr.halted) !== 0, catching: context.demcr };
}

/**
 * Reads DHCSR until S_RESET_ST was seen and is over; resolves to the last value, `undefined` if it never came. Rejects with
 * `core-held-in-reset` when it does not end.
 */
async function waitForReset({ port, clock }: ResetContext, seenBefore: boolean): Promise<number | undefined> {
  const end = clock.now() + resetPatience;
  let seen = seenBefore;
  let looks = 0;
  for (let pause = 1; ; pause = Math.min(2 * pause, 32)) {
    const state = await tolerant(() => port.readWord(scs.dhcsr));
    const over = ++looks >= fewestLooks && clock.now() >= end;
    if (state !== undefined) {
      if (wasReset(state)) {
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
