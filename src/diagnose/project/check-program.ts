import { baseName } from "../../base/paths.ts";
import { describeAddress } from "../../chips/address-map.ts";
import { SHF_ALLOC } from "../../formats/elf.ts";
import { programCode } from "../../formats/elf-functions.ts";
import { thumbConstants } from "../../formats/thumb-constants.ts";
import { architectureName, lacksArchitecture } from "../loader/chips-for-loader.ts";
import { addressText, listText, sizeText } from "../loader/words.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import type { ProjectProgram } from "./choose-program.ts";
import { isMeantForFlash, type JudgedChip, joinedRegions, ramAround } from "./project-chip.ts";
import type { ProjectCheck } from "./project-view.ts";
import { firstWords, type VectorTable } from "./vector-table.ts";

/** The program against the chip: memory, vector table, core and family. */
export const checkProgram: ProjectCheck = ({ facts: { program }, chip }): readonly Conclusion[] => {
  if (program === undefined || chip === undefined || chip.rows.length === 0) return [];
  return [
    ...flashOf(program, chip),
    ...ramOf(program, chip),
    ...vectorsOf(program, chip),
    ...coreOf(program, chip),
    ...familyOf(program, chip),
  ];
};

function flashOf(program: ProjectProgram, chip: JudgedChip): readonly Conclusion[] {
  const found: Conclusion[] = [];
  const flashEnd = chip.flashBytes === undefined ? undefined : chip.flashBase + chip.flashBytes;
  const last = program.elf.segments.filter(({ address }) => isMeantForFlash(address, chip)).at(-1);
  if (last !== undefined && flashEnd !== undefined && last.address + last.data.length > flashEnd) {
    const end = last.address + last.data.length;
    found.push(
      conclusion("elf-too-large", {
        certainty: "certain",
        values: {
          program: program.path,
          end: addressText(end),
          memory: "flash",
          memoryEnd: addressText(flashEnd),
          chip: chip.name,
        },
        evidence: [
          `${program.path}: ${sizeText(last.data.length)} at ${addressText(last.address)}, up to ${addressText(end)}`,
          chip.quote,
        ],
        weight: 80,
        explains: ["linker-script-too-large"],
        subject: "flash",
      }),
    );
  }
  for (const { address, data } of program.elf.segments) {
    if (isMeantForFlash(address, chip)) continue;
    // A secure alias of RAM is not in the table.
    if (address >= 0x20000000 && address < 0x40000000 && ramAround(address, chip.ram) === undefined) continue;
    if (chip.rows.some((row) => describeAddress(address, row).exists !== false)) continue;
    found.push(
      conclusion("elf-outside-memory", {
        certainty: "certain",
        values: {
          program: program.path,
          bytes: sizeText(data.length),
          address: addressText(address),
          chip: chip.name,
          what: describeAddress(address, chip.rows[0]).name,
        },
        evidence: [`${program.path}: ${sizeText(data.length)} at ${addressText(address)}`, chip.quote],
        weight: 80,
        subject: addressText(address),
      }),
    );
  }
  return found.slice(0, 4);
}

function ramOf({ path, elf }: ProjectProgram, { ram, name, quote }: JudgedChip): readonly Conclusion[] {
  for (const section of elf.sections) {
    const { address, size, flags } = section;
    if ((flags & SHF_ALLOC) === 0 || size === 0 || address < 0x20000000 || address >= 0x40000000) continue;
    const region = ramAround(address, ram);
    const end = address + size;
    if (region === undefined || end <= region.base + region.size) continue;
    return [
      conclusion("elf-too-large", {
        certainty: "certain",
        values: {
          program: path,
          end: addressText(end),
          memory: "RAM",
          memoryEnd: addressText(region.base + region.size),
          chip: name,
        },
        evidence: [
          `${path}: section ${section.name}, ${sizeText(size)} at ${addressText(address)}, up to ${addressText(end)}`,
          quote,
        ],
        weight: 80,
        explains: ["linker-script-too-large"],
        subject: "RAM",
      }),
    ];
  }
  return [];
}

/** Behind a boot loader the program's own vector table holds only once VTOR points there (ARMv7-M B3.2.5). */
function startsLate(
  program: ProjectProgram,
  { address, handlers }: VectorTable,
  words: string,
  chip: JudgedChip,
): Conclusion {
  const shared = {
    values: { program: program.path, address: addressText(address), start: addressText(chip.flashBase) },
    certainty: "certain",
  } as const;
  // Cortex-M0 has no VTOR, and on M0+ it is optional.
  const hasVtor = !chip.rows.some(({ core }) => /M0|M23/.test(core));
  if (
    !hasVtor ||
    namesVtor(
      program,
      handlers.map((vector) => (vector & ~1) >>> 0),
    )
  ) {
    return conclusion("elf-starts-late", { ...shared, evidence: [words] });
  }
  return conclusion("elf-starts-late", {
    ...shared,
    variant: "noVtor",
    certainty: "likely",
    severity: "warning",
    evidence: [words, `${program.path}: nothing in its code has the address of VTOR (0xE000ED08)`],
  });
}

const VTOR = 0xe000ed08;

