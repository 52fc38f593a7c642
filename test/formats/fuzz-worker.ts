import { parentPort, workerData } from "node:worker_threads";
import { isProbityError } from "../../src/base/errors.ts";
import { readLineTable } from "../../src/formats/dwarf-line.ts";
import { type ElfTables, readElf } from "../../src/formats/elf.ts";
import { readBuildAttributes } from "../../src/formats/elf-attributes.ts";
import { type ElfSymbol, readElfSymbols } from "../../src/formats/elf-symbols.ts";
import type { LoaderFile } from "../../src/formats/loader-file.ts";
import { symbolAt } from "../../src/formats/nearest-symbol.ts";
import { readLoader } from "../../src/formats/read-loader.ts";
import { generator, mutate, mutationSeed } from "./mutate.ts";

/** What the worker is given. */
export interface FuzzTask {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly seed: number;
  readonly count: number;
}

/** What it posts: which file it is at before the first of each hundred, a failure, or the end. */
export type FuzzReport =
  | { readonly kind: "progress"; readonly at: number }
  | { readonly kind: "failure"; readonly at: number; readonly file: string; readonly what: string }
  | {
      readonly kind: "done";
      readonly codes: Record<string, number>;
      /** Milliseconds for one file. */
      readonly slowest: number;
      /** Bytes outside the heap for one file. */
      readonly largest: number;
    };

const { files, seed, count } = workerData as FuzzTask;
const codes: Record<string, number> = {};

function attempt<Value>(what: string, read: () => Value): Value | undefined {
  try {
    const value = read();
    codes[`${what}: read`] = (codes[`${what}: read`] ?? 0) + 1;
    return value;
  } catch (error) {
    if (!isProbityError(error)) throw error;
    if (error.message === "" || error.remedy.length === 0) throw new Error(`${error.code} has no words or no remedy`);
    const key = `${what}: ${error.code}`;
    codes[key] = (codes[key] ?? 0) + 1;
    return undefined;
  }
}

function look(elf: ElfTables, symbols: readonly ElfSymbol[]): void {
  const lines = readLineTable(elf);
  for (const address of [0, 0x20000004, 0x20000100, 0x08000200, 0xfffffffe, elf.entry]) {
    const line = lines?.lineAt(address);
    if (line !== undefined && (line.file === "" || line.line < 1)) throw new Error("a line that can't be");
    symbolAt(symbols, address);
  }
}

/** What everyone who uses a loader relies on. */
function check(loader: LoaderFile, length: number): void {
  const demand = (condition: boolean, what: string): void => {
    if (!condition) throw new Error(`${what} does not hold`);
  };
  const { segments, zeroed, span, device } = loader;
  const all = [...segments.map(({ address, data }) => ({ start: address, length: data.length })), ...zeroed].sort(
    (a, b) => a.start - b.start,
  );
  let end = span.start;
  for (const stretch of all) {
    demand(stretch.length > 0 && stretch.start >= end, "stretches apart from each other");
    end = stretch.start + stretch.length;
  }
  demand(end === span.start + span.length && end <= 2 ** 32 && span.start >= 0, "the span");
  demand(segments.reduce((total, { data }) => total + data.length, 0) <= length + 64 * 256, "no more than the file");
  for (const address of loader.functions.values()) {
    demand(
      segments.some((one) => address >= one.address && address < one.address + one.data.length),
      "loaded code",
    );
  }
  let sector = device.start;
  for (const { start, size, count: times } of device.sectors) {
    demand(start >= sector && size > 0 && times > 0, "sectors in order");
    sector = start + size * times;
  }
  demand(sector <= device.start + device.size && device.start + device.size <= 2 ** 32, "sectors inside the device");
}

/** Bytes outside the heap, which the thread's limit does not cover. */
function external(): number {
  return process.memoryUsage().external;
}

const seeds = files.map(({ bytes }) => mutationSeed(bytes));
const random = generator(seed);
let slowest = 0;
let largest = 0;

for (let at = 0; at < count; at++) {
  if (at % 100 === 0) parentPort?.postMessage({ kind: "progress", at } satisfies FuzzReport);
  const chosen = random(files.length);
  const bytes = mutate(seeds[chosen], seeds[random(seeds.length)], random);
  const before = external();
  const start = performance.now();
  try {
    const elf = attempt("readElf", () => readElf(bytes, "x"));
    if (elf !== undefined) {
      look(elf, attempt("readElfSymbols", () => readElfSymbols(elf)) ?? []);
      attempt("readBuildAttributes", () => readBuildAttributes(elf));
    }
    const loader = attempt("readLoader", () => readLoader(bytes, "x"));
    if (loader !== undefined) {
      check(loader, bytes.length);
      look(loader.elf, loader.symbols);
    }
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    parentPort?.postMessage({ kind: "failure", at, file: files[chosen].name, what } satisfies FuzzReport);
  }
  slowest = Math.max(slowest, performance.now() - start);
  largest = Math.max(largest, external() - before);
}
parentPort?.postMessage({ kind: "done", codes, slowest, largest } satisfies FuzzReport);
