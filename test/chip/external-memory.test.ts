import { describe, expect, it } from "vitest";
import { createStm3210eEval } from "../../src/sim/boards/stm3210e-eval.ts";
import { nandTimes } from "../../src/sim/parts/nand-flash.ts";
import { norTimes } from "../../src/sim/parts/nor-flash.ts";
import { buildProgram } from "./build-program.ts";

/** What the program writes to a NAND page. */
const pattern = (seed: number) => Uint8Array.from({ length: 512 }, (_, i) => seed + i * i + (i >> 3));

/** The Hamming code of a page by its definition: parities of the ones at positions with each bit clear, and set. */
function hamming(page: Uint8Array): string {
  let code = 0;
  for (let bit = 0; bit < 12; bit++) {
    for (const half of [0, 1]) {
      let parity = 0;
      page.forEach((byte, i) => {
        for (let b = 0; b < 8; b++) if ((((i * 8 + b) >> bit) & 1) === half) parity ^= (byte >> b) & 1;
      });
      code |= parity << (2 * bit + half);
    }
  }
  return code.toString(16).padStart(8, "0");
}

describe("a program on the STM3210E-EVAL", () => {
  it("uses the SRAM, erases and programs NOR and NAND flash, and waits for them in each way there is", () => {
    const board = createStm3210eEval({
      flash: [
        { address: 0x08000000, data: buildProgram("external-memory") },
        { address: 0x64020000, data: new Uint8Array(16) },
        { address: 0x6403ffff, data: Uint8Array.of(1, 2, 3) },
      ],
    });
    let text = "";
    board.onUart("usart1", (byte) => {
      text += String.fromCharCode(byte);
    });
    board.chip.advance(1e9);
    const codes = [hamming(pattern(9)), hamming(pattern(77))];
    expect(new Set(["00000000", ...codes]).size).toBe(3);
    expect(text).toBe(
      "sram 12345678\nsram abcd5a00\ncode 0000002a\n" +
        "nor 0020227e\nnor 22212200\nerased ffffffff\nnor 22221111\nnor 44443333\n" +
        `nand 00002076\nerase 000000c0\nprogram 000000c0\necc ${codes[0]}\nerrors 00000000\nbad block 000000c1\n` +
        `ecc ${codes[1]}\nerrors 00000000\nend\n`,
    );
    expect(board.nand.page(5 * 32 + 4).subarray(0, 512)).toEqual(pattern(77));
    // The neighbours of the erased block keep their content.
    expect([...board.nor.content.read(0x1fffe, 2), ...board.nor.content.read(0x3ffff, 3)]).toEqual([
      255, 255, 255, 2, 3,
    ]);
    const { nor, nand } = board;
    expect(nor.eraseNanoseconds).toBeCloseTo(norTimes.eraseWindow + norTimes.block, -1);
    expect(nor.programNanoseconds).toBeCloseTo(4 * norTimes.word, -1);
    expect(nand.eraseNanoseconds).toBeCloseTo(2 * nandTimes.erase, -1);
    expect(nand.programNanoseconds).toBeCloseTo(2 * nandTimes.program, -1);
    expect(nand.busyNanoseconds).toBeCloseTo(
      2 * nandTimes.erase + 2 * nandTimes.program + 2 * nandTimes.read + nandTimes.reset.idle,
      -1,
    );
  });
});
