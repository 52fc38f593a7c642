import { readU32 } from "../../base/bytes.ts";
import type { Chip } from "../../chips/chip.ts";
import { SHF_ALLOC } from "../../formats/elf.ts";
import { codeTest } from "../../formats/loader-code.ts";
import { symbolAt } from "../../formats/nearest-symbol.ts";
import { thumbConstants } from "../../formats/thumb-constants.ts";
import { addressText, offsetText, sizeText } from "../loader/words.ts";
import type { ProjectProgram } from "./choose-program.ts";
import { isMeantForFlash, type JudgedChip } from "./project-chip.ts";
import { quoted } from "./project-file.ts";
import type { ProjectFacts } from "./read-project.ts";

/** A place in flash where a program keeps data that outlives it. */
export interface EepromPlace {
  readonly address: number;
  readonly bytes: number | undefined;
  /** Where that is known from. */
  readonly quote: string;
  /** `named` by section or region; `used` by functions of an EEPROM emulation. */
  readonly known: "named" | "used";
}

const NAME = /eeprom|(^|[._])ee(_|\.|$)/i;
const FUNCTION = /^(_*ee_|.*eeprom)/i;
/** Symbols that say where it is: `_eeprom_start`, `__eeprom_base`. */
const START = /eeprom_?(start|base|begin|page0?)|^_+s?eeprom$/i;
/** Larger objects are no tables of addresses. */
const LARGEST_TABLE = 64;

/** Finds the flash pages of a program's EEPROM: by sections, regions and symbols of that name, and by what its code uses. */
export function eepromPlaces(facts: ProjectFacts, program: ProjectProgram, chip: JudgedChip): EepromPlace[] {
  const inFlash = (address: number): boolean => address > chip.flashBase && isMeantForFlash(address, chip);
  const places: EepromPlace[] = [];
  const { path, elf, symbols } = program;
  for (const { name, address, size, flags } of elf.sections) {
    if ((flags & SHF_ALLOC) === 0 || !NAME.test(name) || !inFlash(address)) continue;
    const quote = `${path}: section ${name}, ${sizeText(size)} at ${addressText(address)}`;
    places.push({ address, bytes: size > 0 ? size : undefined, quote, known: "named" });
  }
  for (const { fileName, regions } of facts.linkerScripts) {
    for (const { name, origin, length, line } of regions) {
      if (origin === undefined || !NAME.test(name) || !inFlash(origin)) continue;
      places.push({
        address: origin,
        bytes: length,
        quote: quoted(fileName, line, name, `ORIGIN ${addressText(origin)}`),
        known: "named",
      });
    }
  }
  for (const { name, value, type } of symbols) {
    if ((type !== "none" && type !== "object") || !START.test(name) || !inFlash(value)) continue;
    places.push({
      address: value,
      bytes: undefined,
      quote: `${path}: symbol ${name} is ${addressText(value)}`,
      known: "named",
    });
  }
  places.push(...usedPlaces(program, chip.rows[0], inFlash));
  const unique = new Map<number, EepromPlace>();
  for (const place of places) if (!unique.has(place.address)) unique.set(place.address, place);
  return [...unique.values()].sort((a, b) => a.address - b.address);
}

/** Starts of flash pages among the constants of functions of that name, and in the small tables that they use. */
function usedPlaces(
  { path, elf, symbols }: ProjectProgram,
  row: Chip,
  inFlash: (address: number) => boolean,
): EepromPlace[] {
  const functions = symbols.filter(({ type, name, size }) => type === "function" && size > 0 && FUNCTION.test(name));
  if (functions.length === 0) return [];
  const stretches = elf.segments.filter(({ address, data }) =>
    functions.some(({ value }) => value >= address && value < address + data.length),
  );
  const found = new Map<number, EepromPlace>();
  const use = (address: number, at: number): void => {
    if (!inFlash(address) || pageOf(row, address)?.start !== address || found.has(address)) return;
    const symbol = symbolAt(symbols, at);
    const where = symbol === undefined ? addressText(at) : offsetText(symbol.name, symbol.offset);
    found.set(address, {
      address,
      bytes: undefined,
      quote: `${path}: ${where} uses ${addressText(address)}`,
      known: "used",
    });
  };
  for (const { at, value } of thumbConstants(stretches, codeTest({ symbols }))) {
    if (!functions.some((each) => at >= (each.value & ~1) >>> 0 && at < ((each.value & ~1) >>> 0) + each.size))
      continue;
    use(value, at);
    const table = symbols.find((each) => each.type === "object" && each.value === value && each.size <= LARGEST_TABLE);
    const home =
      table &&
      elf.segments.find(({ address, data }) => value >= address && value + table.size <= address + data.length);
    if (table === undefined || home === undefined) continue;
    for (let offset = 0; offset + 4 <= table.size; offset += 4)
      use(readU32(home.data, value - home.address + offset), at);
  }
  return [...found.values()];
}

/** The page or sector of flash that an address lies in; `undefined` where the layout is not known. */
export function pageOf(row: Chip, address: number): { readonly start: number; readonly size: number } | undefined {
  const layout = row.flashLayout;
  const base = row.flashBase ?? 0x08000000;
  if (layout === undefined || address < base) return undefined;
  if (layout.kind === "uniform") {
    if (layout.eraseSize <= 0) return undefined;
    const start = base + Math.floor((address - base) / layout.eraseSize) * layout.eraseSize;
    return { start, size: layout.eraseSize };
  }
  for (const { base: first, eraseSize, count } of layout.sectors) {
    if (address < first || address >= first + eraseSize * count) continue;
    return { start: first + Math.floor((address - first) / eraseSize) * eraseSize, size: eraseSize };
  }
  return undefined;
}
