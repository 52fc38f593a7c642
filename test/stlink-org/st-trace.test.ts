import { afterEach, expect, it } from "vitest";
import { writeU16, writeU32 } from "../../src/base/bytes.ts";
import { FLASH } from "../openocd/bench.ts";
import { UsbBench } from "./bench.ts";

let bench: UsbBench | undefined;

afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

/** Writes the alphabet to stimulus port 0 of the ITM, a letter every 1.5 ms at the 8 MHz after reset, over and over. */
function alphabet(): Uint8Array {
  const image = new Uint8Array(0x400);
  writeU32(image, 0, 0x20005000);
  for (let vector = 1; vector < 16; vector++) writeU32(image, vector * 4, FLASH + 0x101);
  for (const [index, instruction] of [
    0x4808, // ldr r0, =ITM_STIM0
    0x2141, // movs r1, #'A'
    0x6802, // again: ldr r2, [r0]
    0x2a00, // cmp r2, #0
    0xd0fc, // beq again
    0x7001, // strb r1, [r0]
    0x4b06, // ldr r3, =4000
    0x3b01, // wait: subs r3, #1
    0xd1fd, // bne wait
    0x3101, // adds r1, #1
    0x295b, // cmp r1, #'Z' + 1
    0xd1f5, // bne again
    0x2141, // movs r1, #'A'
    0xe7f3, // b again
  ].entries()) {
    writeU16(image, 0x100 + index * 2, instruction);
  }
  for (const [index, literal] of [0xe0000000, 4000].entries()) writeU32(image, 0x124 + index * 4, literal);
  return image;
}

it.each(["v2", "v2-1", "v3"])("st-trace 1.7 prints what a program writes to the ITM, through a %s", async (probe) => {
  bench = await UsbBench.open(`sim:bluepill?probe=${probe}`);
  bench.only.board.chip.loadFlash([{ address: FLASH, data: alphabet() }]);
  bench.only.board.powerCycle();
  // To a pipe it would write 4096 letters at a time.
  const trace = bench.start("stdbuf", ["-o0", "st-trace", "--clock=8"]);
  await trace.waitFor(/Reading Trace\n(ABCDEFGHIJKLMNOPQRSTUVWXYZ){4}/);
  await trace.stop("SIGINT");
  const text = /Reading Trace\n([A-Z]*)/.exec(trace.output())?.[1] ?? "";
  expect("ABCDEFGHIJKLMNOPQRSTUVWXYZ".repeat(Math.ceil(text.length / 26)).startsWith(text), trace.output()).toBe(true);
  expect(trace.output()).not.toContain("ERROR");
});
