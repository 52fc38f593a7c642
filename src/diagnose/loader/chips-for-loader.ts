import type { Chip } from "../../chips/chip.ts";
import { isDataOnlyRam } from "../../chips/executable-ram.ts";
import { controllerPresence, type MemoryController, shortChipName } from "../../chips/memory-controllers.ts";
import { chips } from "../../chips/table.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { LEAST_STACK, type LoaderNeeds, loaderNeeds } from "./loader-needs.ts";
import { addressText, listText, sizeText } from "./words.ts";

/** Why a chip can't run a loader, or may not. */
export type UnfitCode = "core" | "family" | "controller" | "ram" | "fpu";

export interface ChipVerdict {
  readonly chip: Chip;
  readonly fits: "yes" | "depends" | "no";
  readonly code?: UnfitCode;
  /** The same words for every chip that it is true of, so that chips can be grouped by it; empty when it fits. */
  readonly reason: string;
  /** About this chip alone, one sentence without its full stop. */
  readonly sentence: string;
}

export interface UnfitChip {
  readonly chip: Chip;
  readonly code: UnfitCode;
  readonly reason: string;
}

export interface ChipsForLoader {
  readonly can: readonly Chip[];
  readonly depends: readonly UnfitChip[];
  readonly cannot: readonly UnfitChip[];
}

/** A stretch of RAM. */
interface Ram {
  readonly base: number;
  readonly size: number;
}

/** Every chip of the table sorted by whether it can run a loader. Pins and wiring are another matter. */
export function chipsForLoader(loader: LoaderFile): ChipsForLoader {
  const needs = loaderNeeds(loader);
  const verdicts = chips.map((chip) => judgeChip(needs, chip));
  const unfit = (fits: ChipVerdict["fits"]): UnfitChip[] =>
    verdicts.flatMap(({ chip, fits: so, code, reason }) =>
      so === fits && code !== undefined ? [{ chip, code, reason }] : [],
    );
  return {
    can: verdicts.filter(({ fits }) => fits === "yes").map(({ chip }) => chip),
    depends: unfit("depends"),
    cannot: unfit("no"),
  };
}

/** Whether one chip can run what needs this; `ram` is what the specimen has, if that is known better than by its row. */
export function judgeChip(needs: LoaderNeeds, chip: Chip, ram: readonly Ram[] = ramOf(chip)): ChipVerdict {
  const checks = [familyVerdict, coreVerdict, controllerVerdict, ramVerdict, fpuVerdict];
  const verdicts = checks.flatMap((check) => check(needs, chip, ram) ?? []);
  return (
    verdicts.find(({ fits }) => fits === "no") ??
    verdicts[0] ?? { chip, fits: "yes", reason: "", sentence: `${shortChipName(chip)} can run it` }
  );
}

/** Tag_CPU_arch values ("Addenda to the ABI"): what each core can execute. */
const ARMV7 = 10;
const ARMV6M = 11;
const ARMV6SM = 12;
const ARMV7EM = 13;
const ARMV8M_BASE = 16;
const ARMV8M_MAIN = 17;
const ARMV81M_MAIN = 21;

const executable: readonly (readonly [core: RegExp, ...architectures: number[]])[] = [
  [/^Cortex-M0/, ARMV6M, ARMV6SM],
  [/^Cortex-M3(?!3)/, ARMV6M, ARMV6SM, ARMV7],
  [/^Cortex-M[47]/, ARMV6M, ARMV6SM, ARMV7, ARMV7EM],
  [/^Cortex-M33/, ARMV6M, ARMV6SM, ARMV7, ARMV7EM, ARMV8M_BASE, ARMV8M_MAIN],
  [/^Cortex-M55/, ARMV6M, ARMV6SM, ARMV7, ARMV7EM, ARMV8M_BASE, ARMV8M_MAIN, ARMV81M_MAIN],
];

/** True when a core is known to lack instructions of the architecture that code was compiled for. */
export function lacksArchitecture(core: string, architecture: number | undefined): boolean {
  if (architecture === undefined) return false;
  const known = executable.find(([pattern]) => pattern.test(core));
  return known !== undefined && architecture >= ARMV7 && !known.slice(1).includes(architecture);
}

/** `ARMv7-M`, `ARMv7E-M`: what code was compiled for. */
export function architectureName(attributes: LoaderNeeds["attributes"]): string | undefined {
  const name = attributes?.cpuArchName;
  return name !== undefined && attributes?.profile === "M" && !/-M|E-M/.test(name) ? `${name}-M` : name;
}

function coreVerdict(needs: LoaderNeeds, chip: Chip): ChipVerdict | undefined {
  if (!lacksArchitecture(chip.core, needs.attributes?.cpuArch)) return undefined;
  const name = architectureName(needs.attributes) ?? "another architecture";
  const core = chip.core.replace(/F$/, "");
  return {
    chip,
    fits: "no",
    code: "core",
    reason: `its code is ${name}, which a ${core.replace("M0+", "M0")} cannot execute`,
    sentence: `the loader's code is ${name}, which the ${core} of ${shortChipName(chip)} cannot execute`,
  };
}

function familyVerdict(needs: LoaderNeeds, chip: Chip): ChipVerdict | undefined {
  const { families } = needs;
  if (families.length === 0 || families.includes(chip.family)) return undefined;
  const built = listText(families, "or");
  const how = needs.familyEvidence.length > 0 ? `: ${listText(needs.familyEvidence)}` : "";
  return {
    chip,
    fits: "no",
    code: "family",
    reason: `it is built for ${built}`,
    sentence: `the loader is built for ${built}${how}; ${shortChipName(chip)} is an ${chip.family}`,
  };
}

