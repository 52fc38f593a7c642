import type { Chip } from "./chip.ts";
import { controllerAt, controllerPresence, type MemoryController, shortChipName } from "./memory-controllers.ts";
import { hasCompleteMap, ownBlockAt, peripheralAt, peripheralsAt } from "./peripheral-blocks.ts";

/** What lives at an address. */
export interface AddressPlace {
  /** A short name: `FSMC control (PCR2: NAND bank 2)`, `RCC`, `beyond the SRAM`. */
  readonly name: string;
  /** Whether the chip has it; `undefined` when that is not known. */
  readonly exists: boolean | undefined;
  /** The peripheral or memory it belongs to. */
  readonly block?: string;
  /** True for a peripheral of the chip's own family, which {@link exists} says whether it has. */
  readonly own?: boolean;
  /** Set when it belongs to a controller of external memory. */
  readonly controller?: MemoryController;
  /** For a controller: its registers, or a window of memory behind it. */
  readonly part?: "control" | "window";
}

/**
 * What lives at an address on a chip; without one, on any STM32. `preferred` names the families whose view counts where
 * the chip itself has nothing: those a loader was built for.
 */
export function describeAddress(address: number, chip?: Chip, preferred: readonly string[] = []): AddressPlace {
  return (
    (chip && ownMemory(address, chip)) ??
    systemSpace(address) ??
    externalMemory(address, chip, preferred) ??
    peripheral(address, chip, preferred) ??
    region(address, chip)
  );
}

function ownMemory(address: number, chip: Chip): AddressPlace | undefined {
  const inside = (base: number | undefined, size: number | undefined): boolean =>
    base !== undefined && size !== undefined && address >= base && address < base + size;
  for (const ram of chip.ram) {
    if (inside(ram.base, ram.size) || inside(ram.alias, ram.size)) {
      return { name: `RAM (${ram.name})`, exists: true, block: ram.name };
    }
  }
  const memories: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ["flash", chip.flashBase, chip.maxFlashBytes],
    ...chip.flashAliases.map((alias) => ["flash", alias, chip.maxFlashBytes] as const),
    ["system memory", chip.systemMemory?.base, chip.systemMemory?.size],
    ["option bytes", chip.optionBytes?.base, chip.optionBytes?.size],
    ["OTP", chip.otp?.base, chip.otp?.size],
    ["data EEPROM", chip.dataEeprom?.base, chip.dataEeprom?.size],
  ];
  const memory = memories.find(([, base, size]) => inside(base, size));
  if (memory !== undefined) return { name: memory[0], exists: true, block: memory[0] };
  if (inside(chip.idcodeAddress, 0x400)) return { name: "DBGMCU", exists: true, block: "DBGMCU" };
  return undefined;
}

/** The private peripheral bus (ARMv7-M B3.1, table B3-3). */
function systemSpace(address: number): AddressPlace | undefined {
  if (address < 0xe0000000 || address >= 0xe0100000) return undefined;
  const found = systemBlocks.find(([start, size]) => address >= start && address < start + size);
  const name = found?.[2] ?? "private peripheral bus";
  return { name, exists: found === undefined ? undefined : true, block: name };
}

const systemBlocks: readonly (readonly [start: number, size: number, name: string])[] = [
  [0xe0000000, 0x1000, "ITM"],
  [0xe0001000, 0x1000, "DWT"],
  [0xe0002000, 0x1000, "FPB"],
  [0xe000e010, 0x10, "SysTick"],
  [0xe000e100, 0xc00, "NVIC"],
  [0xe000ed90, 0x60, "MPU"],
  [0xe000ef30, 0x18, "FPU control"],
  [0xe000ed00, 0x300, "SCB"],
  [0xe000e000, 0x1000, "System Control Space"],
  [0xe0040000, 0x1000, "TPIU"],
  [0xe0041000, 0x1000, "ETM"],
];

function externalMemory(
  address: number,
  chip: Chip | undefined,
  preferred: readonly string[],
): AddressPlace | undefined {
  const place = controllerAt(address, chip, preferred);
  if (place === undefined) return undefined;
  // A peripheral of this chip's own stands where other chips have a controller.
  if (place.part === "control" && chip !== undefined && peripheralAt(address, chip.family) !== undefined)
    return undefined;
  const has = chip && controllerPresence(chip, place.controller).has;
  return {
    name: place.name,
    exists: has === "yes" ? true : has === "no" ? false : undefined,
    block: place.controller,
    controller: place.controller,
    part: place.part,
  };
}

function peripheral(address: number, chip: Chip | undefined, preferred: readonly string[]): AddressPlace | undefined {
  const own = chip && ownBlockAt(address, chip);
  if (own !== undefined) return { name: own.name, exists: own.has, block: own.name, own: true };
  const others = peripheralsAt(address);
  const wanted = others.find((each) => each.families.some((family) => preferred.includes(family)));
  const exists = chip !== undefined && hasCompleteMap(chip) && isPeripheral(address) ? false : undefined;
  if (wanted !== undefined) {
    const whose = wanted.families.filter((family) => preferred.includes(family));
    return { name: `${wanted.name} of ${whose.join("/")}`, exists, block: wanted.name };
  }
  if (exists === undefined && others.length === 0) return undefined;
  // Nobody asked for those families: what they have there is a hint, no fact.
  const hint = others[0] === undefined ? "" : `; ${others[0].name} on ${others[0].families.join("/")}`;
  const lacks = exists === false && chip !== undefined ? `no peripheral of ${chip.family}` : "the peripheral region";
  return { name: `${lacks}${hint}`, exists };
}

function isPeripheral(address: number): boolean {
  return address >= 0x40000000 && address < 0x42000000;
}

/** The address map of the architecture (ARMv7-M B3.1). */
function region(address: number, chip: Chip | undefined): AddressPlace {
  const lacks = chip === undefined ? undefined : false;
  if (address < 0x100) return { name: "the null page", exists: undefined };
  if (address < 0x20000000) return { name: "the code region", exists: undefined };
  if (address < 0x40000000) {
    const ram = chip?.ram.filter(({ base }) => base <= address).sort((a, b) => b.base - a.base)[0];
    if (ram === undefined || chip === undefined) return { name: "the SRAM region", exists: undefined };
    return { name: `beyond the RAM of ${shortChipName(chip)}`, exists: lacks };
  }
  if (address < 0x60000000) return { name: "the peripheral region", exists: undefined };
  if (address < 0xa0000000) return { name: "the external RAM region", exists: lacks };
  if (address < 0xe0000000) return { name: "the external device region", exists: lacks };
  return { name: "the vendor's system region", exists: undefined };
}
