import { baseName } from "../../base/paths.ts";
import { boardInName, type NamedBoard } from "../../chips/boards.ts";
import {
  controllerAt,
  controllersOf,
  isControllerRegister,
  type MemoryController,
} from "../../chips/memory-controllers.ts";
import { peripheralAt, peripheralsAt } from "../../chips/peripheral-blocks.ts";
import { chips } from "../../chips/table.ts";
import { type BuildAttributes, readBuildAttributes } from "../../formats/elf-attributes.ts";
import { codeTest } from "../../formats/loader-code.ts";
import type { LoaderFile, LoaderMemoryKind } from "../../formats/loader-file.ts";
import { type CodeConstant, thumbConstants } from "../../formats/thumb-constants.ts";
import { addressText, listText } from "./words.ts";

/** Bytes of stack that a loader gets at least. */
export const LEAST_STACK = 1024;

/** What a loader needs of a chip, as its file shows. */
export interface LoaderNeeds {
  /** What its code was compiled for; `undefined` when the file does not say. */
  readonly attributes: BuildAttributes | undefined;
  /** RAM for code and data; `start` is absent when it can be put anywhere. */
  readonly ram: { readonly start: number | undefined; readonly length: number; readonly stack: number };
  /** Controllers of external memory, any of which would do; empty when it needs none or it is not known. */
  readonly controllers: readonly MemoryController[];
  /** True when code or driver names tell of them, false when only the memory's kind and address do. */
  readonly controllersSure: boolean;
  /** How that is known, a line each. */
  readonly controllerEvidence: readonly string[];
  /** Families that it may be for; empty when nothing tells. */
  readonly families: readonly string[];
  readonly familyEvidence: readonly string[];
  /** Where it expects RCC, if it touches it. */
  readonly rcc: number | undefined;
  /** The board or part that its name speaks of. */
  readonly board: NamedBoard | undefined;
  /** Peripheral blocks that its code names, by the families it may be for. */
  readonly peripherals: readonly { readonly name: string; readonly address: number }[];
}

const cache = new WeakMap<LoaderFile, LoaderNeeds>();

/** Reads off a loader what it needs: build attributes, constants in its code, symbols and names. */
export function loaderNeeds(loader: LoaderFile): LoaderNeeds {
  let needs = cache.get(loader);
  if (needs === undefined) {
    needs = readNeeds(loader);
    cache.set(loader, needs);
  }
  return needs;
}

/** The loader's name without its folder. */
export function loaderName(loader: LoaderFile): string {
  return baseName(loader.fileName);
}

function readNeeds(loader: LoaderFile): LoaderNeeds {
  const attributes = attributesOf(loader);
  const board = boardInName(loader.device.name) ?? boardInName(loaderName(loader));
  const constants = loaderConstants(loader);
  const families = suggestFamilies(loader, constants, board);
  const candidates = families.families;
  const controllers = suggestControllers(loader, constants, candidates, board);
  const rcc = [...new Set(constants.map(({ value }) => value))].find((value) =>
    candidates.some((family) => peripheralAt(value, family)?.name === "RCC"),
  );
  const rccOf = rcc === undefined ? undefined : candidates.map((family) => peripheralAt(rcc, family)?.base)[0];
  return {
    attributes,
    ram: {
      start: loader.format === "stldr" ? loader.span.start : undefined,
      length: loader.span.length,
      stack: LEAST_STACK,
    },
    controllers: controllers.controllers,
    controllersSure: controllers.sure,
    controllerEvidence: controllers.evidence,
    families: candidates,
    familyEvidence: families.evidence,
    rcc: rccOf,
    board,
    peripherals: namedPeripherals(constants, candidates, controllers.controllers),
  };
}

function attributesOf(loader: LoaderFile): BuildAttributes | undefined {
  try {
    return readBuildAttributes(loader.elf);
  } catch {
    // Damaged attributes tell nothing; what the loader does is judged without them.
    return undefined;
  }
}

/** Constants of the code, by the mapping symbols where there are any. */
function loaderConstants(loader: LoaderFile): CodeConstant[] {
  return thumbConstants(loader.segments, codeTest(loader));
}

