import type { CpuState } from "./state.ts";

/**
 * R0 to R14, and the zero register, while instructions run. There is one for all boards, of which one runs at a time:
 * only so does its place become a constant in the code that V8 makes of the inner loop. Longer than needed, because V8
 * keeps the elements of small arrays where they may move.
 */
export const registerFile = new Int32Array(64);

/** Copies the registers in; whoever needs them outside of the inner loop copies them back with {@link putRegisters}. */
export function takeRegisters(state: CpuState): void {
  const { r } = state;
  for (let index = 0; index < 16; index++) registerFile[index] = r[index];
}

export function putRegisters(state: CpuState): void {
  const { r } = state;
  for (let index = 0; index < 16; index++) r[index] = registerFile[index];
}