/** True when code has the address of VTOR, or accesses it: without that no store of the program's can reach it. */
function namesVtor({ elf, symbols }: ProjectProgram, handlers: readonly number[]): boolean {
  const { stretches, isCode } = programCode(elf, symbols, handlers);
  return thumbConstants(stretches, isCode).some(({ value }) => value === VTOR);
}

function vectorsOf(program: ProjectProgram, chip: JudgedChip): readonly Conclusion[] {
  const { path, elf } = program;
  const table = firstWords(elf, chip.flashBase, chip.flashBase + 0x01000000);
  // A program for RAM alone is started by the debugger, not by a vector table.
  if (table === undefined) return [];
  const { address, stackPointer, reset } = table;
  const regions = joinedRegions(chip.ram).filter(({ base }) => base < 0x40000000);
  const isStack = (value: number): boolean => regions.some(({ base, size }) => value > base && value <= base + size);
  const isCode = elf.segments.some(
    (segment) => (reset & ~1) >>> 0 >= segment.address && reset < segment.address + segment.data.length,
  );
  const looksLikeStack = stackPointer >= 0x10000000 && stackPointer < 0x40000000;
  const words = `${path}: at ${addressText(address)} are ${addressText(stackPointer)} and ${addressText(reset)}`;
  const evidence = [words, chip.quote];
  if (!looksLikeStack && !isCode) {
    return [
      conclusion("elf-no-vector-table", {
        certainty: address === chip.flashBase ? "certain" : "likely",
        values: {
          program: path,
          address: addressText(address),
          first: addressText(stackPointer),
          second: addressText(reset),
        },
        evidence,
        weight: 80,
      }),
    ];
  }
  const found: Conclusion[] = [];
  if (
    regions.length > 0 &&
    !isStack(stackPointer) &&
    (stackPointer < 0x30000000 || ramAround(stackPointer, chip.ram))
  ) {
    const [region] = regions.filter(({ base }) => base <= stackPointer).slice(-1);
    const { base, size } = region ?? regions[0];
    found.push(
      conclusion("elf-stack-outside-ram", {
        certainty: "certain",
        values: {
          program: path,
          sp: addressText(stackPointer),
          chip: chip.name,
          ramStart: addressText(base),
          ramEnd: addressText(base + size),
        },
        evidence,
        weight: 85,
        explains: ["linker-script-too-large"],
      }),
    );
  }
  if ((reset & 1) === 0 || !isCode) {
    const why = !isCode ? "no code of the program is there" : "its bit 0 is clear, and the core knows Thumb code alone";
    found.push(
      conclusion("elf-reset-vector-wrong", {
        certainty: "certain",
        values: { program: path, vector: addressText(reset), why },
        evidence: [words],
        weight: 80,
      }),
    );
  }
  if (address !== chip.flashBase && found.length === 0) found.push(startsLate(program, table, words, chip));
  return found;
}

function coreOf({ path, attributes }: ProjectProgram, chip: JudgedChip): readonly Conclusion[] {
  const [row] = chip.rows;
  const core = row.core.replace(/F$/, "");
  const built = `${path}: its build attributes say ${architectureName(attributes) ?? "nothing"}${attributes?.cpuName === undefined ? "" : ` (${attributes.cpuName})`}`;
  if (lacksArchitecture(row.core, attributes?.cpuArch)) {
    return [
      conclusion("elf-other-core", {
        certainty: "certain",
        values: {
          program: path,
          architecture: architectureName(attributes) ?? "another architecture",
          core,
          chip: chip.name,
        },
        evidence: [built, chip.quote],
        weight: 85,
        explains: ["elf-needs-fpu"],
      }),
    ];
  }
  if (!attributes?.fpArch || row.fpu !== undefined || row.core === "Cortex-M55") return [];
  return [
    conclusion("elf-needs-fpu", {
      certainty: "likely",
      values: { program: path, core, chip: chip.name },
      evidence: [`${built}, and floating-point hardware (Tag_FP_arch ${attributes.fpArch})`, chip.quote],
      weight: 80,
    }),
  ];
}

/** The vendor's source files carry the family in their names: stm32f4xx_hal.c, system_stm32f1xx.c. */
function familyOf({ path, symbols }: ProjectProgram, chip: JudgedChip): readonly Conclusion[] {
  const families = new Map<string, string[]>();
  for (const { name, type } of symbols) {
    const match = type === "file" ? name.match(/(?:^|[\\/_])stm32([a-z]{1,3}\d)(?:\d{0,2}x{1,2}|[0-9a-z]*_)/i) : null;
    if (match === null) continue;
    const family = `STM32${match[1].toUpperCase()}`;
    families.set(family, [...(families.get(family) ?? []), baseName(name)]);
  }
  const [family] = families.keys();
  const own = chip.rows[0].family;
  // Letters alone (WB, WBA, WL) are matched by what the row's family begins with.
  if (family === undefined || families.size > 1 || family === own || own.startsWith(family) || family.startsWith(own))
    return [];
  const files = [...new Set(families.get(family))];
  return [
    conclusion("elf-other-family", {
      certainty: "likely",
      values: { program: path, files: listText(files.slice(0, 2)), family, chip: chip.name, chipFamily: own },
      evidence: [`${path}: ${files.length} of its source files are ${family}'s, such as ${files[0]}`, chip.quote],
      weight: 88,
    }),
  ];
}