/** All families there are. */
const allFamilies = [...new Set(chips.map((chip) => chip.family))];

function suggestFamilies(
  loader: LoaderFile,
  constants: readonly CodeConstant[],
  board: NamedBoard | undefined,
): { families: readonly string[]; evidence: readonly string[] } {
  const evidence: string[] = [];
  let families: readonly string[] = [];
  const byCode = familiesOfConstants(constants.map(({ value }) => value));
  if (byCode !== undefined) {
    families = byCode.families;
    evidence.push(`its code uses RCC at ${addressText(byCode.rcc)}`);
  }
  const narrow = (found: readonly string[], words: string): void => {
    const common = families.length === 0 ? found : families.filter((family) => found.includes(family));
    if (found.length === 0 || common.length === 0) return;
    families = common;
    evidence.push(words);
  };
  const files = namesOfFamilies(loader);
  narrow(
    files.map(({ family }) => family),
    `it was compiled from ${listText([...new Set(files.map(({ name }) => name))].slice(0, 2))}`,
  );
  if (board !== undefined) {
    const found = board.chips.map((chip) => chip.family);
    const prefix = allFamilies.filter((family) => board.part.startsWith(family));
    const longest = prefix.sort((a, b) => b.length - a.length).slice(0, 1);
    narrow([...new Set(found.length > 0 ? found : longest)], `its name speaks of ${board.name}`);
  }
  return { families, evidence };
}

/**
 * The families whose RCC is among the constants and which explain most of the others: on F2, F4 and F7 `0x40021000` is
 * GPIOE, on F1 it is RCC, but F1 has nothing at `0x40023800`.
 */
function familiesOfConstants(values: readonly number[]): { families: readonly string[]; rcc: number } | undefined {
  const peripheral = [...new Set(values.filter((value) => value >= 0x40000000 && value < 0x60000000))].filter(
    (value) => peripheralsAt(value).length > 0,
  );
  const candidates = allFamilies.flatMap((family) => {
    const explained = peripheral.filter((value) => peripheralAt(value, family) !== undefined);
    const rcc = explained.find((value) => peripheralAt(value, family)?.name === "RCC");
    return rcc === undefined
      ? []
      : [{ family, rcc: peripheralAt(rcc, family)?.base ?? rcc, explained: explained.length }];
  });
  const most = Math.max(0, ...candidates.map(({ explained }) => explained));
  const best = candidates.filter(({ explained }) => explained === most);
  return best.length === 0 ? undefined : { families: best.map(({ family }) => family), rcc: best[0].rcc };
}

/** Names of the vendor's source files, `stm32f4xx_hal_qspi.c`, which stay as symbols. */
function namesOfFamilies(loader: LoaderFile): { family: string; name: string }[] {
  const found: { family: string; name: string }[] = [];
  for (const { name, type } of loader.symbols) {
    const match = type === "file" ? name.match(/stm32([a-z]+\d)(?:xx|[0-9a-z]*_)/i) : null;
    // "stm32f10x_fsmc.c" is the older library's way.
    const digits = match?.[1].toUpperCase();
    const family = digits && allFamilies.find((each) => each === `STM32${digits}`);
    if (family !== undefined && family !== "") found.push({ family, name: baseName(name) });
  }
  return found;
}

/** What the memory's own address counts, against the code that uses a controller's registers. */
const WEIGHT_OF_ADDRESS = 2;
/** A source file's name stays among the symbols though nothing of the file was linked. */
const WEIGHT_OF_FILE = 1;

const parallelKinds: readonly LoaderMemoryKind[] = ["NAND flash", "NOR flash", "SRAM", "PSRAM", "PC Card", "SDRAM"];

/** Function names of the vendor's drivers, and the controllers they drive. */
const driverNames: readonly (readonly [pattern: RegExp, ...controllers: MemoryController[]])[] = [
  [/QSPI|QUADSPI/, "QUADSPI"],
  [/(^|_)OSPI|OCTOSPI/, "OCTOSPI"],
  [/(^|_)XSPI/, "XSPI"],
  [/(^|_)HSPI\d?(_|$)/, "HSPI"],
  [/FSMC/, "FSMC"],
  [/(^|_)(FMC|SDRAM)_/, "FMC"],
  [/^HAL_(NAND|NOR|SRAM)_/, "FSMC", "FMC"],
];

