import { readU32 } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import type { WordOperation } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";
import { XPSR_EXCEPTION, XPSR_THUMB } from "../../cortexm/xpsr.ts";
import type { ExceptionFrame, LoaderFailure, LoaderOutcome } from "../../diagnose/loader/loader-facts.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { GUARD_BYTES, type Placement } from "./placement.ts";

/** Fills the stack and the guard below it, so that it can be seen how much of it was used. */
export const STACK_PATTERN = 0xa5c35a3c;

const PCSR = 0xe000101c;
const SAMPLES = 8;
const SYST_CSR = 0xe000e010;
const ICSR = 0xe000ed04;
const CFSR = 0xe000ed28;
const HFSR = 0xe000ed2c;
const MMFAR = 0xe000ed34;
const BFAR = 0xe000ed38;
const MMARVALID = 1 << 7;
const BFARVALID = 1 << 15;
const SHF_EXECINSTR = 4;
/** Words from the stack pointer up that are kept, as ST's server logs them. */
const STACK_WORDS = 12;
/** Words that are searched for the frame of an exception whose handler ran on. */
const SEARCHED_WORDS = 48;
/** Bytes of code before and from the place that matters. */
const CODE_BEFORE = 32;
const CODE_BYTES = 64;

export interface PostMortemContext {
  readonly core: Core;
  readonly loader: LoaderFile;
  readonly placement: Placement;
  /** The loader's span as it was written. */
  readonly image: Uint8Array;
  readonly outcome: LoaderOutcome;
  readonly exceptionBefore: number;
  readonly controlBefore: number;
  readonly faultsBefore: { readonly cfsr: number; readonly hfsr: number };
  readonly haltPatience: number;
  readonly resetFlags?: { readonly address: number; readonly names: (value: number) => readonly string[] };
  readonly resetFlagsBefore: number;
}

/** What can be read of a core after a loader failed; it is halted afterwards. */
export async function postMortem(
  context: PostMortemContext,
): Promise<Pick<LoaderFailure, "core" | "stack" | "damaged">> {
  const { core, placement, faultsBefore } = context;
  const samples = context.outcome === "timed-out" ? await sampledPc(core) : [];
  if (!(await core.status()).halted) await core.halt(context.haltPatience);
  const { r, xpsr, primask, basepri, faultmask, control, msp, psp } = await core.registers();
  const [cfsrNow, hfsrNow, mmfar, bfar, icsr, sysTick] = await core.port.words(
    [CFSR, HFSR, MMFAR, BFAR, ICSR, SYST_CSR].map(read),
  );
  // Flags stay until they are cleared: what was set before says nothing of this call, unless nothing was added.
  const since = (now: number, before: number): number => ((now & ~before) >>> 0 === 0 ? now : now & ~before) >>> 0;
  const cfsr = since(cfsrNow, faultsBefore.cfsr);
  const inHandler = (xpsr & XPSR_EXCEPTION) !== context.exceptionBefore;
  const frame = !inHandler
    ? undefined
    : context.outcome === "timed-out"
      ? await frameAbove(context, [r[13], msp, psp])
      : await stackedFrame(core, r[14], r[13]);
  const sampled = context.outcome === "timed-out" ? [...samples, r[15]] : [];
  return {
    core: {
      r: [...r],
      xpsr,
      primask,
      special: { basepri, faultmask, control, msp, psp },
      controlBefore: context.controlBefore,
      cfsr,
      hfsr: since(hfsrNow, faultsBefore.hfsr),
      mmfar: (cfsrNow & MMARVALID) !== 0 ? mmfar : undefined,
      bfar: (cfsrNow & BFARVALID) !== 0 ? bfar : undefined,
      icsr,
      sysTick,
      frame,
      samples: sampled,
      code: await codeAround(core, frame?.pc ?? r[15]),
      stackWords: await wordsAt(core, r[13]),
      ...(context.outcome === "reset" ? await resetCauses(context) : { resetCauses: [] }),
    },
    stack: await stackUse(core, placement),
    damaged: await damage(context),
  };
}

/** PC without halting, by DWT_PCSR (ARMv7-M C1.8.10). It reads as all ones while the core sleeps or has no sampling. */
async function sampledPc(core: Core): Promise<number[]> {
  const values = await core.port.words(Array.from({ length: SAMPLES }, () => read(PCSR)));
  return values.filter((value) => value !== 0xffffffff && value !== 0).map((value) => value >>> 0);
}

