import { NandFlash, type NandOptions } from "../parts/nand-flash.ts";
import { NorFlash, norGeometry } from "../parts/nor-flash.ts";
import { Sram } from "../parts/sram.ts";
import { Stm32f1Chip } from "../stm32f1/chip.ts";
import { stm32f103ze } from "../stm32f1/chip-config-high-density.ts";
import type { Stm32f1Options } from "../stm32f1/chip-options.ts";
import type { Board, BoardOptions } from "./board.ts";
import { type BoardLamp, namedParts } from "./named-parts.ts";
import { stm32f1Lamp, stm32f1Uarts } from "./stm32f1-parts.ts";

/** LD1–LD4 on PF6–PF9, lit while the pin is high (UM0488). */
const lampPins: Readonly<Record<string, number>> = { ld1: 6, ld2: 7, ld3: 8, ld4: 9 };

/** Where the FSMC shows the NOR flash: NE2. */
const norBase = 0x64000000;

/** The board, with the memories behind its FSMC. */
export interface Stm3210eEval extends Board<Stm32f1Chip> {
  /** On NE2: 0x64000000. */
  readonly nor: NorFlash;
  /** On NE3: 0x68000000. */
  readonly sram: Sram;
  /** On NCE2, A16 as CLE and A17 as ALE: 0x70000000. */
  readonly nand: NandFlash;
}

/** What {@link createStm3210eEval} takes. */
export type Stm3210eEvalOptions = BoardOptions & Pick<Stm32f1Options, "createCpu"> & { readonly nand?: NandOptions };

/**
 * ST's STM3210E-EVAL (UM0488) as far as its memories go: an STM32F103ZE with an 8 MHz and a 32.768 kHz crystal, 16 MiB
 * of NOR flash, 1 MiB of SRAM, 64 MiB of NAND flash, four lamps, and SWD and JTAG on the debug connector. Both flash
 * memories pull PD6 low while they are busy, the NAND flash PG6 too. Segments at 0x64000000 in the options' program go
 * to the NOR flash.
 */
export function createStm3210eEval(options: Stm3210eEvalOptions = {}): Stm3210eEval {
  const segments = options.flash ?? [];
  const inNor = ({ address }: { readonly address: number }): boolean =>
    address >= norBase && address < norBase + norGeometry.bytes;
  const chip = new Stm32f1Chip(stm32f103ze, {
    ...options,
    hiddenFlash: false,
    flash: segments.filter((segment) => !inNor(segment)),
    hseHz: 8_000_000,
    lseHz: 32_768,
    jtagWired: true,
  });
  const nor = new NorFlash(chip.scheduler);
  const sram = new Sram();
  const nand = new NandFlash(chip.scheduler, options.nand);
  for (const { address, data } of segments.filter(inNor)) nor.content.load(address - norBase, data);
  chip.fsmc?.connect(2, nor);
  chip.fsmc?.connect(3, sram);
  chip.fsmc?.connectNand(2, nand);

  // Open drains with a resistor: whoever is busy pulls the line down.
  const showReady = (): void => {
    chip.pins.driveExternal("D", 6, nor.ready && nand.ready ? undefined : false);
    chip.pins.driveExternal("G", 6, nand.ready ? undefined : false);
  };
  chip.pins.setExternalPull("D", 6, "up");
  chip.pins.setExternalPull("G", 6, "up");
  nor.onReady(showReady);
  nand.onReady(showReady);
  chip.pins.setExternalPull("B", 2, options.boot1 ? "up" : "down");
  // The buttons: Key and Tamper connect to ground, Wakeup to 3.3 V.
  chip.pins.setExternalPull("G", 8, "up");
  chip.pins.setExternalPull("C", 13, "up");
  chip.pins.setExternalPull("A", 0, "down");

  const lamps = new Map<string, BoardLamp>();
  for (const [name, pin] of Object.entries(lampPins)) lamps.set(name, stm32f1Lamp(chip, "F", pin, true));
  return {
    name: "stm3210e-eval",
    chip,
    nor,
    sram,
    nand,
    ...namedParts("stm3210e-eval", stm32f1Uarts(chip), lamps),
    pressReset: (pressed) => chip.driveNrst(pressed),
    powerCycle: () => {
      nor.reset();
      nand.reset();
      sram.powerOn();
      chip.powerCycle();
    },
  };
}