function controllerVerdict(needs: LoaderNeeds, chip: Chip): ChipVerdict | undefined {
  if (needs.controllers.length === 0) return undefined;
  const found = needs.controllers.map((controller) => ({ controller, ...controllerPresence(chip, controller) }));
  if (found.some(({ has }) => has === "yes")) return undefined;
  const name = controllerNames(needs.controllers);
  const unknown = found.find(({ has }) => has === "unknown");
  if (unknown !== undefined) {
    const reason = `whether it has ${name} is not known`;
    return { chip, fits: "depends", code: "controller", reason, sentence: unknown.sentence };
  }
  const best = found.find(({ has }) => has === "depends");
  if (best === undefined && !needs.controllersSure) {
    const reason = `no ${name}, which memory at such an address needs`;
    return { chip, fits: "depends", code: "controller", reason, sentence: found[0].sentence };
  }
  return best === undefined
    ? { chip, fits: "no", code: "controller", reason: `no ${name}`, sentence: found[0].sentence }
    : { chip, fits: "depends", code: "controller", reason: `${name} in some packages only`, sentence: best.sentence };
}

/** `FSMC`, `FSMC or FMC`. */
export function controllerNames(controllers: readonly MemoryController[]): string {
  return listText(controllers, "or");
}

function ramVerdict(needs: LoaderNeeds, chip: Chip, ram: readonly Ram[]): ChipVerdict | undefined {
  if (ram.length === 0) return undefined;
  if (needs.ram.start !== undefined && isDataOnlyRam(chip, needs.ram.start)) {
    return {
      chip,
      fits: "no",
      code: "ram",
      reason: "its CCM RAM can't hold code",
      sentence: dataOnlySentence(needs.ram.start, chip),
    };
  }
  const problem = ramProblem(
    needs,
    ram.filter(({ base }) => !isDataOnlyRam(chip, base)),
  );
  if (problem === undefined) return undefined;
  const { start, length, stack } = needs.ram;
  const end = (start ?? 0) + length;
  const needed =
    start === undefined ? `${sizeText(length)} of RAM` : `RAM from ${addressText(start)} to ${addressText(end - 1)}`;
  return {
    chip,
    fits: "no",
    code: "ram",
    reason: problem === "absent" && start !== undefined ? `no RAM at ${addressText(start)}` : `too little RAM`,
    sentence: `the loader needs ${needed} and ${sizeText(stack)} of stack; ${shortChipName(chip)} has ${ramWords(ram)}`,
  };
}

/** Why code can't run where a loader is linked to. */
export function dataOnlySentence(start: number, chip: Chip): string {
  return `the loader is linked to the CCM RAM (${addressText(start)}), which on ${shortChipName(chip)} is on the data bus alone: no code can run there`;
}

/** `RAM from 0x20000000 to 0x20004FFF (20 KiB)`. */
export function ramWords(ram: readonly Ram[]): string {
  const all = joined(ram).map(
    ({ base, size }) => `${addressText(base)} to ${addressText(base + size - 1)} (${sizeText(size)})`,
  );
  return `RAM from ${listText(all)}`;
}

/** Whether the loader's span lies in RAM, and room for its stack is left. */
export function ramProblem(needs: LoaderNeeds, ram: readonly Ram[]): "absent" | "small" | undefined {
  const { start, length, stack } = needs.ram;
  const pieces = joined(ram);
  if (start === undefined) {
    return pieces.some(({ size }) => size >= length + stack) ? undefined : "small";
  }
  const home = pieces.find(({ base, size }) => start >= base && start < base + size);
  if (home === undefined) return "absent";
  const after = home.base + home.size - (start + length);
  if (after < 0) return "small";
  const room = Math.max(after, start - home.base, ...pieces.filter((piece) => piece !== home).map(({ size }) => size));
  return room >= LEAST_STACK && room >= stack ? undefined : "small";
}

/** The RAM of a row, at its aliases too, but not what is kept by a battery and only with its clock on. */
function ramOf(chip: Chip): Ram[] {
  return chip.ram
    .filter(({ name }) => name !== "BKPSRAM")
    .flatMap(({ base, size, alias }) => [{ base, size }, ...(alias === undefined ? [] : [{ base: alias, size }])]);
}

/** Neighbours made one. */
function joined(ram: readonly Ram[]): Ram[] {
  const whole: Ram[] = [];
  for (const { base, size } of [...ram].sort((a, b) => a.base - b.base)) {
    const last = whole.at(-1);
    if (last !== undefined && last.base + last.size >= base) {
      whole[whole.length - 1] = { base: last.base, size: Math.max(last.size, base + size - last.base) };
    } else {
      whole.push({ base, size });
    }
  }
  return whole;
}

/** A compiler that may use the FPU need not have done so: it depends. */
function fpuVerdict(needs: LoaderNeeds, chip: Chip): ChipVerdict | undefined {
  if (!needs.attributes?.fpArch || chip.fpu !== undefined || chip.core === "Cortex-M55") return undefined;
  return {
    chip,
    fits: "depends",
    code: "fpu",
    reason: "compiled for an FPU, which it lacks",
    sentence: `the loader is compiled for an FPU, which ${shortChipName(chip)} lacks`,
  };
}
