import type { Chip, ChipMemory, ClockEnable, FlashControllerKind, FlashLayout } from "./chip.ts";
import devices from "./devices.json" with { type: "json" };

type Hex = string;

/** One row of devices.json: numbers are hexadecimal text, unknown is null. */
interface Row {
  dev_id: Hex;
  id_kind: string;
  name: string;
  family: string;
  core: string;
  second_core?: string;
  fpu: "sp" | "dp" | null;
  nvic_prio_bits: number | null;
  idcode_address: Hex | null;
  idcode_access: { clock_enable_needed: string | null; alternate: string | null };
  revisions: Record<Hex, string> | null;
  flash_size_register: { address: Hex; width_bits: number; unit: string; note?: string } | null;
  uid_address: Hex | null;
  uid_bits: number | null;
  flash_base: Hex | null;
  flash_aliases: Hex[];
  max_flash_bytes: number | null;
  known_flash_sizes_kib: number[] | null;
  flash_layout: LayoutRow | null;
  data_eeprom: { base: Hex; size: number; bank2_base?: Hex } | null;
  sram: { name: string; base: Hex; size: number; alias?: Hex; note?: string }[] | null;
  contiguous_ram_from_0x20000000: number | null;
  option_bytes: MemoryRow | null;
  option_bytes_registers?: string;
  otp: MemoryRow | null;
  system_memory: MemoryRow | null;
  bootloader_ids: Hex[] | null;
  bootloader_id_address: Hex | null;
  flash_controller: FlashControllerKind | null;
  flash_controller_variant: string | null;
  flash_controller_base: Hex | null;
  erased_value: Hex | null;
  program_granularity_bytes: number | null;
  has_fsmc_or_fmc: boolean | null;
  has_qspi: boolean | null;
  external_memory_detail: {
    parts_in_group: number;
    parts_with_fsmc_or_fmc: number;
    parts_with_quad_octo_xspi: number;
  } | null;
  hw_breakpoints: number | null;
  watchpoints: number | null;
  swd_dpidr: Hex | null;
  part_lines: string[] | null;
  notes: string[];
}

interface MemoryRow {
  base: Hex;
  size: number | null;
  note?: string;
}

interface LayoutRow {
  type: "uniform" | "sectors";
  banks: number;
  bank2_base?: Hex;
  erase_size?: number;
  wrp_unit_pages?: number;
  sector?: number;
  write_page?: number;
  dual_bank?: string;
  sectors?: { base: Hex; erase_size: number; count: number }[];
  alternate_when_nDBANK_0?: {
    banks: number;
    bank2_base: Hex;
    sectors_per_bank: { erase_size: number; count: number }[];
  };
  note?: string;
}

const rows = devices as unknown as readonly Row[];

/** Every STM32 device id that is known, in the order of the ids. */
export const chips: readonly Chip[] = rows.map(chipOf);

const byDeviceId = new Map(chips.map((chip) => [chip.deviceId, chip]));

/** The row of a DEV_ID (bits 11:0 of DBGMCU_IDCODE), `undefined` when no STM32 with that id is known. */
export function chipByDeviceId(deviceId: number): Chip | undefined {
  return byDeviceId.get(deviceId);
}

/**
 * The addresses at which the chips with this core keep DBGMCU_IDCODE, the most common first. `core` is a name as CPUID
 * gives it (`Cortex-M3`, `Cortex-M4`); an unknown core gets every address there is.
 */
export function idcodeAddresses(core: string): number[] {
  const wanted = coreFamily(core);
  const count = (matches: (chip: Chip) => boolean): number[] => {
    const votes = new Map<number, number>();
    for (const chip of chips) {
      if (chip.idcodeAddress === undefined || !matches(chip)) continue;
      votes.set(chip.idcodeAddress, (votes.get(chip.idcodeAddress) ?? 0) + 1);
    }
    return [...votes].sort((a, b) => b[1] - a[1]).map(([address]) => address);
  };
  const own = count((chip) => coreFamily(chip.core) === wanted);
  return own.length > 0 ? own : count(() => true);
}

/** `Cortex-M4F` and `Cortex-M4` are one core to CPUID: the name without its FPU letter. */
export function coreFamily(core: string): string {
  return core.replace(/^(Cortex-M\d+\+?)F$/, "$1");
}

