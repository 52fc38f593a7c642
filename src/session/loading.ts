import { isProbityError } from "../base/errors.ts";
import type { EventStream } from "../base/events.ts";
import { CANCELLED, type Cancelled } from "../flash/cancelled.ts";
import type { ImageSegment } from "../flash/programmer.ts";
import type { ProgrammedMemory, SessionEvents } from "./debug-session.ts";
import { FindingError } from "./finding-error.ts";
import { clippedTo, type FlashJobs } from "./flash-jobs.ts";
import type { LoadedMemory } from "./loaded-memory.ts";
import type { Memories } from "./memories.ts";
import { isOfKind } from "./memory-map.ts";
import type { SessionParts } from "./session-parts.ts";
import { flashUnsupported } from "./session-refusals.ts";
import type { TargetRun } from "./target-run.ts";

export interface LoadingParts {
  readonly session: SessionParts;
  readonly events: EventStream<SessionEvents>;
  readonly memories: Memories;
  readonly run: TargetRun;
}

/**
 * What is put into flash and into memories behind loaders: the core is halted for it, and nothing that was known of the core
 * is sure afterwards. Whoever calls holds the session's lock.
 */
export class Loading {
  readonly #parts: LoadingParts;
  /** Memories behind loaders into which a debugger wrote. */
  readonly #filled = new Set<LoadedMemory>();
  /** What the user was told last of a loader that could not read. */
  #toldOfLoader = "";

  constructor(parts: LoadingParts) {
    this.#parts = parts;
  }

  /**
   * What a `load` asks for is gathered here. Throws `flash-unsupported` where nothing can program this address though the
   * chip has flash there.
   */
  jobsAt(address: number): FlashJobs {
    const { memories, session } = this.#parts;
    const { jobs, flash } = memories;
    const inFlash = isOfKind(session.memoryMap, "flash", address);
    const nobody = flash === undefined && memories.loadedAt(address) === undefined;
    if (jobs === undefined || (inFlash && nobody)) throw flashUnsupported(session.chipName);
    return jobs;
  }

  /** Carries out what was gathered. */
  async done(cancelled?: Cancelled): Promise<void> {
    const { memories, run } = this.#parts;
    const { jobs } = memories;
    if (jobs === undefined || jobs.empty) return;
    const { image, erases } = jobs.take();
    try {
      if (image.length > 0) await this.program(image, cancelled);
      else await this.#atRest(() => memories.eraseAll(erases, { onProgress: this.#progress, cancelled }));
      run.incomplete = false;
    } catch (error) {
      run.incomplete ||= isProbityError(error, CANCELLED) || run.probeAway;
      throw error;
    }
  }

  async massErase(): Promise<void> {
    const { flash, chipName } = this.#parts.session;
    if (flash === undefined) throw flashUnsupported(chipName);
    await this.#atRest(() => flash.massErase());
  }

  async program(image: readonly ImageSegment[], cancelled?: Cancelled): Promise<void> {
    const { session, events, memories } = this.#parts;
    events.emit("flash.planned", { image });
    const { verify, incremental } = session.options;
    const onProgress = this.#progress;
    for (const memory of memories.loaded) {
      if (clippedTo({ base: memory.start, size: memory.size }, image).length > 0) this.#filled.add(memory);
    }
    const onProgrammed = (done: ProgrammedMemory): void => events.emit("flash.programmed", done);
    const options = { verify, incremental, onProgress, cancelled };
    await this.#atRest(() => memories.program(image, options, onProgrammed));
  }

  /** A debugger wrote into it. */
  filled(memory: LoadedMemory): void {
    this.#filled.add(memory);
  }

  /** What was loaded into it can be lost to the core by a reset: it is read where Init() mapped it. */
  inUse(memory: LoadedMemory): boolean {
    return memory.memory.mapped && this.#filled.has(memory) && memory.memory.loader.format === "stldr";
  }

  /** Init() of a loader after a reset: when it fails, the session goes on without that memory. */
  async initialise(memory: LoadedMemory): Promise<void> {
    try {
      await this.afterLoader(() => memory.init());
    } catch (error) {
      if (!isProbityError(error)) throw error;
      this.#parts.events.emit("user.message", { text: `Init() after the reset failed: ${error.message}` });
    }
  }

  /** Whatever ran on the core by itself: nothing that was known of it is sure. */
  async afterLoader<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      this.#parts.session.core.invalidate();
    }
  }

  /** A debugger shows no text for a read that fails: the console says what its loader did, once. */
  tellOfLoader(error: unknown): void {
    if (!(error instanceof FindingError) || error.message === this.#toldOfLoader) return;
    this.#toldOfLoader = error.message;
    this.#parts.events.emit("user.message", { text: error.message });
  }

  readonly #progress = (progress: SessionEvents["flash.progress"]): void => {
    this.#parts.events.emit("flash.progress", progress);
  };

  /** Halts the core if need be, and forgets what programming may have changed. */
  async #atRest(work: () => Promise<unknown>): Promise<void> {
    const { run } = this.#parts;
    if (run.state === "running") await run.stop();
    run.forgetMemory();
    await this.afterLoader(work);
  }
}
