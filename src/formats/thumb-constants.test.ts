import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readElf } from "./elf.ts";
import { readElfSymbols } from "./elf-symbols.ts";
import { thumbConstants } from "./thumb-constants.ts";
import { decodeThumb } from "./thumb-instruction.ts";

const source = `
typedef volatile unsigned word;
int plain(void) { *(word *)0xA0000060 = 14; return 0; }
int shared(void) { *(word *)0x40023830 |= 2; *(word *)0x40023838 |= 2; return 0; }
int literal(void) { return *(word *)0x58024534 + *(word *)0x12345678; }
unsigned pair(void) { return 0xCAFE1234; }
`;

/** The addresses and constants that code of these options reaches. */
function constantsOf(...options: readonly string[]): { values: Set<number>; accesses: Set<number> } {
  const folder = mkdtempSync(join(tmpdir(), "thumb-"));
  try {
    writeFileSync(join(folder, "a.c"), source);
    const link = ["-nostdlib", "-Wl,-Ttext=0x20000004", "-Wl,-eplain", "-Wl,--build-id=none"];
    execFileSync("arm-none-eabi-gcc", ["-mthumb", "-ffreestanding", ...options, ...link, "a.c", "-o", "a.elf"], {
      cwd: folder,
    });
    const elf = readElf(new Uint8Array(readFileSync(join(folder, "a.elf"))), "a.elf");
    const marks = readElfSymbols(elf)
      .filter(({ name }) => /^\$[td]/.test(name))
      .sort((a, b) => a.value - b.value);
    const isCode = (address: number): boolean => marks.findLast(({ value }) => value <= address)?.name[1] === "t";
    const found = thumbConstants(elf.segments, isCode);
    return {
      values: new Set(found.map(({ value }) => value)),
      accesses: new Set(found.filter(({ access }) => access).map(({ value }) => value)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("constants that Thumb code reaches", () => {
  it.each([
    ["-mcpu=cortex-m3", "-Os"],
    ["-mcpu=cortex-m3", "-O0"],
    ["-mcpu=cortex-m4", "-O2"],
    ["-mcpu=cortex-m33", "-O2", "-mpure-code"],
    ["-mcpu=cortex-m0", "-Os"],
    ["-mcpu=cortex-m0plus", "-O0"],
  ])("compiled with %s %s", (...options) => {
    const { values, accesses } = constantsOf(...options);
    for (const address of [0xa0000060, 0x40023830, 0x40023838, 0x58024534, 0x12345678]) {
      expect(accesses.has(address), address.toString(16)).toBe(true);
    }
    expect(values.has(0xcafe1234)).toBe(true);
    expect(accesses.has(0xcafe1234)).toBe(false);
  });

  it("do not outlive a call", () => {
    const halfWords = [0xf04f, 0x4020, 0x6841, 0xf000, 0xf800, 0x6841];
    const data = new Uint8Array(new Uint16Array(halfWords).buffer);
    const accesses = thumbConstants([{ address: 0x20000000, data }]).filter(({ access }) => access);
    expect(accesses).toEqual([{ at: 0x20000004, value: 0xa0000004, access: true }]);
  });

  it("are none in no code", () => {
    expect(thumbConstants([])).toEqual([]);
    expect(thumbConstants([{ address: 0x20000000, data: new Uint8Array([0xff]) }])).toEqual([]);
  });
});

describe("a Thumb instruction", () => {
  const decode = (...halfWords: readonly number[]) =>
    decodeThumb(new Uint8Array(new Uint16Array(halfWords).buffer), 0, 0x20000100);

  it.each([
    ["str r2, [r3, #8]", [0x609a], { kind: "store", width: 4, operand: { base: 3, offset: 8 } }],
    ["ldrb r1, [r2, #1]", [0x7851], { kind: "load", width: 1, operand: { base: 2, offset: 1 }, writes: 1 }],
    ["strh r0, [r1, #2]", [0x8048], { kind: "store", width: 2, operand: { base: 1, offset: 2 } }],
    ["ldr r0, [r1, r2]", [0x5888], { kind: "load", operand: { base: 1, offset: 0, index: 2, shift: 0 } }],
    ["ldr r3, [pc, #4]", [0x4b01], { kind: "load", operand: { base: 15, offset: 4 }, writes: 3 }],
    ["str.w r2, [r3, #2104]", [0xf8c3, 0x2838], { kind: "store", operand: { base: 3, offset: 2104 } }],
    ["strb.w r3, [r2], #1", [0xf802, 0x3b01], { kind: "store", width: 1, operand: { base: 2, offset: 0 }, writes: 2 }],
    ["ldr.w r0, [r1, #-4]", [0xf851, 0x0c04], { kind: "load", operand: { base: 1, offset: -4 }, writes: 0 }],
    ["strd r1, r2, [r0, #8]", [0xe9c0, 0x1202], { kind: "store", operand: { base: 0, offset: 8 } }],
    ["stmia r2!, {r3, r4}", [0xc218], { kind: "store", operand: { base: 2, offset: 0 } }],
    ["b .", [0xe7fe], { kind: "branch", target: 0x20000100 }],
    ["bne .-8", [0xd1fa], { kind: "branch", conditional: true, target: 0x200000f8 }],
    ["cbz r4, .+6", [0xb10c], { kind: "branch", conditional: true, target: 0x20000106 }],
    ["bl .+0x1c", [0xf000, 0xf80c], { kind: "call", target: 0x2000011c }],
    ["bl backwards", [0xf7ff, 0xffda], { kind: "call", target: 0x200000b8 }],
    ["b.w .+0x226", [0xf000, 0xb911], { kind: "branch", target: 0x20000326 }],
    ["beq.w .-4", [0xf43f, 0xaffc], { kind: "branch", conditional: true, target: 0x200000fc }],
    ["blx r3", [0x4798], { kind: "call", length: 2 }],
    ["bx lr", [0x4770], { kind: "jump" }],
    ["pop {r3, pc}", [0xbd08], { kind: "jump" }],
    ["wfi", [0xbf30], { kind: "wait" }],
    ["wfe", [0xbf20], { kind: "wait" }],
    ["bkpt #0x42", [0xbe42], { kind: "breakpoint" }],
    ["udf #1", [0xde01], { kind: "undefined" }],
    ["udf.w #0", [0xf7f0, 0xa000], { kind: "undefined" }],
    ["movs r0, #7", [0x2007], { constant: 7, writes: 0 }],
    ["mov.w r3, #0xA0000000", [0xf04f, 0x4320], { constant: 0xa0000000, writes: 3 }],
    ["mvn.w r3, #0", [0xf06f, 0x0300], { constant: 0xffffffff, writes: 3 }],
    ["movw r2, #7999", [0xf641, 0x723f], { constant: 7999, half: "low", writes: 2 }],
    ["movt r2, #0x2000", [0xf2c2, 0x0200], { constant: 0x2000, half: "high", writes: 2 }],
    ["adds r0, #82", [0x3052], { writes: 0, sum: { register: 0, amount: 82 } }],
    ["sub.w r0, r1, #4096", [0xf5a1, 0x5080], { writes: 0, sum: { register: 1, amount: -4096 } }],
    ["vldr s0, [r1, #4]", [0xed91, 0x0a01], { kind: "load", operand: { base: 1, offset: 4 } }],
  ] as const)("%s", (_, halfWords, wanted) => {
    expect(decode(...halfWords)).toMatchObject(wanted);
  });

  it("ends with the bytes", () => {
    expect(decode()).toBeUndefined();
    expect(decode(0xf8c3)).toBeUndefined();
  });
});
