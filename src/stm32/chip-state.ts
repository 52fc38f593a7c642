import type { Chip } from "../chips/chip.ts";
import { resetFlagAddress, resetFlagNames } from "../chips/reset-cause.ts";

/** What a chip is set to and what it remembers; members that this family's registers are not known for are absent. */
export interface ChipState {
  /** Flash size register as read. */
  readonly flashSizeRegister?: number;
  readonly readProtection?: { readonly on: boolean; readonly level?: 0 | 1 | 2; readonly register: NamedValue };
  /** First addresses of what is write-protected; empty: nothing. */
  readonly writeProtection?: { readonly addresses: readonly number[]; readonly register: NamedValue };
  /** Causes of resets since the flags were last cleared. */
  readonly resetFlags?: { readonly flags: readonly string[]; readonly register: NamedValue };
  /** The first two words of flash. */
  readonly vectorTable?: { readonly at: number; readonly stackPointer: number; readonly resetVector: number };
}

/** A register by its manual's name. */
export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

/** FLASH_OBR and FLASH_WRPR of the F1 (RM0008 3.3.3). */
const f1 = { obr: 0x4002201c, wrpr: 0x40022020, readProtected: 1 << 1 } as const;
/** FLASH_OPTCR of the F4 (RM0090 3.9.10). */
const f4 = { optcr: 0x40023c14, level0: 0xaa, level2: 0xcc, proprietary: 1 << 31 } as const;
/** Pages beyond those that a bit of WRPR has for itself are all covered by its last one. */
const wrprBits = 32;

/** Which words to read for {@link chipStateOf}, by names of its own. */
export function chipStateAddresses(chip: Chip): ReadonlyMap<string, number> {
  const addresses = new Map<string, number>();
  if (chip.family === "STM32F1") {
    addresses.set("obr", f1.obr);
    addresses.set("wrpr", f1.wrpr);
  } else if (chip.family === "STM32F4") {
    addresses.set("optcr", f4.optcr);
  }
  const flags = resetFlagAddress(chip);
  if (flags !== undefined && !needsClock(chip)) addresses.set("reset", flags);
  if (chip.flashBase !== undefined) {
    addresses.set("vector0", chip.flashBase);
    addresses.set("vector1", chip.flashBase + 4);
  }
  return addresses;
}

/** Reads of a chip whose flash is elsewhere or whose bus may stand still are left to those who ask for them. */
function needsClock({ idcodeClock }: Chip): boolean {
  return idcodeClock !== undefined;
}

/** Decodes what was read at {@link chipStateAddresses}. */
export function chipStateOf(
  chip: Chip,
  flashSizeRegister: number | undefined,
  at: (name: string) => number | undefined,
): ChipState {
  const [obr, wrpr, optcr, reset, first, second] = ["obr", "wrpr", "optcr", "reset", "vector0", "vector1"].map(at);
  return {
    ...(flashSizeRegister !== undefined && { flashSizeRegister }),
    ...(obr !== undefined && {
      readProtection: { on: (obr & f1.readProtected) !== 0, register: { name: "FLASH_OBR", value: obr } },
    }),
    ...(wrpr !== undefined && {
      writeProtection: { addresses: f1Protected(chip, wrpr), register: { name: "FLASH_WRPR", value: wrpr } },
    }),
    ...(optcr !== undefined && f4Protection(chip, optcr)),
    ...(reset !== undefined && {
      resetFlags: { flags: resetFlagNames(chip, reset), register: { name: "RCC_CSR", value: reset } },
    }),
    ...(first !== undefined &&
      second !== undefined &&
      chip.flashBase !== undefined && {
        vectorTable: { at: chip.flashBase, stackPointer: first, resetVector: second },
      }),
  };
}

/** A zero bit protects a group of pages; the last one all that follow on large chips (PM0075 2.3.2). */
function f1Protected(chip: Chip, wrpr: number): number[] {
  const layout = chip.flashLayout;
  const base = chip.flashBase ?? 0x08000000;
  if (layout?.kind !== "uniform") return [];
  const group = (layout.wrpUnitPages ?? 4) * layout.eraseSize;
  const groups = Math.min(wrprBits, Math.ceil((chip.maxFlashBytes ?? 0) / group));
  return Array.from({ length: groups }, (_, bit) => bit)
    .filter((bit) => ((wrpr >>> bit) & 1) === 0)
    .map((bit) => base + bit * group);
}

function f4Protection(chip: Chip, optcr: number): Pick<ChipState, "readProtection" | "writeProtection"> {
  const register = { name: "FLASH_OPTCR", value: optcr };
  const rdp = (optcr >>> 8) & 0xff;
  const level = rdp === f4.level0 ? 0 : rdp === f4.level2 ? 2 : 1;
  const readProtection = { on: level !== 0, level, register } as const;
  // With SPRMOD the bits mean proprietary read-out protection, the other way round.
  if ((optcr & f4.proprietary) !== 0 || chip.flashLayout?.kind !== "sectors") return { readProtection };
  const starts = chip.flashLayout.sectors.flatMap(({ base, eraseSize, count }) =>
    Array.from({ length: count }, (_, i) => base + i * eraseSize),
  );
  const addresses = starts.slice(0, 12).filter((_, bit) => ((optcr >>> (16 + bit)) & 1) === 0);
  return { readProtection, writeProtection: { addresses, register } };
}
