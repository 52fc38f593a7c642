import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { LoaderDevice, LoaderFile } from "../../formats/loader-file.ts";
import { type Cancelled, flashCancelled } from "../cancelled.ts";
import type { FlashProgress, ImageSegment, ProgramOptions, ProgramResult } from "../programmer.ts";
import { CallQueue, type QueuedCall } from "./call-queue.ts";
import { LoaderCalls, type Purpose } from "./loader-calls.ts";
import { LoaderFailed } from "./loader-failed.ts";
import { MemoryReader } from "./memory-reader.ts";
import { LARGE_STACK, USUAL_STACK } from "./placement.ts";
import { keepsAllRam } from "./rest-of-ram.ts";
import { Sandbox } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox-options.ts";
import { compareSectors } from "./sector-compare.ts";
import { checkInside, type PlannedSector, planSectors, sectorAt, uncovered, writePieces } from "./sector-plan.ts";

export interface ExternalMemoryOptions extends SandboxOptions {
  /**
   * Whether nothing ran on the chip since it was reset: then it may be reset again after a loader went wrong, so that
   * clocks, pins and watchdogs are as before, too.
   */
  readonly pristine: () => boolean;
}

/**
 * Images from this size on are worth large buffers: what is sent ahead while a sector is being erased is time won for each
 * sector, and putting the RAM back is time lost once.
 */
const LARGE_IMAGE = 512 * 1024;
const LARGE_BUFFERS = 64 * 1024;
/** Bytes of a page where the loader does not say, and the most that a page counts as unless it can't be split (NAND). */
const USUAL_PAGE = 256;
const LARGEST_PAGE = 512;

/**
 * A memory that a loader on the target works with: external flash or RAM behind a `.stldr`, any flash behind a `.FLM`.
 * The core is halted by the caller. Every method leaves core registers and RAM as they were, whatever happened; what the
 * loader's Init() set up of clocks, pins and memory controller stays, so that a mapped memory can be read.
 * Rejects with {@link LoaderFailed} when a function of the loader fails.
 */
export class ExternalMemory {
  readonly options: ExternalMemoryOptions;
  /** The loader was found to change RAM that it was not given. */
  #strays = false;
  /** Bytes of stack that it gets at most. */
  #stack = USUAL_STACK;

  constructor(options: ExternalMemoryOptions) {
    this.options = options;
  }

  get loader(): LoaderFile {
    return this.options.loader;
  }

  get device(): LoaderDevice {
    return this.options.loader.device;
  }

  /** Whether the memory can be read at its addresses once it is initialised: there is no `Read` function for it. */
  get mapped(): boolean {
    return !(this.loader.functions as ReadonlyMap<string, number>).has("Read");
  }

  /** Written like RAM, without erasing. */
  get isRam(): boolean {
    return ["SRAM", "PSRAM", "SDRAM"].includes(this.device.kind);
  }

  contains(address: number, length = 1): boolean {
    const { start, size } = this.device;
    return address >= start && address + length <= start + size;
  }

  /** Calls Init(), and leaves the memory as that leaves it. */
  async init(): Promise<void> {
    await this.#with("verify", undefined, async () => {});
  }

  /** Reads through the loader, or directly where the memory is mapped. */
  async read(address: number, length: number): Promise<Uint8Array> {
    if (this.mapped) return this.options.core.port.read(address, length);
    return this.#with("verify", undefined, (sandbox) => new MemoryReader(sandbox, this.mapped).read(address, length));
  }