async function stackedFrame(core: Core, excReturn: number, sp: number): Promise<ExceptionFrame | undefined> {
  // Only true at the handler's first instruction, where the trap stands: LR still holds EXC_RETURN.
  const address = (excReturn & 4) !== 0 ? await core.readRegister("psp") : sp;
  const bytes = await readable(core, address, 32);
  if (bytes === undefined) return undefined;
  const [r0, r1, r2, r3, r12, lr, pc, xpsr] = Array.from({ length: 8 }, (_, i) => readU32(bytes, 4 * i));
  return { address, r0, r1, r2, r3, r12, lr, pc, xpsr };
}

/**
 * A handler of the application's that was let run on has pushed something of its own above the frame: the frame is the
 * first eight words that look like one of the loader's.
 */
async function frameAbove(
  { core, loader, placement, exceptionBefore }: PostMortemContext,
  pointers: readonly number[],
): Promise<ExceptionFrame | undefined> {
  const isCode = (at: number): boolean =>
    loader.segments.some(({ address, data }) => {
      const offset = at - placement.loadBase - address;
      return (at & 1) === 0 && offset >= 0 && offset < data.length;
    });
  for (const sp of new Set(pointers)) {
    const bytes = await readable(core, sp & ~3, 4 * SEARCHED_WORDS);
    if (bytes === undefined) continue;
    for (let i = 0; i + 8 <= SEARCHED_WORDS; i++) {
      const [r0, r1, r2, r3, r12, lr, pc, xpsr] = Array.from({ length: 8 }, (_, j) => readU32(bytes, 4 * (i + j)));
      const plausible =
        (xpsr & XPSR_THUMB) !== 0 && (xpsr & XPSR_EXCEPTION) === exceptionBefore && (xpsr & 0x00ff0000) === 0;
      if (plausible && isCode(pc)) return { address: (sp & ~3) + 4 * i, r0, r1, r2, r3, r12, lr, pc, xpsr };
    }
  }
  return undefined;
}

async function wordsAt(core: Core, sp: number): Promise<number[]> {
  const bytes = await readable(core, sp & ~3, 4 * STACK_WORDS);
  return bytes === undefined ? [] : Array.from({ length: STACK_WORDS }, (_, i) => readU32(bytes, 4 * i));
}

function codeAround(
  core: Core,
  pc: number,
): Promise<{ readonly address: number; readonly bytes: Uint8Array } | undefined> {
  const address = Math.max(0, (pc & ~3) - CODE_BEFORE) >>> 0;
  return readable(core, address, CODE_BYTES).then((bytes) => (bytes === undefined ? undefined : { address, bytes }));
}

async function stackUse(core: Core, { guard, stack }: Placement): Promise<LoaderFailure["stack"]> {
  const bytes = await readable(core, guard, stack.top - guard);
  if (bytes === undefined) return undefined;
  let untouched = 0;
  while (untouched < bytes.length && readU32(bytes, untouched) === STACK_PATTERN) untouched += 4;
  return {
    base: stack.base,
    top: stack.top,
    used: Math.min(bytes.length - untouched, stack.top - stack.base),
    overrun: untouched < GUARD_BYTES,
  };
}

/** Stretches of code that are not what was loaded. */
async function damage({ core, loader, placement, image }: PostMortemContext): Promise<LoaderFailure["damaged"]> {
  const code = loader.elf.sections.filter(
    ({ flags, size, address }) =>
      (flags & SHF_EXECINSTR) !== 0 &&
      address >= loader.span.start &&
      address + size <= loader.span.start + loader.span.length,
  );
  const damaged: { start: number; end: number }[] = [];
  for (const { address, size } of code) {
    const now = await readable(core, placement.loadBase + address, size);
    if (now === undefined) continue;
    for (let i = 0; i < size; i++) {
      if (now[i] === image[address - loader.span.start + i]) continue;
      const at = placement.loadBase + address + i;
      const last = damaged.at(-1);
      if (last !== undefined && at - last.end < 4) last.end = at + 1;
      else damaged.push({ start: at, end: at + 1 });
    }
  }
  return damaged;
}

/** Flags stay until they are cleared: only those that are new tell of this reset. */
async function resetCauses({ core, resetFlags, resetFlagsBefore }: PostMortemContext) {
  if (resetFlags === undefined) return { resetCauses: [] };
  const [now] = await core.port.words([read(resetFlags.address)]);
  return {
    resetCauses: resetFlags.names((now & ~resetFlagsBefore) >>> 0),
    resetCausesBefore: resetFlags.names((now & resetFlagsBefore) >>> 0),
  };
}

async function readable(core: Core, address: number, length: number): Promise<Uint8Array | undefined> {
  try {
    return await core.port.read(address, length);
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
    return undefined;
  }
}

function read(address: number): WordOperation {
  return { kind: "read", address };
}