function chipOf(row: Row): Chip {
  return {
    deviceId: Number(row.dev_id),
    hasDbgmcuIdcode: row.id_kind.startsWith("DBGMCU_IDCODE"),
    idKind: row.id_kind,
    name: row.name,
    family: row.family,
    core: row.core,
    secondCore: row.second_core,
    fpu: row.fpu ?? undefined,
    nvicPriorityBits: row.nvic_prio_bits ?? undefined,
    idcodeAddress: number(row.idcode_address),
    idcodeClock: clockOf(row.idcode_access.clock_enable_needed),
    idcodeAlternate: row.idcode_access.alternate ?? undefined,
    revisions: new Map(Object.entries(row.revisions ?? {}).map(([id, letter]) => [Number(id), letter])),
    flashSizeRegister: row.flash_size_register
      ? {
          address: Number(row.flash_size_register.address),
          widthBits: row.flash_size_register.width_bits,
          unit: row.flash_size_register.unit,
          note: row.flash_size_register.note,
        }
      : undefined,
    uidAddress: number(row.uid_address),
    uidBits: row.uid_bits ?? undefined,
    flashBase: number(row.flash_base),
    flashAliases: row.flash_aliases.map((alias) => Number.parseInt(alias, 16)),
    maxFlashBytes: row.max_flash_bytes ?? undefined,
    knownFlashSizesKib: row.known_flash_sizes_kib ?? [],
    flashLayout: row.flash_layout ? layoutOf(row.flash_layout) : undefined,
    dataEeprom: row.data_eeprom
      ? {
          base: Number(row.data_eeprom.base),
          size: row.data_eeprom.size,
          bank2Base: number(row.data_eeprom.bank2_base),
        }
      : undefined,
    ram: (row.sram ?? []).map((ram) => ({
      name: ram.name,
      base: Number(ram.base),
      size: ram.size,
      alias: number(ram.alias),
      note: ram.note,
    })),
    contiguousRamFrom20000000: row["contiguous_ram_from_0x20000000"] ?? undefined,
    optionBytes: memoryOf(row.option_bytes),
    optionByteRegisters: row.option_bytes_registers,
    otp: memoryOf(row.otp),
    systemMemory: memoryOf(row.system_memory),
    bootloaderIds: (row.bootloader_ids ?? []).map(Number),
    bootloaderIdAddress: number(row.bootloader_id_address),
    flashController: row.flash_controller ?? undefined,
    flashControllerVariant: row.flash_controller_variant ?? undefined,
    flashControllerBase: number(row.flash_controller_base),
    erasedValue: number(row.erased_value),
    programGranularity: row.program_granularity_bytes ?? undefined,
    hasFsmcOrFmc: row.has_fsmc_or_fmc ?? undefined,
    hasQspi: row.has_qspi ?? undefined,
    externalMemory: row.external_memory_detail
      ? {
          parts: row.external_memory_detail.parts_in_group,
          withFsmcOrFmc: row.external_memory_detail.parts_with_fsmc_or_fmc,
          withQuadOctoXspi: row.external_memory_detail.parts_with_quad_octo_xspi,
        }
      : undefined,
    hardwareBreakpoints: row.hw_breakpoints ?? undefined,
    watchpoints: row.watchpoints ?? undefined,
    dpidr: number(row.swd_dpidr),
    partLines: row.part_lines ?? [],
    notes: row.notes,
  };
}

function number(text: Hex | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Number(text);
}

function memoryOf(row: MemoryRow | null): ChipMemory | undefined {
  return row ? { base: Number(row.base), size: row.size ?? undefined, note: row.note } : undefined;
}

function layoutOf(row: LayoutRow): FlashLayout {
  const bank2Base = number(row.bank2_base);
  if (row.type === "uniform") {
    return {
      kind: "uniform",
      eraseSize: row.erase_size ?? 0,
      banks: row.banks,
      bank2Base,
      wrpUnitPages: row.wrp_unit_pages,
      sectorSize: row.sector,
      writePage: row.write_page,
      dualBank: row.dual_bank,
      note: row.note,
    };
  }
  const alternative = row.alternate_when_nDBANK_0;
  return {
    kind: "sectors",
    banks: row.banks,
    bank2Base,
    sectors: (row.sectors ?? []).map((run) => ({
      base: Number(run.base),
      eraseSize: run.erase_size,
      count: run.count,
    })),
    dualBankAlternative: alternative && {
      banks: alternative.banks,
      bank2Base: Number(alternative.bank2_base),
      sectorsPerBank: alternative.sectors_per_bank.map((run) => ({ eraseSize: run.erase_size, count: run.count })),
    },
    note: row.note,
  };
}

/** `RCC_APB2ENR (0x40021018) bit 22 DBGMCUEN` taken apart. */
function clockOf(text: string | null): ClockEnable | undefined {
  const match = text?.match(/^(\w+) \((0x[0-9A-Fa-f]+)\) bit (\d+) (\w+)$/);
  return match ? { register: match[1], address: Number(match[2]), bit: Number(match[3]), name: match[4] } : undefined;
}