  /** Compare, erase, program, verify. Bytes of a touched sector that the image does not mention keep their value. */
  async program(image: readonly ImageSegment[], options: ProgramOptions = {}): Promise<ProgramResult> {
    const planned = planSectors(image, this.device);
    if (options.massErase) await this.massErase();
    const bytes = image.reduce((sum, { data }) => sum + data.length, 0);
    const buffers = bytes >= LARGE_IMAGE ? LARGE_BUFFERS : undefined;
    return this.#with("verify", buffers, async (sandbox) => {
      const reader = new MemoryReader(sandbox, this.mapped);
      const report = new Progress(options.onProgress);
      const states = await compareSectors(reader, planned, this.device.erasedValue, (done, total) =>
        report.tell("compare", done, total),
      );
      const changed: { sector: PlannedSector; erase: boolean }[] = [];
      for (const [i, sector] of planned.entries()) {
        if (options.cancelled?.()) throw flashCancelled();
        if (states[i] === "equal") continue;
        if (states[i] === "dirty") await this.#keepPresent(reader, sector);
        changed.push({ sector, erase: states[i] === "dirty" });
      }
      const calls = new LoaderCalls(sandbox);
      const skipped = planned.length - changed.length;
      if (changed.length === 0) return { pagesErased: 0, pagesSkipped: skipped, bytesProgrammed: 0 };
      const { erased, programmed } = await this.#write(sandbox, calls, changed, report, options.cancelled);
      await this.#afterwards(sandbox, calls);
      if (options.verify) {
        const sectors = changed.map(({ sector }) => sector);
        await this.#compareWith(reader, sectors, (done, total) => report.tell("verify", done, total));
      }
      return { pagesErased: erased, pagesSkipped: skipped, bytesProgrammed: programmed };
    });
  }

  /** Rejects with `flash-verify-failed` (facts: address, expected, found) at the first byte that differs. */
  async verify(image: readonly ImageSegment[]): Promise<void> {
    const planned = planSectors(image, this.device);
    await this.#with("verify", undefined, (sandbox) =>
      this.#compareWith(new MemoryReader(sandbox, this.mapped), planned),
    );
  }

  /** Erases the sectors that [address, address+length) touches. Rejects with `flash-image-outside` beyond the device. */
  async erase(
    address: number,
    length: number,
    onProgress?: (progress: FlashProgress) => void,
    cancelled?: Cancelled,
  ): Promise<void> {
    if (length <= 0 || this.device.sectors.length === 0) return;
    checkInside("What is to be erased", address, length, this.device);
    const sectors: { address: number; size: number }[] = [];
    for (let at = address; at < address + length; ) {
      const sector = sectorAt(this.device, at);
      sectors.push(sector);
      at = sector.address + sector.size;
    }
    await this.#with("erase", undefined, async (sandbox) => {
      const calls = new LoaderCalls(sandbox);
      const total = sectors.reduce((sum, { size }) => sum + size, 0);
      let done = 0;
      const queued = sectors.flatMap(({ address: at, size }): QueuedCall[] => {
        const call = calls.eraseSector(at, size);
        if (call === undefined) return [];
        const onDone = (): void => {
          done += size;
          onProgress?.({ phase: "erase", done, total });
        };
        return [{ ...call, onDone }];
      });
      onProgress?.({ phase: "erase", done: 0, total });
      await new CallQueue(sandbox).run(queued, { cancelled });
      if (this.loader.format === "stldr") await this.#afterwards(sandbox, calls);
    });
  }

  /** Erases all of the device, sector by sector where the loader has no function for it. */
  async massErase(onProgress?: (progress: FlashProgress) => void): Promise<void> {
    const { start, size } = this.device;
    const byOne = await this.#with("erase", undefined, async (sandbox) => {
      const calls = new LoaderCalls(sandbox);
      const call = calls.massErase();
      if (call === undefined) return false;
      await sandbox.call(call, (elapsed) => onProgress?.({ phase: "erase", done: 0, total: Math.round(elapsed) }));
      if (this.loader.format === "stldr") await this.#afterwards(sandbox, calls);
      onProgress?.({ phase: "erase", done: size, total: size });
      return true;
    });
    if (!byOne) await this.erase(start, size, onProgress);
  }

  /**
   * Loads the loader, initialises it, does the work, and puts the core back. When the usual stack was too small, all is
   * done once more with a larger one, which the loader gets from then on.
   */
  async #with<Result>(
    purpose: Purpose,
    buffers: number | undefined,
    work: (sandbox: Sandbox) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#once(purpose, buffers, work);
    } catch (error) {
      if (this.#stack === LARGE_STACK || !(error instanceof LoaderFailed) || !outgrewStack(error)) throw error;
      this.#stack = LARGE_STACK;
      return this.#once(purpose, buffers, work);
    }
  }

  async #once<Result>(
    purpose: Purpose,
    buffers: number | undefined,
    work: (sandbox: Sandbox) => Promise<Result>,
  ): Promise<Result> {
    const midProgram = !this.options.pristine();
    const sandbox = await Sandbox.open({
      ...this.options,
      ...(buffers !== undefined && { buffers }),
      stack: this.#stack,
      midProgram,
      keepAllRam: keepsAllRam(this.options.ram, midProgram || this.#strays),
      onStray: (changed) => {
        this.#strays = true;
        this.options.onStray?.(changed);
      },
    });
    let result: Result;
    try {
      const calls = new LoaderCalls(sandbox);
      await sandbox.call(calls.init(purpose));
      result = await work(sandbox);
      const uninit = calls.uninit(purpose);
      if (uninit !== undefined) await sandbox.call(uninit);
    } catch (error) {
      const reset = error instanceof LoaderFailed && this.options.pristine();
      // What went wrong first is what counts.
      await sandbox.close({ reset }).catch(() => undefined);
      throw error;
    }
    await sandbox.close();
    return result;
  }

  /** Erases and programs, the next data on its way while the memory is busy. */
  async #write(
    sandbox: Sandbox,
    calls: LoaderCalls,
    changed: readonly { readonly sector: PlannedSector; readonly erase: boolean }[],
    report: Progress,
    cancelled: Cancelled | undefined,
  ): Promise<{ readonly erased: number; readonly programmed: number }> {
    const queue = new CallQueue(sandbox);
    const unit = this.#unit();
    const most = this.loader.format === "flm" ? unit : queue.dataBytes;
    const work = changed.map(({ sector, erase: needed }) => {
      const erase = needed ? calls.eraseSector(sector.address, sector.size) : undefined;
      // What is not erased holds anything: all of it is written.
      const skip = needed && erase === undefined ? undefined : this.device.erasedValue;
      return { erase, size: sector.size, pieces: writePieces(sector, skip, unit, most) };
    });
    const toErase = work.reduce((sum, { erase, size }) => sum + (erase === undefined ? 0 : size), 0);
    const toWrite = work.reduce((sum, { pieces }) => sum + pieces.reduce((all, { data }) => all + data.length, 0), 0);
    let erased = 0;
    let written = 0;
    const erasing = work.flatMap(({ erase, size }): QueuedCall[] => {
      if (erase === undefined) return [];
      const onDone = (): void => report.tell("erase", (erased += size), toErase);
      return [{ ...erase, onDone }];
    });
    const writing = ({ pieces }: (typeof work)[number]): QueuedCall[] =>
      pieces.map(({ address, data }) => ({
        ...calls.write(address, data),
        onDone: () => report.tell("program", (written += data.length), toWrite),
      }));
    report.tell("erase", 0, toErase);
    if (this.loader.format === "stldr") {
      // Sector by sector: the erase of the next gives the link time to get ahead.
      let next = 0;
      await queue.run(
        work.flatMap((one) => [...(one.erase === undefined ? [] : [erasing[next++]]), ...writing(one)]),
        { ahead: erasing.length > 0, cancelled },
      );
    } else {
      await this.#phase(sandbox, calls, "erase", () => queue.run(erasing, { cancelled }));
      await this.#phase(sandbox, calls, "program", () => queue.run(work.flatMap(writing), { cancelled }));
    }
    return { erased: erasing.length, programmed: toWrite };
  }

  /** Init and UnInit around a phase, as CMSIS-Pack wants it. */
  async #phase(sandbox: Sandbox, calls: LoaderCalls, purpose: Purpose, work: () => Promise<void>): Promise<void> {
    const verifying = calls.uninit("verify");
    if (verifying !== undefined) await sandbox.call(verifying);
    await sandbox.call(calls.init(purpose));
    await work();
    const uninit = calls.uninit(purpose);
    if (uninit !== undefined) await sandbox.call(uninit);
    await sandbox.call(calls.init("verify"));
  }

  /** A loader may leave the memory as it needed it for writing; a fresh Init() makes it readable again. */
  async #afterwards(sandbox: Sandbox, calls: LoaderCalls): Promise<void> {
    if (this.loader.format !== "stldr" || !this.mapped) return;
    await sandbox.reload();
    await sandbox.call(calls.init("verify"));
  }

  #unit(): number {
    const { kind, pageSize } = this.device;
    const whole = this.loader.format === "flm" || kind === "NAND flash";
    return whole ? pageSize || USUAL_PAGE : Math.min(pageSize || USUAL_PAGE, LARGEST_PAGE);
  }

  /**
   * The bytes of a sector that the image leaves alone are those that are there now. What is blank is found out on the
   * target, without reading it.
   */
  async #keepPresent(reader: MemoryReader, sector: PlannedSector): Promise<void> {
    const gaps = uncovered(sector);
    const blank = await reader.matches(
      gaps.map(({ address, length }) => ({ address, data: new Uint8Array(length).fill(this.device.erasedValue) })),
    );
    for (const [i, { address, length }] of gaps.entries()) {
      if (blank[i]) continue;
      sector.data.set(await reader.read(address, length), address - sector.address);
    }
  }

  async #compareWith(
    reader: MemoryReader,
    sectors: readonly PlannedSector[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const pieces = sectors.flatMap(({ address, data, covered }) =>
      covered.map((range) => ({
        address: range.address,
        data: data.subarray(range.address - address, range.address - address + range.length),
      })),
    );
    const equal = await reader.matches(pieces, onProgress);
    for (const [i, { address, data }] of pieces.entries()) {
      if (equal[i]) continue;
      const found = await reader.read(address, data.length);
      const at = data.findIndex((byte, j) => byte !== found[j]);
      if (at < 0) continue;
      const differing = data.reduce((count, byte, j) => count + (byte === found[j] ? 0 : 1), 0);
      throw new ProbityError(
        "flash-verify-failed",
        `${this.device.name} differs from the image at ${hex32(address + at)}: 0x${hexByte(found[at])} instead of 0x${hexByte(data[at])} (${differing} bytes differ), although the loader ${this.loader.fileName} reported success.`,
        {
          facts: { address: address + at, expected: data[at], found: found[at], differing },
          remedy: [
            `Try another sector: probity loader test ${this.loader.fileName} --address ADDRESS. If that fails, too, the loader is for another memory than the board's, or for other pins.`,
            "If only this sector fails, it is worn out or write-protected.",
          ],
        },
      );
    }
  }
}

/** Whether a function used more stack than it was given, and told so soon: not after all of its time. */
function outgrewStack({ failure: { stack, core, elapsed, limit } }: LoaderFailed): boolean {
  if (stack === undefined || core === undefined || elapsed > limit / 2) return false;
  const sp = core.frame?.address ?? core.r[13];
  return stack.overrun || (sp < stack.base && stack.base - sp < LARGE_STACK);
}

/** Progress of one run, told only when it changes. */
class Progress {
  readonly #tell: ((progress: FlashProgress) => void) | undefined;
  #last = "";

  constructor(tell: ((progress: FlashProgress) => void) | undefined) {
    this.#tell = tell;
  }

  tell(phase: FlashProgress["phase"], done: number, total: number): void {
    const now = `${phase} ${done}/${total}`;
    if (total === 0 || now === this.#last) return;
    this.#last = now;
    this.#tell?.({ phase, done, total });
  }
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