function suggestControllers(
  loader: LoaderFile,
  constants: readonly CodeConstant[],
  families: readonly string[],
  board: NamedBoard | undefined,
): { controllers: readonly MemoryController[]; sure: boolean; evidence: readonly string[] } {
  const rows = board !== undefined && board.chips.length > 0 ? board.chips : chips;
  const possible = new Set(
    rows.filter((chip) => families.length === 0 || families.includes(chip.family)).flatMap(controllersOf),
  );
  const votes = new Map<MemoryController, { weight: number; evidence: string[]; sure: boolean }>();
  const vote = (controller: MemoryController, weight: number, words: string): void => {
    if (possible.size > 0 && !possible.has(controller)) return;
    const so = votes.get(controller) ?? { weight: 0, evidence: [], sure: false };
    if (so.evidence.includes(words)) return;
    const sure = so.sure || weight > WEIGHT_OF_ADDRESS;
    votes.set(controller, { weight: so.weight + weight, evidence: [...so.evidence, words], sure });
  };
  const owners = chips.filter((chip) => (families.length === 0 ? false : families.includes(chip.family)));
  const views = (board?.chips.length ? board.chips : owners).filter((chip) => controllersOf(chip).length > 0);
  for (const value of new Set(constants.map((each) => each.value).filter(isControllerRegister))) {
    const seen = new Set(
      (views.length > 0 ? views : [undefined]).flatMap((chip) => {
        const place = controllerAt(value, chip);
        const own = chip === undefined || (place !== undefined && controllersOf(chip).includes(place.controller));
        return place?.part === "control" && own ? [place.controller] : [];
      }),
    );
    for (const controller of seen) vote(controller, 4, `its code uses the registers at ${addressText(value & ~0xff)}`);
  }
  for (const { name, type } of loader.symbols) {
    if (type !== "function" && type !== "file") continue;
    for (const [pattern, ...controllers] of driverNames) {
      if (!pattern.test(type === "file" ? name.toUpperCase() : name)) continue;
      for (const controller of controllers) {
        const so = votes.get(controller)?.evidence.some((line) => line.startsWith("it contains")) ?? false;
        if (so) continue;
        if (type === "file") vote(controller, WEIGHT_OF_FILE, `it was linked with ${baseName(name)}`);
        else vote(controller, 3, `it contains ${name}`);
      }
    }
  }
  const { device } = loader;
  if (parallelKinds.includes(device.kind) && device.start >= 0x60000000 && device.start < 0xe0000000) {
    const names =
      possible.size === 0 ? (["FSMC", "FMC"] as const) : (["FSMC", "FMC"] as const).filter((c) => possible.has(c));
    for (const name of names) vote(name, WEIGHT_OF_ADDRESS, `its ${device.kind} lies at ${addressText(device.start)}`);
  }
  const most = Math.max(0, ...[...votes.values()].map(({ weight }) => weight));
  const best = [...votes].filter(([, { weight }]) => weight === most);
  return {
    controllers: best.map(([controller]) => controller),
    sure: best.some(([, { sure }]) => sure),
    evidence: [...new Set(best.flatMap(([, { evidence }]) => evidence))].slice(0, 3),
  };
}

function namedPeripherals(
  constants: readonly CodeConstant[],
  families: readonly string[],
  controllers: readonly MemoryController[],
): { name: string; address: number }[] {
  const found = new Map<string, number>();
  for (const { value } of constants) {
    if (isControllerRegister(value)) {
      const place = controllerAt(value, undefined, families);
      if (place?.part === "control" && controllers.includes(place.controller)) {
        if (!found.has(place.controller)) found.set(place.controller, value);
        continue;
      }
    }
    if (value < 0x40000000 || value >= 0x60000000) continue;
    const block = families.map((family) => peripheralAt(value, family)).find((each) => each !== undefined);
    if (block !== undefined && !found.has(block.name)) found.set(block.name, block.base);
  }
  return [...found].map(([name, address]) => ({ name, address })).sort((a, b) => a.address - b.address);
}
