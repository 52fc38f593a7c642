import { hex32 } from "../base/bytes.ts";
import { isProbityError, ProbityError } from "../base/errors.ts";
import { CANCELLED } from "../flash/cancelled.ts";
import type {
  FlashProgrammer,
  FlashProgress,
  ImageSegment,
  ProgramOptions,
  ProgramResult,
} from "../flash/programmer.ts";
import type { ProgrammedMemory } from "./debug-session.ts";
import { FindingError } from "./finding-error.ts";
import { clippedTo, type FlashArea, FlashJobs } from "./flash-jobs.ts";
import type { LoadedMemory } from "./loaded-memory.ts";
import { rangesOutside } from "./ranges.ts";

/** Who programs which addresses: a loader what it is for, the chip's own programmer the flash inside. */
export class Memories {
  readonly flash: FlashProgrammer | undefined;
  readonly loaded: readonly LoadedMemory[];
  /** What a `load` asks for; undefined when nothing can be programmed. */
  readonly jobs: FlashJobs | undefined;

  constructor(flash: FlashProgrammer | undefined, loaded: readonly LoadedMemory[]) {
    this.flash = flash;
    this.loaded = loaded;
    const areas: FlashArea[] = loaded.map(({ start, size, name }) => ({ base: start, size, name }));
    if (flash !== undefined) areas.unshift(flash.region);
    this.jobs = areas.length === 0 ? undefined : new FlashJobs(...areas);
  }

  /** The memory behind a loader that holds this address. */
  loadedAt(address: number): LoadedMemory | undefined {
    return this.loaded.find((memory) => memory.contains(address));
  }

  /** What was read of memories that only a loader can read may have changed. */
  forgetContent(): void {
    for (const memory of this.loaded) memory.forgetContent();
  }

  /** The chip was reset: no Init() holds any more. */
  forgetInit(): void {
    for (const memory of this.loaded) memory.forgetInit();
  }

  /**
   * Programs every part of an image where it belongs: first the flash inside, then each loader's memory. A part that
   * fails does not keep the others from being programmed; the first error is the one that is thrown, and says what was
   * programmed all the same. Cancelled work ends at once, with `flash-cancelled`, whose message says how far it came.
   */
  async program(
    image: readonly ImageSegment[],
    options: ProgramOptions,
    onProgrammed?: (done: ProgrammedMemory) => void,
  ): Promise<void> {
    const done: string[] = [];
    let failure: unknown;
    const parts = [...this.#parts(image)];
    for (const [i, { name, part, program }] of parts.entries()) {
      let reached: FlashProgress | undefined;
      const onProgress = (progress: FlashProgress): void => {
        reached = progress;
        options.onProgress?.(progress);
      };
      try {
        const result = await program(part, { ...options, onProgress });
        done.push(name);
        onProgrammed?.({ memory: name, ...result });
      } catch (error) {
        if (isProbityError(error, CANCELLED))
          throw endedEarly(error, done, { name, part, reached }, parts.slice(i + 1));
        failure ??= error;
      }
    }
    if (failure !== undefined) throw withDone(failure, done);
  }

  /** Erases the pages or sectors that the stretches touch. */
  async eraseAll(
    stretches: readonly { readonly address: number; readonly length: number }[],
    { onProgress, cancelled }: Pick<ProgramOptions, "onProgress" | "cancelled"> = {},
  ): Promise<void> {
    for (const { address, length } of stretches) {
      for (const inner of rangesOutside(address, address + length, this.loaded)) {
        await this.flash?.erase(inner.start, inner.end - inner.start, onProgress, cancelled);
      }
      for (const memory of this.loaded) {
        const start = Math.max(address, memory.start);
        const end = Math.min(address + length, memory.start + memory.size);
        if (start >= end) continue;
        memory.forgetContent();
        await memory.run(() => memory.memory.erase(start, end - start, onProgress, cancelled), true);
      }
    }
  }

  /**
   * Reads memory behind a loader. `direct` reads at the address. A mapped memory that does not answer because the chip
   * was reset is initialised first, if `mayInit`; one that is not mapped is read through the loader, if `halted`.
   */
  async read(
    memory: LoadedMemory,
    address: number,
    length: number,
    { direct, halted, mayInit }: ReadOptions,
  ): Promise<Uint8Array> {
    if (memory.memory.mapped) {
      if (!memory.ready && halted && mayInit) await memory.init();
      return direct().catch((error: unknown) => {
        throw isProbityError(error, "memory-fault") ? silent(memory, address, error) : error;
      });
    }
    if (!halted) {
      throw new ProbityError(
        "target-running",
        `The ${memory.name} can only be read through its loader, and that needs the core halted.`,
        { facts: { address }, remedy: ["Halt it first (Ctrl-C in GDB, or `monitor halt`)."] },
      );
    }
    return memory.read(address, length);
  }

  *#parts(image: readonly ImageSegment[]): Iterable<Part> {
    const flash = this.flash;
    // A loader for the chip's own flash was named on purpose: it takes the place of the programmer inside.
    const inner = image.flatMap(({ address, data }) =>
      rangesOutside(address, address + data.length, this.loaded).map(({ start, end }) => ({
        address: start,
        data: data.subarray(start - address, end - address),
      })),
    );
    if (flash !== undefined && inner.length > 0) {
      yield { name: "internal flash", part: inner, program: (part, options) => flash.program(part, options) };
    }
    for (const memory of this.loaded) {
      const part = clippedTo({ base: memory.start, size: memory.size }, image);
      if (part.length === 0) continue;
      const program = async (segments: ImageSegment[], options: ProgramOptions): Promise<ProgramResult> => {
        memory.forgetContent();
        return memory.run(() => memory.memory.program(segments, options), true);
      };
      yield { name: memory.name, part, program };
    }
  }
}

