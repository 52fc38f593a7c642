import { hex } from "../base/bytes.ts";
import { describeAddress } from "../chips/address-map.ts";
import type { Chip } from "../chips/chip.ts";
import { dwt, fpb, scs } from "../cortexm/debug-registers.ts";

const coreRegisters = new Map<number, string>([
  ...Object.entries(scs).map(([name, address]) => [address, name.toUpperCase()] as const),
  [0xe000ed04, "ICSR"],
  [0xe000ed08, "VTOR"],
  [0xe000ed24, "SHCSR"],
  [0xe000ed88, "CPACR"],
  [dwt.control, "DWT_CTRL"],
  [0xe0001004, "DWT_CYCCNT"],
  [fpb.control, "FP_CTRL"],
  [0xe0042000, "DBGMCU_IDCODE"],
  [0xe0042004, "DBGMCU_CR"],
]);

const registers: Readonly<Record<string, readonly string[]>> = {
  /** RM0008 3.4. */
  "STM32F1 FLASH": ["ACR", "KEYR", "OPTKEYR", "SR", "CR", "AR", "", "OBR", "WRPR"],
  "STM32F1 GPIO": ["CRL", "CRH", "IDR", "ODR", "BSRR", "BRR", "LCKR"],
  "STM32F1 RCC": "CR CFGR CIR APB2RSTR APB1RSTR AHBENR APB2ENR APB1ENR BDCR CSR".split(" "),
  /** RM0090 3.9, 8.4. */
  "STM32F4 FLASH": ["ACR", "KEYR", "OPTKEYR", "SR", "CR", "OPTCR", "OPTCR1"],
  "STM32F4 GPIO": "MODER OTYPER OSPEEDR PUPDR IDR ODR BSRR LCKR AFRL AFRH".split(" "),
  "STM32F4 RCC":
    "CR PLLCFGR CFGR CIR AHB1RSTR AHB2RSTR AHB3RSTR  APB1RSTR APB2RSTR   AHB1ENR AHB2ENR AHB3ENR  APB1ENR APB2ENR".split(
      " ",
    ),
};

/**
 * Names of what stands at addresses: registers of the core, of DBGMCU and the best known peripherals; of others the block.
 * Without a chip only what is the same on all.
 */
export function addressNames(chip: Chip | undefined): (address: number) => string | undefined {
  return (address) => {
    const core = coreRegister(address);
    if (core !== undefined) return core;
    const { name, exists, block, own } = describeAddress(address, chip);
    if (block === undefined || exists === false) return undefined;
    if (own !== true || chip === undefined) return name;
    const table = registers[`${chip.family} ${block.replace(/^GPIO[A-K]$/, "GPIO")}`];
    const register = table?.[(address & 0x3ff) >>> 2];
    return register ? `${block}_${register}` : `${block}+${hex(address & 0x3ff)}`;
  };
}

/** {@link addressNames} where no chip is known. */
export const nameOfAddress = addressNames(undefined);

function coreRegister(address: number): string | undefined {
  const named = coreRegisters.get(address);
  if (named !== undefined) return named;
  const comparator = (address - fpb.comparator) >>> 2;
  if (address >= fpb.comparator && comparator < 8 && address % 4 === 0) return `FP_COMP${comparator}`;
  const unit = (address - dwt.comparator) >>> 4;
  if (address < dwt.comparator || unit >= 4) return undefined;
  const part = { 0: "COMP", 4: "MASK", 8: "FUNCTION" }[address & 15];
  return part === undefined ? undefined : `DWT_${part}${unit}`;
}
