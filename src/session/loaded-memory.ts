import { baseName } from "../base/paths.ts";
import { diagnoseLoaderFailure } from "../diagnose/loader/diagnose-loader.ts";
import type { LoaderTarget } from "../diagnose/loader/loader-facts.ts";
import type { ExternalMemory } from "../flash/loader/external-memory.ts";
import { isLoaderFailed } from "../flash/loader/loader-failed.ts";
import { type LineTable, readLineTable } from "../formats/dwarf-line.ts";
import { FindingError } from "./finding-error.ts";
import { MemoryCache } from "./memory-cache.ts";
import { withNandEnd } from "./nand-end.ts";

/** Bytes fetched at once of a memory that only the loader can read: each run of the loader costs some hundred transfers. */
const blockBytes = 2048;

/** A memory behind a loader that the user named, and how it stands with it. */
export class LoadedMemory {
  readonly memory: ExternalMemory;
  /** Init() is called again after every reset. */
  readonly initAfterReset: boolean;
  readonly #target: LoaderTarget;
  readonly #cache: MemoryCache;
  #ready = false;
  #failed = false;
  #lines: LineTable | undefined | "unread" = "unread";

  constructor(memory: ExternalMemory, target: LoaderTarget, initAfterReset: boolean) {
    this.memory = memory;
    this.initAfterReset = initAfterReset;
    this.#target = target;
    const { start, size } = memory.device;
    const region = { kind: "flash", start, length: size } as const;
    this.#cache = new MemoryCache([region], (address, length) => memory.read(address, length), blockBytes);
  }

  get start(): number {
    return this.memory.device.start;
  }

  get size(): number {
    return this.memory.device.size;
  }

  /** In words, for messages. */
  get name(): string {
    return `${this.memory.device.kind} ${this.memory.device.name}`;
  }

  /** The loader's file, without its folder. */
  get file(): string {
    return baseName(this.memory.loader.fileName);
  }

  /** Init() succeeded, and the chip was not reset since. */
  get ready(): boolean {
    return this.#ready;
  }

  /** What its loader was last asked for failed in the loader itself. */
  get failed(): boolean {
    return this.#failed;
  }

  /**
   * A debugger may write to it as it writes to RAM. Not where Init() failed: then a `load` has to go through the
   * programmer of all memories, which reports that part as failed and loads the others.
   */
  get writtenLikeRam(): boolean {
    return this.memory.isRam && !this.#failed;
  }

  contains(address: number): boolean {
    return this.memory.contains(address);
  }

  /** The chip was reset: what Init() set up is gone. */
  forgetInit(): void {
    this.#ready = false;
    this.#cache.clear();
  }

  /** What was read may have changed: the core ran, or something was written. */
  forgetContent(): void {
    this.#cache.clear();
  }

  /** Calls Init(). Rejects with {@link FindingError}. */
  init(): Promise<void> {
    return this.run(() => this.memory.init());
  }

  /** Reads a memory that is not mapped; neighbouring bytes come along and are kept. */
  read(address: number, length: number): Promise<Uint8Array> {
    return this.run(() => this.#cache.read(address, length));
  }

  /**
   * Runs work of the loader's, which begins with Init(). A failure is explained: rejects with {@link FindingError}.
   * `needed` tells whether what is to be loaded cannot do without this memory.
   */
  async run<Result>(work: () => Promise<Result>, needed?: boolean): Promise<Result> {
    try {
      const result = await work();
      this.#ready = true;
      this.#failed = false;
      return result;
    } catch (error) {
      if (!isLoaderFailed(error)) throw error;
      this.#ready = false;
      this.#failed = true;
      throw this.#explained(error, needed);
    }
  }

  #explained(error: unknown, needed: boolean | undefined): unknown {
    if (!isLoaderFailed(error)) return error;
    const { failure } = error;
    const lineOf = (address: number): string | undefined => {
      if (this.#lines === "unread") this.#lines = readLineTable(failure.loader.elf);
      const found = this.#lines?.lineAt(address);
      return found === undefined ? undefined : `${found.file}:${found.line}`;
    };
    const finding = diagnoseLoaderFailure({ ...failure, target: this.#target, lineOf, needed });
    return new FindingError(withNandEnd(finding, failure), error);
  }
}