export interface ReadOptions {
  readonly direct: () => Promise<Uint8Array>;
  readonly halted: boolean;
  readonly mayInit: boolean;
}

/** What of an image belongs into one memory. */
interface Part {
  /** The memory, in words. */
  readonly name: string;
  readonly part: ImageSegment[];
  readonly program: (part: ImageSegment[], options: ProgramOptions) => Promise<ProgramResult>;
}

/** Says what is complete, what is not, and what was not begun. */
function endedEarly(
  cause: ProbityError,
  done: readonly string[],
  { name, part, reached }: Pick<Part, "name" | "part"> & { readonly reached: FlashProgress | undefined },
  rest: readonly Part[],
): ProbityError {
  const start = part[0].address;
  const last = part[part.length - 1];
  const end = last.address + last.data.length;
  const where = `${name} from ${hex32(start)} to ${hex32(end - 1)}`;
  const phase = reached?.phase ?? "compare";
  const far = reached === undefined ? "" : ` (${phase}: ${reached.done} of ${reached.total} bytes)`;
  const state = {
    compare: "was not changed yet",
    erase: `is incomplete${far}`,
    program: `is incomplete${far}`,
    verify: "holds the program, but was not verified",
  }[phase];
  const notes = [
    `${where} ${state}.`,
    ...(done.length > 0 ? [`${capital(done.join(" and "))} was loaded before.`] : []),
    ...(rest.length > 0 ? [`${capital(rest.map((one) => one.name).join(" and "))} was not begun.`] : []),
  ];
  return new ProbityError(
    CANCELLED,
    `The load was ended in the middle, because it was interrupted or the debugger went away: ${notes.join(" ")}`,
    {
      facts: { address: start, end, phase, done: reached?.done ?? 0, total: reached?.total ?? 0 },
      remedy: [
        ...cause.remedy,
        "Until then the core is left halted, because what it would run is not a whole program.",
      ],
      cause,
    },
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function withDone(failure: unknown, done: readonly string[]): unknown {
  if (!isProbityError(failure) || done.length === 0) return failure;
  const note = `What belongs into ${done.join(" and ")} was loaded; only the rest was not.`;
  if (failure instanceof FindingError) {
    const { finding } = failure;
    return new FindingError({ ...finding, evidence: [...finding.evidence, note] }, failure);
  }
  return new ProbityError(failure.code, `${failure.message} ${note}`, {
    facts: failure.facts,
    remedy: failure.remedy,
    cause: failure,
  });
}

function silent(memory: LoadedMemory, address: number, cause: ProbityError): ProbityError {
  const { file } = memory;
  return new ProbityError(
    "memory-fault",
    `Nothing answers at ${hex32(address)}: the ${memory.name} is not set up since the last reset.`,
    {
      facts: cause.facts,
      remedy: [
        `Have Init() of ${file} called after every reset (--external-init, or -ei in place of -el).`,
        "Or let the program run until it has set up the memory controller itself.",
      ],
      cause,
    },
  );
}
