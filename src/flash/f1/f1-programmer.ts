import { hex32 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { crc32 } from "../../base/crc32.ts";
import { ProbityError } from "../../base/errors.ts";
import type { Core } from "../../cortexm/core.ts";
import type { Cancelled } from "../cancelled.ts";
import {
  checkFits,
  joinPages,
  keepPresent,
  type PlannedPage,
  pageRuns,
  pagesOf,
  planPages,
  programPieces,
} from "../plan.ts";
import type {
  FlashProgrammer,
  FlashProgress,
  FlashRegion,
  ImageSegment,
  ProgramOptions,
  ProgramResult,
} from "../programmer.ts";
import type { RamArea } from "../target-crc32.ts";
import { checkReadable, checkWritable } from "./chip-state.ts";
import type { FlashCommand } from "./commands.ts";
import { FlashJob } from "./flash-job.ts";
import { type FirstLook, firstLook, worthComparing } from "./samples.ts";

/** A part of the flash with a controller of its own; only chips of extra-large density have two (RM0008 3.3). */
export interface FlashBank {
  readonly base: number;
  readonly size: number;
  readonly controllerBase: number;
}

export interface F1FlashOptions {
  readonly core: Core;
  readonly clock: Clock;
  /** 0x40022000. Read and write protection are read here, whatever the number of banks. */
  readonly controllerBase: number;
  readonly region: FlashRegion;
  /** RAM that may be borrowed; it is put back. */
  readonly ram: RamArea;
  /** Left out: one bank over the whole region. */
  readonly banks?: readonly FlashBank[];
}

/** The flash of an STM32F1 through a RAM algorithm that is fed while it runs. */
export function createF1FlashProgrammer(options: F1FlashOptions): FlashProgrammer {
  return new F1FlashProgrammer(options);
}

class F1FlashProgrammer implements FlashProgrammer {
  readonly region: FlashRegion;
  readonly #options: F1FlashOptions;
  readonly #banks: readonly FlashBank[];

  constructor(options: F1FlashOptions) {
    const { region, controllerBase } = options;
    this.region = region;
    this.#options = options;
    this.#banks = options.banks ?? [{ base: region.base, size: region.size, controllerBase }];
  }

  async erase(
    address: number,
    length: number,
    onProgress?: (progress: FlashProgress) => void,
    cancelled?: Cancelled,
  ): Promise<void> {
    checkFits([{ address, data: new Uint8Array(length) }], this.region);
    const pages = pagesOf(address, length, this.region);
    if (pages.length === 0) return;
    const report = new Report(onProgress, this.region.pageSize);
    await this.#withJob(async (job) => {
      checkWritable(job.state, this.region, pages);
      report.begin("erase", pages.length * this.region.pageSize);
      await job.run(this.#eraseCommands(pages), {
        end: true,
        cancelled,
        onProgress: (progress) => report.erased(progress.pagesErased),
      });
      report.complete();
    });
  }

  async massErase(): Promise<void> {
    await this.#withJob(async (job) => {
      checkWritable(job.state, this.region, pagesOf(this.region.base, this.region.size, this.region));
      await job.run(this.#massEraseCommands(), { end: true });
    });
  }

  async program(image: readonly ImageSegment[], options: ProgramOptions = {}): Promise<ProgramResult> {
    checkFits(image, this.region);
    const planned = planPages(image, this.region);
    if (planned.length === 0 && !options.massErase) return { pagesErased: 0, pagesSkipped: 0, bytesProgrammed: 0 };
    const report = new Report(options.onProgress, this.region.pageSize);
    const compares = options.incremental === true && !options.massErase;
    const first = firstLook(this.#options.core.port, compares ? planned : [], this.region);
    return this.#withJob(async (job) => {
      const touched = options.massErase
        ? pagesOf(this.region.base, this.region.size, this.region)
        : planned.map(({ address }) => address);
      checkWritable(job.state, this.region, touched);
      const pages = options.massErase ? planned : await this.#keepPresent(planned);
      const present = compares ? await this.#compare(job, pages, first, report, options.cancelled) : undefined;
      const changed = pages.filter(({ address }) => present?.get(address) !== "equal");
      const erased = changed.map(({ address }) => address).filter((address) => present?.get(address) !== "blank");
      await this.#write(job, { changed, erased, all: pages }, options, report);
      return {
        pagesErased: options.massErase ? this.region.size / this.region.pageSize : erased.length,
        pagesSkipped: pages.length - changed.length,
        bytesProgrammed: changed.reduce((total, page) => total + page.imageBytes, 0),
      };
    }, first.addresses);
  }

  async verify(image: readonly ImageSegment[]): Promise<void> {
    checkFits(image, this.region);
    const pieces = image.filter(({ data }) => data.length > 0);
    if (pieces.length === 0) return;
    await this.#withJob(async (job) => {
      const { checksums } = await job.run(checksumCommands(pieces), { end: true });
      await this.#checkSums(pieces, checksums);
    });
  }

  /** Erase, program and, if asked for, the checksums that verify: one list, which the target works off by itself. */
  async #write(
    job: FlashJob,
    {
      changed,
      erased,
      all,
    }: { changed: readonly PlannedPage[]; erased: readonly number[]; all: readonly PlannedPage[] },
    options: ProgramOptions,
    report: Report,
  ): Promise<void> {
    const pieces = programPieces(changed, this.region.erasedValue);
    const verified = options.verify ? pageRuns(all) : [];
    const commands = [
      ...(options.massErase ? this.#massEraseCommands() : this.#eraseCommands(erased)),
      ...this.#programCommands(pieces),
      ...checksumCommands(verified),
    ];
    if (commands.length === 0) return;
    const bytes = changed.reduce((total, page) => total + page.data.length, 0);
    report.begin(
      erased.length > 0 ? "erase" : "program",
      erased.length > 0 ? erased.length * this.region.pageSize : bytes,
    );
    const { checksums } = await job.run(commands, {
      end: true,
      cancelled: options.cancelled,
      onProgress: ({ pagesErased, bytesProgrammed }) => {
        if (bytesProgrammed === 0 && pagesErased < erased.length) return report.erased(pagesErased);
        report.enter("program", bytes);
        return report.at(Math.min(bytes, bytesProgrammed));
      },
    });
    report.enter("program", bytes);
    report.complete();
    if (!options.verify) return;
    report.begin(
      "verify",
      verified.reduce((total, { data }) => total + data.length, 0),
    );
    await this.#checkSums(verified, checksums);
    report.complete();
  }

  /** Pages that the image does not fill get the rest of their bytes from the chip. */
  async #keepPresent(pages: readonly PlannedPage[]): Promise<PlannedPage[]> {
    const { pageSize } = this.region;
    const partial = pages.filter((page) => page.imageBytes < pageSize).map(({ address }) => address);
    const present = new Map<number, Uint8Array>();
    for (const { address, length } of joinPages(partial, pageSize)) {
      const data = await this.#options.core.port.read(address, length);
      for (let at = 0; at < length; at += pageSize) present.set(address + at, data.subarray(at, at + pageSize));
    }
    return pages.map((page) => {
      const data = present.get(page.address);
      return data === undefined ? page : keepPresent(page, data);
    });
  }

  /**
   * Which pages hold already what they shall hold, and which are blank; by checksums made on the target. Blank ones may be
   * left out where that saves no time.
   */
  async #compare(
    job: FlashJob,
    pages: readonly PlannedPage[],
    first: FirstLook,
    report: Report,
    cancelled: Cancelled | undefined,
  ): Promise<ReadonlyMap<number, "equal" | "blank">> {
    const { pageSize, erasedValue } = this.region;
    report.begin("compare", pages.length * pageSize);
    const compared = await worthComparing(this.#options.core.port, pages, this.region, first, job.samples);
    const runs = joinPages(
      compared.map(({ address }) => address),
      pageSize,
    );
    const commands = runs.map(
      ({ address, length }): FlashCommand => ({
        kind: "checksum",
        address,
        length: pageSize,
        count: length / pageSize,
      }),
    );
    const { checksums } = await job.run(commands, { end: false, cancelled });
    report.complete();
    const blank = crc32(new Uint8Array(pageSize).fill(erasedValue));
    const found = new Map<number, "equal" | "blank">();
    for (const [index, { address, data }] of compared.entries()) {
      if (checksums[index] === crc32(data)) found.set(address, "equal");
      else if (checksums[index] === blank) found.set(address, "blank");
    }
    return found;
  }

  /** Compares checksums with what they should be; the first difference is looked up byte by byte for the error. */
  async #checkSums(pieces: readonly ImageSegment[], checksums: readonly number[]): Promise<void> {
    for (const [index, { address, data }] of pieces.entries()) {
      if (checksums[index] === crc32(data)) continue;
      const found = await this.#options.core.port.read(address, data.length);
      const at = data.findIndex((byte, i) => byte !== found[i]);
      if (at < 0) continue;
      const differing = data.reduce((count, byte, i) => count + (byte === found[i] ? 0 : 1), 0);
      throw new ProbityError(
        "flash-verify-failed",
        `Flash differs from the image at ${hex32(address + at)}: ${hexByte(found[at])} instead of ${hexByte(data[at])} (${differing} bytes differ).`,
        {
          facts: { address: address + at, expected: data[at], found: found[at], differing },
          remedy: ["Program again.", "If it fails at the same address, that page is worn out."],
        },
      );
    }
  }

  #eraseCommands(pages: readonly number[]): FlashCommand[] {
    const { pageSize } = this.region;
    return this.#perBank((bank) => {
      const runs = joinPages(pages.filter(within(bank)), pageSize);
      // All of a bank at once takes as long as one page (DS5319 table 30).
      if (runs.length === 1 && runs[0].length === bank.size) return [{ kind: "mass-erase" }];
      return runs.map(({ address, length }) => ({ kind: "erase", address, pages: length / pageSize, pageSize }));
    });
  }

  #massEraseCommands(): FlashCommand[] {
    return this.#perBank(() => [{ kind: "mass-erase" }]);
  }

  #programCommands(pieces: readonly ImageSegment[]): FlashCommand[] {
    return this.#perBank((bank) =>
      pieces.flatMap((piece) => clipped(piece, bank)).map(({ address, data }) => ({ kind: "program", address, data })),
    );
  }

  /** The commands for each bank, after the one that selects its controller. */
  #perBank(commandsOf: (bank: FlashBank) => FlashCommand[]): FlashCommand[] {
    return this.#banks.flatMap((bank) => {
      const commands = commandsOf(bank);
      return commands.length === 0 ? [] : [{ kind: "select" as const, controller: bank.controllerBase }, ...commands];
    });
  }

  /** Opens a job, checks that the chip lets itself be read, and closes the job; the first error is the one that counts. */
  async #withJob<Result>(work: (job: FlashJob) => Promise<Result>, samples: readonly number[] = []): Promise<Result> {
    const job = await FlashJob.open({ ...this.#options, samples });
    let result: Result;
    try {
      checkReadable(job.state);
      result = await work(job);
    } catch (error) {
      await job.close().catch(() => undefined);
      throw error;
    }
    await job.close();
    return result;
  }
}

