import type { Chip } from "./chip.ts";
import { blockBase } from "./peripheral-blocks.ts";

/** A register by which a program can take the pins of the debug port (SWDIO, SWCLK) for itself. */
export interface DebugPinRegister {
  readonly name: string;
  readonly address: number;
  /** The bits that matter. */
  readonly mask: number;
  /** What a value of it does to SWD, in words; `undefined` when the port stays usable. */
  readonly effect: (value: number) => string | undefined;
}

/** PA13 and PA14 in GPIOA_MODER: "10" each is the alternate function. */
const MODER_MASK = 0xf << 26;
const MODER_DEBUG = 0xa << 26;
/** Their alternate function 0 in GPIOA_AFRH. */
const AFRH_MASK = 0xff << 20;

/** The registers of a chip that can take the debug pins away; empty where the family's GPIO is not known. */
export function debugPinRegisters(chip: Chip): readonly DebugPinRegister[] {
  if (chip.family === "STM32F1") {
    // RM0008 9.4.2: SWJ_CFG. What GPIOA is told does not matter as long as the port has its pins.
    return [
      {
        name: "AFIO_MAPR",
        address: 0x40010004,
        mask: 7 << 24,
        effect: (value) =>
          ((value >>> 24) & 7) === 4
            ? "SWJ_CFG = 100: JTAG and SWD switched off, their pins are the application's"
            : undefined,
      },
    ];
  }
  const gpioa = blockBase("GPIOA", chip.family);
  if (gpioa === undefined) return [];
  // "General-purpose I/Os" of the reference manuals: MODER at 0x00, AFRH at 0x24.
  return [
    {
      name: "GPIOA_MODER",
      address: gpioa,
      mask: MODER_MASK,
      effect: (value) =>
        (value & MODER_MASK) === MODER_DEBUG
          ? undefined
          : `PA13 (SWDIO) becomes ${mode(value >>> 26)}, PA14 (SWCLK) ${mode(value >>> 28)}`,
    },
    {
      name: "GPIOA_AFRH",
      address: gpioa + 0x24,
      mask: AFRH_MASK,
      effect: (value) =>
        (value & AFRH_MASK) === 0 ? undefined : "PA13 (SWDIO) or PA14 (SWCLK) gets another alternate function",
    },
  ];
}

function mode(bits: number): string {
  return ["an input", "an output", "an alternate function", "analog"][bits & 3];
}
