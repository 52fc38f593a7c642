import type { WordOperation } from "../coresight/memory-port.ts";
import type { RegisterValue } from "./core.ts";
import { dhcsr, scs } from "./debug-registers.ts";
import { placeOf, selector, withByte } from "./register-file.ts";

/** DCRSR: the transfer goes to the core (ARMv7-M C1.6.3). */
const REGISTER_WRITE = 1 << 16;

/** A register by its selector, and the whole word for it. */
export type SelectorValue = readonly [number: number, value: number];

/**
 * Registers as the selectors that hold them. Those that share selector 20 become one value, where the first of them
 * stands; `special` is what that selector holds now.
 */
export function bySelector(values: readonly RegisterValue[], special: number): SelectorValue[] {
  const result = new Map<number, number>();
  for (const [name, value] of values) {
    const { selector: number, byte } = placeOf(name);
    const whole = byte === undefined ? value : withByte(result.get(number) ?? special, byte, value);
    result.set(number, whole >>> 0);
  }
  return [...result];
}

/** Whether what selector 20 holds now is needed, because some but not all of the registers that share it are among these. */
export function needsSpecial(values: readonly RegisterValue[]): boolean {
  const named = new Set(values.map(([name]) => name).filter((name) => placeOf(name).selector === selector.special));
  return named.size > 0 && named.size < 4;
}

/** Each value to DCRDR, its selector to DCRSR, and a look whether it has arrived. */
export function registerWrites(values: readonly SelectorValue[]): WordOperation[] {
  return values.flatMap(([number, value]): WordOperation[] => [
    { kind: "write", address: scs.dcrdr, value },
    { kind: "write", address: scs.dcrsr, value: (number | REGISTER_WRITE) >>> 0 },
    { kind: "read", address: scs.dhcsr },
  ]);
}

/** Each selector to DCRSR, a look whether the value is there, and the value. */
export function registerReads(selectors: readonly number[]): WordOperation[] {
  return selectors.flatMap((value): WordOperation[] => [
    { kind: "write", address: scs.dcrsr, value },
    { kind: "read", address: scs.dhcsr },
    { kind: "read", address: scs.dcrdr },
  ]);
}

/** The registers whose values were there in time, of what {@link registerReads} gave. */
export function registersRead(selectors: readonly number[], values: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const [index, number] of selectors.entries()) {
    const [state, value] = values.slice(2 * index);
    if ((state & dhcsr.registerReady) !== 0) found.set(number, value);
  }
  return found;
}

/** Whether every DHCSR says that a register transfer is over. */
export function allReady(states: readonly number[]): boolean {
  return states.every((state) => (state & dhcsr.registerReady) !== 0);
}
