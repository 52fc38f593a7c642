import type { Pins, PortName } from "./chip-context.ts";

type Pad = readonly [port: PortName, pin: number];

const pads = (text: string): readonly Pad[] =>
  text.split(" ").map((name) => [name[0] as PortName, Number(name.slice(1))]);

/** FSMC signals of the 144-pin packages (DS5792 table "High-density pin definitions"). */
const dataPads = pads("D14 D15 D0 D1 E7 E8 E9 E10 E11 E12 E13 E14 E15 D8 D9 D10");
const addressPads = pads("F0 F1 F2 F3 F4 F5 F12 F13 F14 F15 G0 G1 G2 G3 G4 G5 D11 D12 D13 E3 E4 E5 E6 E2 G13 G14");
const [outputEnable, writeEnable] = pads("D4 D5");
const lanePads = pads("E0 E1");
const selectPads = pads("D7 G9 G10 G12");
/** Chip selects of the NAND banks 2 and 3, and their interrupt inputs. */
const nandSelectPads = pads("D7 G9");
export const nandInterruptPads = pads("G6 G7");

/**
 * Which of the FSMC's signals leave the chip: those whose pins are alternate-function outputs. The others are not
 * driven: an address line that is not there counts as 0, a data line as 1.
 */
export interface FsmcSignals {
  readonly address: number;
  readonly data: number;
  readonly lanes: number;
  readonly outputEnable: boolean;
  readonly writeEnable: boolean;
  /** NE1–NE4 from bit 0 on. */
  readonly selects: number;
  /** NCE2 and NCE3 from bit 0 on. */
  readonly nandSelects: number;
}

/** Reads the configuration of the pins. */
export function fsmcSignals(pins: Pins): FsmcSignals {
  const out = ([port, pin]: Pad): boolean => pins.isAlternateOutput(port, pin);
  const mask = (list: readonly Pad[]): number => list.reduce((bits, pad, i) => (out(pad) ? bits | (1 << i) : bits), 0);
  return {
    address: mask(addressPads),
    data: mask(dataPads),
    lanes: mask(lanePads),
    outputEnable: out(outputEnable),
    writeEnable: out(writeEnable),
    selects: mask(selectPads),
    nandSelects: mask(nandSelectPads),
  };
}