/** Progress of one operation, told only when it changes. */
class Report {
  readonly #tell: ((progress: FlashProgress) => void) | undefined;
  readonly #pageSize: number;
  #phase: FlashProgress["phase"] = "compare";
  #done = -1;
  #total = 0;

  constructor(tell: ((progress: FlashProgress) => void) | undefined, pageSize: number) {
    this.#tell = tell;
    this.#pageSize = pageSize;
  }

  begin(phase: FlashProgress["phase"], total: number): void {
    this.#phase = phase;
    this.#total = total;
    this.#done = -1;
    this.at(0);
  }

  /** Ends the phase before, if this is not it already. */
  enter(phase: FlashProgress["phase"], total: number): void {
    if (this.#phase === phase) return;
    this.complete();
    this.begin(phase, total);
  }

  erased(pages: number): void {
    this.at(pages * this.#pageSize);
  }

  complete(): void {
    this.at(this.#total);
  }

  at(done: number): void {
    if (done === this.#done) return;
    this.#done = done;
    this.#tell?.({ phase: this.#phase, done, total: this.#total });
  }
}

function checksumCommands(pieces: readonly ImageSegment[]): FlashCommand[] {
  return pieces.map(({ address, data }) => ({ kind: "checksum", address, length: data.length, count: 1 }));
}

function within(bank: FlashBank): (address: number) => boolean {
  return (address) => address >= bank.base && address < bank.base + bank.size;
}

/** The part of a piece that lies in the bank. */
function clipped({ address, data }: ImageSegment, bank: FlashBank): ImageSegment[] {
  const start = Math.max(address, bank.base);
  const end = Math.min(address + data.length, bank.base + bank.size);
  return start >= end ? [] : [{ address: start, data: data.subarray(start - address, end - address) }];
}

function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
