import type { Chip } from "../chips/chip.ts";
import { shortChipName } from "../chips/memory-controllers.ts";
import { chips } from "../chips/table.ts";
import {
  architectureName,
  chipsForLoader,
  controllerNames,
  type UnfitChip,
} from "../diagnose/loader/chips-for-loader.ts";
import { loaderName, loaderNeeds } from "../diagnose/loader/loader-needs.ts";
import { addressText, listText, sizeText, withArticle } from "../diagnose/loader/words.ts";
import type { FlmFunction, LoaderDevice, LoaderFile, LoaderMemoryKind, StldrFunction } from "../formats/loader-file.ts";
import { labelled } from "./finding-words.ts";

const stldrFunctions: readonly StldrFunction[] = [
  "Init",
  "Write",
  "Read",
  "SectorErase",
  "MassErase",
  "CheckSum",
  "Verify",
];
const flmFunctions: readonly FlmFunction[] = [
  "Init",
  "UnInit",
  "EraseSector",
  "EraseChip",
  "ProgramPage",
  "BlankCheck",
  "Verify",
];

/** What a loader is, as `probity loader info` prints it. */
export function loaderInfoLines(loader: LoaderFile): string[] {
  const needs = loaderNeeds(loader);
  const { device } = loader;
  const { can, depends, cannot } = chipsForLoader(loader);
  const unlikely = depends.filter(lacksController);
  const open = depends.filter((each) => !lacksController(each));
  const line = (label: string, ...texts: string[]): string[] => labelled(`${label}:`, texts, 12);
  const { present, missing } = functionNames(loader);
  const kind =
    loader.format === "stldr" ? "external memory loader of ST's kind (.stldr)" : "CMSIS-Pack flash algorithm (.FLM)";
  return [
    `${loaderName(loader)}: ${kind}, ${layoutOf(loader).words}`,
    ...line("Memory", `${device.kind} "${device.name}"`),
    ...line(
      "Address",
      `${addressText(device.start)} to ${addressText(device.start + device.size - 1)}, ${sizeText(device.size)} (${device.size} bytes)`,
    ),
    ...line("Sectors", sectorWords(device)),
    ...(device.kind === "NAND flash"
      ? line("Note", "bad blocks are skipped: for each of them the last block of these addresses does not exist")
      : []),
    ...line("Page", `${pageWords(loader)}; erased bytes read 0x${hexByte(device.erasedValue)}`),
    ...line("Functions", `${present.join(", ")}${missing.length > 0 ? `; missing: ${missing.join(", ")}` : ""}`),
    ...line("RAM", ramWords(loader)),
    ...line("Code", codeWords(loader)),
    ...line(
      "Controller",
      needs.controllers.length === 0
        ? "none that its file tells of"
        : `${controllerNames(needs.controllers)}: ${listText(needs.controllerEvidence)}`,
    ),
    ...line(
      "Built for",
      needs.families.length === 0
        ? "nothing in the file tells which family"
        : `${listText(needs.families, "or")}: ${listText(needs.familyEvidence)}`,
    ),
    ...line("Board", boardWords(loader)),
    ...line("Runs on", runsOn(loader, can, depends)),
    ...(open.length > 0 ? line("Depends", ...grouped(open)) : []),
    ...(unlikely.length > 0 ? line("Unlikely", ...grouped(unlikely)) : []),
    ...(cannot.length > 0 ? line("Not on", ...grouped(cannot)) : []),
  ];
}

/** The same for programs: numbers as numbers, chips by device id. */
export function loaderInfoJson(loader: LoaderFile): Record<string, unknown> {
  const needs = loaderNeeds(loader);
  const { device } = loader;
  const { can, depends, cannot } = chipsForLoader(loader);
  const { present, missing } = functionNames(loader);
  return {
    file: loaderName(loader),
    format: loader.format,
    layout: layoutOf(loader).name,
    memory: {
      name: device.name,
      kind: device.kind,
      type: device.type,
      start: device.start,
      size: device.size,
      pageSize: device.pageSize,
      erasedValue: device.erasedValue,
      sectors: device.sectors.map(({ start, size, count }) => ({ start, size, count })),
    },
    functions: { present, missing },
    ram: {
      start: needs.ram.start ?? null,
      length: needs.ram.length,
      stack: needs.ram.stack,
      relocatable: loader.format === "flm",
    },
    code: {
      architecture: architectureName(needs.attributes) ?? null,
      cpu: needs.attributes?.cpuName ?? null,
      floatingPoint: (needs.attributes?.fpArch ?? 0) !== 0,
    },
    controllers: needs.controllers,
    controllerEvidence: needs.controllerEvidence,
    families: needs.families,
    familyEvidence: needs.familyEvidence,
    peripherals: needs.peripherals,
    board:
      needs.board === undefined
        ? null
        : {
            name: needs.board.name,
            kind: needs.board.kind,
            part: needs.board.part,
            chips: needs.board.chips.map(idOf),
          },
    chips: {
      can: can.map(chipJson),
      depends: depends.map(unfitJson),
      cannot: cannot.map(unfitJson),
    },
  };
}

function idOf(chip: Chip): string {
  return `0x${chip.deviceId.toString(16).toUpperCase().padStart(3, "0")}`;
}

function chipJson(chip: Chip): Record<string, string> {
  return { deviceId: idOf(chip), name: chip.name, family: chip.family };
}

function unfitJson({ chip, code, reason }: UnfitChip): Record<string, string> {
  return { ...chipJson(chip), code, reason };
}

function functionNames(loader: LoaderFile): { present: string[]; missing: string[] } {
  const all: readonly string[] = loader.format === "stldr" ? stldrFunctions : flmFunctions;
  const has = new Set<string>(loader.functions.keys());
  return { present: all.filter((name) => has.has(name)), missing: all.filter((name) => !has.has(name)) };
}

