import { expect } from "vitest";
import { countingProgram, FLASH, LOOP } from "./bench.ts";
import type { OpenOcdRun } from "./openocd.ts";

/** What is written: larger than the driver's buffers, no multiple of a page or a word. */
export const image = countingProgram(9 * 1024 + 6);

/** An address as OpenOCD takes it. */
export const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;

/** Everything a debugger does with a chip, once; `file` holds {@link image}. */
export const wholeSession = (file: string): string[] => [
  "init",
  "halt",
  "reg",
  "flash probe 0",
  `flash write_image erase ${file} ${hex(FLASH)}`,
  `verify_image ${file} ${hex(FLASH)}`,
  "reset halt",
  "reg r0 0",
  "reg r1 0",
  `bp ${hex(LOOP + 2)} 2 hw`,
  "resume",
  "wait_halt 1000",
  "reg r0",
  `rbp ${hex(LOOP + 2)}`,
  "step",
  "reg r1",
  "reset run",
];

/** What OpenOCD says of it when all went well. */
export function expectSession(run: OpenOcdRun): void {
  const { output } = run;
  expect(run.code, output).toBe(0);
  expect(output).not.toMatch(/^Error/m);
  expect(output).toContain("target has 6 breakpoints, 4 watchpoints");
  expect(output).toContain("device id = 0x20036410");
  expect(output).toContain("flash size = 64 KiB");
  expect(output).toMatch(new RegExp(`wrote ${10 * 1024} bytes|wrote ${image.length} bytes`));
  expect(output).toContain(`verified ${image.length} bytes`);
  expect(output).toMatch(/halted due to debug-request[\s\S]*pc: 0x08000100/);
  expect(output).toMatch(/halted due to breakpoint[\s\S]*pc: 0x08000102/);
  expect(output).toMatch(/r0 \(\/32\): 0x00000001/);
  expect(output).toMatch(/r1 \(\/32\): 0x00000002/);
}
