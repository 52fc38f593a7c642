import type { Chip } from "./chip.ts";

/** The register with the reset flags of a family, and what each bit says. */
interface ResetFlagRegister {
  readonly address: number;
  readonly flags: readonly (readonly [bit: number, name: string])[];
}

/** F0, F1, F2, F3, F4, F7, L1 and relatives have them side by side at the top of RCC_CSR. */
const common: ResetFlagRegister["flags"] = [
  [29, "IWDGRSTF"],
  [30, "WWDGRSTF"],
  [31, "LPWRRSTF"],
  [28, "SFTRSTF"],
  [27, "PORRSTF"],
  [26, "PINRSTF"],
];

/** RCC_CSR of each family (the reset and clock control chapter of its reference manual). */
const registers: Readonly<Record<string, ResetFlagRegister>> = {
  STM32F0: { address: 0x40021024, flags: common },
  STM32F1: { address: 0x40021024, flags: common },
  STM32F3: { address: 0x40021024, flags: common },
  STM32F2: { address: 0x40023874, flags: common },
  STM32F4: { address: 0x40023874, flags: common },
  STM32F7: { address: 0x40023874, flags: common },
  STM32L1: { address: 0x40023834, flags: common },
  STM32L0: { address: 0x40021050, flags: common },
  STM32L4: { address: 0x40021094, flags: common },
  STM32G4: { address: 0x40021094, flags: common },
  STM32G0: { address: 0x40021060, flags: common },
  // RM0433 8.7.41: RCC_RSR, where the watchdogs have one bit each a core.
  STM32H7: {
    address: 0x580244d0,
    flags: [
      [26, "IWDG1RSTF"],
      [28, "WWDG1RSTF"],
      [24, "SFTRSTF"],
      [30, "LPWRRSTF"],
      [23, "PORRSTF"],
      [22, "PINRSTF"],
    ],
  },
};

/** Where this chip's reset flags are; `undefined` for a family that is not known here. */
export function resetFlagAddress(chip: Chip | undefined): number | undefined {
  return chip === undefined ? undefined : registers[chip.family]?.address;
}

function namesIn({ flags }: ResetFlagRegister, value: number): string[] {
  return flags.filter(([bit]) => ((value >>> bit) & 1) !== 0).map(([, name]) => name);
}

/** Names of the flags that are set in the word at an address, where that is some family's register of them. */
export function resetFlagsAt(address: number, value: number): string[] | undefined {
  const register = Object.values(registers).find((each) => each.address === address);
  return register === undefined ? undefined : namesIn(register, value);
}

/** Names of the reset flags that are set in `value`, the telling ones first. */
export function resetFlagNames(chip: Chip | undefined, value: number): string[] {
  const register = chip === undefined ? undefined : registers[chip.family];
  return register === undefined ? [] : namesIn(register, value);
}