function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}

function pageWords({ format, device: { pageSize } }: LoaderFile): string {
  if (pageSize === 0) return "of no stated size";
  // CMSIS-Pack limits a call of ProgramPage to a page; a `.stldr` takes any length.
  return format === "flm" ? `${sizeText(pageSize)}, written at most at once` : sizeText(pageSize);
}

/** `1024 x 64 KiB`, `4 x 16 KiB + 1 x 64 KiB + 7 x 128 KiB`. */
export function sectorWords({ kind, size, sectors, sectorTableBytes }: LoaderDevice): string {
  if (sectors.length === 0) {
    return unerased.includes(kind)
      ? "none: nothing has to be erased"
      : `none in the file's table, so nothing is erased before it is written, though ${kind} needs that`;
  }
  const shown = sectors.slice(0, 10).map((run) => `${run.count} x ${sizeText(run.size)}`);
  const words = `${shown.join(" + ")}${sectors.length > shown.length ? " + ..." : ""}`;
  if (sectorTableBytes === undefined) return words;
  const missing = sectorTableBytes < size;
  return `${words}; the file's table adds up to ${sizeText(sectorTableBytes)}, ${missing ? "less" : "more"} than the device: ${missing ? "what is beyond it cannot be erased" : "what is beyond the device is left out"}`;
}

/** Kinds of memory that are written without being erased. */
const unerased: readonly LoaderMemoryKind[] = ["SRAM", "PSRAM", "SDRAM", "I2C EEPROM"];

function ramWords(loader: LoaderFile): string {
  const { ram } = loaderNeeds(loader);
  const stack = `and a stack of at least ${sizeText(ram.stack)}`;
  if (ram.start === undefined) return `${sizeText(ram.length)} anywhere, ${stack}`;
  return `${addressText(ram.start)} to ${addressText(ram.start + ram.length - 1)}, ${sizeText(ram.length)}, ${stack}`;
}

function codeWords(loader: LoaderFile): string {
  const { attributes } = loaderNeeds(loader);
  const name = architectureName(attributes);
  if (name === undefined) return "the file does not say which core it was compiled for";
  const cpu = attributes?.cpuName;
  const fpu = (attributes?.fpArch ?? 0) === 0 ? "uses no FPU" : "may use an FPU";
  return `${name}${cpu === undefined || name.includes(cpu) ? "" : ` (${cpu})`}, ${fpu}`;
}

function boardWords(loader: LoaderFile): string {
  const { board } = loaderNeeds(loader);
  if (board === undefined) return "its name speaks of none";
  const ids = board.chips.length === 0 ? "" : ` (device ID ${listText(board.chips.map(idOf), "or")})`;
  if (board.kind === "part") return `its name speaks of ${withArticle(board.part)}${ids}`;
  return `${board.name}, which carries ${withArticle(board.part)}${ids}`;
}

/** Chips that can run it; the board's own first, whose very part has the controller that others of its group lack. */
function runsOn(loader: LoaderFile, can: readonly Chip[], depends: readonly UnfitChip[]): string {
  const { board } = loaderNeeds(loader);
  const carried = depends.some(({ chip, code }) => code === "controller" && board?.chips.includes(chip));
  const own = carried && board?.kind === "board" ? [`the ${board.part} of the ${board.name}`] : [];
  const words = [...own, ...(can.length > 0 ? [chipWords(can)] : [])].join(", ");
  if (words === "") return "no chip for certain";
  return loader.device.kind === "on-chip flash" ? words : `${words}; on a board that is wired as the loader expects`;
}

/**
 * The chip lacks the controller, and only the memory's kind and address tell that the loader needs it: it might drive the
 * memory by other pins, though few do.
 */
function lacksController({ code, reason }: UnfitChip): boolean {
  return code === "controller" && reason.startsWith("no ");
}

/** Reasons, each with its chips, those of most chips last. */
function grouped(unfit: readonly UnfitChip[]): string[] {
  const groups = new Map<string, Chip[]>();
  for (const { chip, reason } of unfit) groups.set(reason, [...(groups.get(reason) ?? []), chip]);
  return [...groups]
    .sort((a, b) => a[1].length - b[1].length)
    .map(([reason, members]) => `${chipWords(members)}: ${reason}`);
}

/** Whole families by their name, others chip by chip. */
function chipWords(members: readonly Chip[]): string {
  const families = [...new Set(members.map(({ family }) => family))];
  const words = families.flatMap((family) => {
    const own = members.filter((chip) => chip.family === family);
    const all = chips.filter((chip) => chip.family === family);
    if (own.length === all.length) return [`all ${family}`];
    return own.map((chip) => `${shortChipName(chip)} (${idOf(chip)})`);
  });
  return words.join(", ");
}

/** Which linker laid the file out, by where StorageInfo stands (stlink-gdbserver.md 4.1). */
function layoutOf(loader: LoaderFile): { name: "IAR" | "Keil" | "GCC" | "CMSIS"; words: string } {
  if (loader.format === "flm") return { name: "CMSIS", words: "position-independent" };
  const info = loader.symbols.find(({ name }) => name === "StorageInfo")?.value ?? 0;
  const { start, length } = loader.span;
  const inside = info >= start && info < start + length;
  const sections = loader.elf.sections.map(({ name }) => name);
  if (!inside && info < start && info < 0x10000) return { name: "IAR", words: "laid out as IAR's linker does" };
  if (loader.elf.entry === 0 || sections.includes("PrgCode")) {
    return { name: "Keil", words: "laid out as Keil's linker does" };
  }
  return { name: "GCC", words: "laid out as GCC's linker scripts do" };
}
