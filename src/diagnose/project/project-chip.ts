import { baseName } from "../../base/paths.ts";
import { describeAddress } from "../../chips/address-map.ts";
import type { Chip } from "../../chips/chip.ts";
import { shortChipName } from "../../chips/memory-controllers.ts";
import { type PartName, partName } from "../../chips/part-name.ts";
import { chipByDeviceId } from "../../chips/table.ts";
import { quoted } from "./project-file.ts";
import type { ProjectFacts } from "./read-project.ts";

/** The chip on the wires, as it was read. */
export interface LiveChip {
  readonly deviceId: number;
  readonly name: string;
  /** By its flash size register. */
  readonly flashBytes: number | undefined;
  readonly ramRegions: readonly Region[];
}

export interface Region {
  readonly name?: string;
  readonly base: number;
  readonly size: number;
}

/** What one setting of the project says of the chip. */
export interface ChipClaim {
  readonly part: PartName;
  /** The setting, with file, line and key. */
  readonly quote: string;
  readonly file: string;
}

/** The chip that the project is judged by. */
export interface JudgedChip {
  /** For sentences: `STM32F103C8`. */
  readonly name: string;
  /** Rows of the table it may be; usually one. */
  readonly rows: readonly Chip[];
  readonly flashBase: number;
  /** Bytes of flash: of the specimen, of the part, or the most that any of the rows has. */
  readonly flashBytes: number | undefined;
  readonly ram: readonly Region[];
  /** Where that is known from. */
  readonly quote: string;
  readonly live: boolean;
}

/** Everything in the project that names a part, the .ioc first. */
export function chipClaims({ iocs, cprojects, launches, vscode, builds }: ProjectFacts): ChipClaim[] {
  const claims: ChipClaim[] = [];
  const add = (file: string, line: number, key: string, text: string, name = text): void => {
    const part = partName(name);
    if (part !== undefined) claims.push({ part, quote: quoted(file, line, key, text), file });
  };
  for (const { ioc, settings } of iocs) {
    if (settings.part !== undefined) add(ioc.fileName, settings.part.line, settings.part.key, settings.part.value);
  }
  for (const { fileName, configurations } of cprojects) {
    for (const { mcu, defines } of configurations) {
      if (mcu !== undefined) add(fileName, mcu.line, "target_mcu", mcu.value);
      for (const { value, line } of defines)
        if (/^STM32[A-Z0-9]+x[A-Z0-9x]$/i.test(value)) add(fileName, line, "define", value);
    }
  }
  // A build's own words come before those of debuggers: the program is made by them.
  for (const { file, line, key, value, part } of builds) add(file, line, key, value, part);
  for (const { fileName, chipNames } of launches) {
    for (const { key, line, value } of chipNames) add(fileName, line, key, value, baseName(value));
  }
  for (const { fileName, configurations } of vscode) {
    for (const configuration of configurations) {
      const device = configuration.value("device") ?? configuration.value("deviceName");
      if (typeof device?.value === "string") add(fileName, device.line, device.key, device.value);
      const svd = configuration.value("svdFile") ?? configuration.value("svdPath");
      if (typeof svd?.value === "string") add(fileName, svd.line, svd.key, svd.value, baseName(svd.value));
    }
  }
  return claims;
}

/** The chip to judge by: the one on the wires if there is one, else the first that the project names. */
export function judgedChip(claims: readonly ChipClaim[], live: LiveChip | undefined): JudgedChip | undefined {
  if (live !== undefined) return liveChip(live);
  const claim = claims[0];
  if (claim === undefined) return undefined;
  const { part, quote } = claim;
  const rows = part.chips;
  const largest = rows.map(({ maxFlashBytes }) => maxFlashBytes ?? Number.POSITIVE_INFINITY).sort((a, b) => b - a)[0];
  return {
    name: part.name,
    rows,
    flashBase: rows[0].flashBase ?? 0x08000000,
    flashBytes: part.flashBytes ?? (Number.isFinite(largest) ? largest : undefined),
    ram: ramOf(rows, part.ramBytes),
    quote,
    live: false,
  };
}

function liveChip({ deviceId, name, flashBytes, ramRegions }: LiveChip): JudgedChip {
  const row = chipByDeviceId(deviceId);
  const size = flashBytes ?? row?.maxFlashBytes;
  return {
    name: row === undefined ? name : shortChipName(row),
    rows: row === undefined ? [] : [row],
    flashBase: row?.flashBase ?? 0x08000000,
    flashBytes: size,
    ram: ramRegions.length > 0 ? ramRegions : ramOf(row === undefined ? [] : [row], undefined),
    quote: `read from the target: ${name}, device ID 0x${deviceId.toString(16).toUpperCase()}${size === undefined ? "" : `, ${size / 1024} KiB of flash`}`,
    live: true,
  };
}

/** RAM of the rows at all its addresses; where several rows are possible, the largest counts. */
function ramOf(rows: readonly Chip[], firstBytes: number | undefined): Region[] {
  const regions = new Map<number, Region>();
  for (const row of rows) {
    for (const [index, { name, base, size, alias }] of row.ram.entries()) {
      const bytes = index === 0 && firstBytes !== undefined ? Math.min(size, firstBytes) : size;
      for (const at of alias === undefined ? [base] : [base, alias]) {
        if ((regions.get(at)?.size ?? 0) < bytes) regions.set(at, { name, base: at, size: bytes });
      }
    }
    const whole = row.contiguousRamFrom20000000;
    if (whole !== undefined && firstBytes === undefined && (regions.get(0x20000000)?.size ?? 0) < whole) {
      regions.set(0x20000000, { name: "RAM", base: 0x20000000, size: whole });
    }
  }
  return [...regions.values()].sort((a, b) => a.base - b.base);
}

/** More than any STM32 has: what lies up to there was meant for flash. */
const MOST_FLASH = 0x01000000;

/**
 * True for an address that is meant to be in flash: from its start on, as far as any STM32's reaches, but not where these
 * chips have something else (the data EEPROM of L0 and L1, OTP).
 */
export function isMeantForFlash(address: number, { flashBase, rows }: JudgedChip): boolean {
  if (address < flashBase || address >= flashBase + MOST_FLASH) return false;
  return !rows.some((row) => {
    const { exists, block } = describeAddress(address, row);
    return exists === true && block !== "flash";
  });
}

/** Regions that touch made one, in address order. */
export function joinedRegions(regions: readonly Region[]): Region[] {
  const whole: Region[] = [];
  for (const { base, size } of [...regions].sort((a, b) => a.base - b.base)) {
    const last = whole.at(-1);
    if (last !== undefined && base <= last.base + last.size) {
      whole[whole.length - 1] = { base: last.base, size: Math.max(last.size, base + size - last.base) };
    } else whole.push({ base, size });
  }
  return whole;
}

/**
 * The RAM that an address lies in or behind; `undefined` when it is so far from any that it was meant for something else,
 * such as an alias that is not known here.
 */
export function ramAround(address: number, ram: readonly Region[]): Region | undefined {
  const before = joinedRegions(ram)
    .filter(({ base }) => base <= address)
    .at(-1);
  return before !== undefined && address - (before.base + before.size) < 0x00400000 ? before : undefined;
}
