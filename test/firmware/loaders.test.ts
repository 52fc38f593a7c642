import { describe, expect, it } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import { createStm3210eEval } from "../../src/sim/boards/stm3210e-eval.ts";
import { createStm32469iEval } from "../../src/sim/boards/stm32469i-eval.ts";
import { norTimes } from "../../src/sim/parts/nor-flash.ts";
import { LoaderRig, sample } from "./loader-rig.ts";

const eval3210 = { stack: 0x20003000, buffer: 0x20003800 };
const total = (bytes: Uint8Array, initial = 0) => bytes.reduce((sum, byte) => sum + byte, initial);

/** Timing of the FSMC's bank 1, NE2. */
const BTR2 = 0xa000000c;
/** DATAST 5, ADDSET 2. */
const TIMING = 0x502;

describe("m29w128_stm3210e-eval.stldr", () => {
  const board = createStm3210eEval();
  const rig = new LoaderRig(board.chip, "m29w128_stm3210e-eval.stldr", eval3210);
  const { content } = board.nor;

  it("initialises the FSMC and finds the part, which then is read at its addresses", () => {
    content.load(0x123456, Uint8Array.of(0x12, 0x34, 0x56, 0x78));
    expect(rig.result("Init")).toBe(1);
    expect(rig.peek(0x64123456, 4)).toEqual(Uint8Array.of(0x12, 0x34, 0x56, 0x78));
  });

  it("programs any size and alignment, by buffers where it can", () => {
    const data = sample(40_001);
    const before = board.nor.programNanoseconds;
    expect(rig.write(0x64abffff, data)).toBe(1);
    expect(content.read(0xabfffe, data.length + 2)).toEqual(Uint8Array.of(0xff, ...data, 0xff));
    // A word takes 16 us, a buffer of 32 words 128 us.
    const perWord = (board.nor.programNanoseconds - before) / 20_001;
    expect(perWord).toBeLessThan(4_500);
    expect(rig.write(0x64800001, Uint8Array.of(7))).toBe(1);
    expect(rig.write(0x64800000, Uint8Array.of(6))).toBe(1);
    expect(content.read(0x800000, 3)).toEqual(Uint8Array.of(6, 7, 0xff));
  });

  it("erases each block that the range touches, and no other", () => {
    for (const block of [0, 1, 2, 3]) content.load(block * 0x20000 + 0x1fffc, Uint8Array.of(1, 2, 3, 4));
    expect(rig.result("SectorErase", 0x6403ffff, 0x64040000)).toBe(1);
    const left = [0, 1, 2, 3].map((block) => content.byte(block * 0x20000 + 0x1fffc));
    expect(left).toEqual([1, 0xff, 0xff, 1]);
  });

  it("says so when a word does not take its value, and works on", () => {
    content.load(0x700000, new Uint8Array(128));
    expect(rig.write(0x64700000, sample(2))).toBe(0);
    expect(rig.write(0x64700000, sample(64))).toBe(0);
    expect(rig.write(0x64700080, sample(64))).toBe(1);
    expect(content.read(0x700080, 64)).toEqual(sample(64));
  });

  it("does not take data for an error when a word is done between two reads of the status", () => {
    // Both words have the bits that mean "timed out" and "aborted"; they differ in the one that toggles.
    const words = Uint8Array.of(0x22, 0x55, 0x62, 0x55);
    const timing = board.chip.busRead(BTR2, 4);
    for (let cycles = 0; cycles < 64; cycles++) {
      board.chip.busWrite(BTR2, 4, (timing & ~0xff0f) | (cycles & 15) | ((5 + (cycles >> 4)) << 8));
      expect(rig.write(0x64600000 + 4 * cycles, words), `${cycles}`).toBe(1);
    }
    board.chip.busWrite(BTR2, 4, timing);
  });

  it("erases the chip by one command", () => {
    const at = [0x1000, 0xfffffe];
    for (const address of at) content.load(address, Uint8Array.of(1, 2));
    const before = board.nor.eraseNanoseconds;
    // It takes 40 s: the core sleeps through most of it.
    expect(rig.attempt("MassErase", [], 600).halted).toBe(false);
    expect(at.map((address) => content.byte(address))).toEqual([1, 1]);
    board.chip.advance(39_390_000_000);
    expect(at.map((address) => content.byte(address))).toEqual([1, 1]);
    expect(rig.goOn(20).r[0]).toBe(1);
    expect(at.map((address) => content.byte(address))).toEqual([0xff, 0xff]);
    expect(board.nor.eraseNanoseconds - before).toBe(norTimes.chip);
    expect(board.chip.busRead(BTR2, 4)).toBe(TIMING);
  });

  it("sums and compares", () => {
    const data = sample(4096, 7);
    expect(rig.write(0x64200000, data)).toBe(1);
    expect(rig.result("CheckSum", 0x64200001, 4000, 5)).toBe(total(data.subarray(1, 4001), 5));
    expect(rig.result("CheckSum", 0x64500000, 4096, 0)).toBe(4096 * 0xff);
    const same = rig.call("Verify", [0x64200000, eval3210.buffer, 1024, 0]);
    expect([same.r[0], same.r[1]]).toEqual([0, total(data)]);
    rig.poke(eval3210.buffer, Uint8Array.of(~data[0]));
    rig.poke(eval3210.buffer + 4095, Uint8Array.of(~data[4095]));
    expect(rig.result("Verify", 0x64200000, eval3210.buffer, 1024, 0)).toBe(0x64200000);
    expect(rig.result("Verify", 0x64200000, eval3210.buffer, 1024, 1)).toBe(0x64200fff);
    expect(rig.result("Verify", 0x64200000, eval3210.buffer, 1024, 0x10001)).toBe(0);
  });

  it("refuses what lies outside the part", () => {
    expect(rig.write(0x64fffffe, sample(4))).toBe(0);
    expect(rig.result("SectorErase", 0x64000000, 0x65000000)).toBe(0);
  });
});

describe("is61wv51216_stm3210e-eval.stldr", () => {
  const board = createStm3210eEval();
  const rig = new LoaderRig(board.chip, "is61wv51216_stm3210e-eval.stldr", eval3210);

  it("tests the memory, keeps what is in it, and writes", () => {
    const before = board.sram;
    expect(rig.result("Init")).toBe(1);
    rig.poke(0x68000000, sample(64, 3));
    expect(rig.result("Init")).toBe(1);
    expect(rig.peek(0x68000000, 64)).toEqual(sample(64, 3));
    const data = sample(20_001);
    expect(rig.write(0x68080001, data)).toBe(1);
    expect(rig.peek(0x68080001, data.length)).toEqual(data);
    expect(rig.result("Verify", 0x68080001, eval3210.buffer, 5000, 0)).toBe(0);
    expect(rig.result("CheckSum", 0x68080001, data.length, 0)).toBe(total(data));
    expect(rig.write(0x680fffff, sample(2))).toBe(0);
    expect(board.sram).toBe(before);
  });
});

describe("nand512w3a_stm3210e-eval.stldr", () => {
  const badBlocks = [2, 3, 700];
  const board = createStm3210eEval({ nand: { badBlocks } });
  const rig = new LoaderRig(board.chip, "nand512w3a_stm3210e-eval.stldr", eval3210);
  const start = 0x70000000;
  const block = 16 * 1024;
  /** Data of a page of the part. */
  const page = (physicalBlock: number, index: number) => board.nand.page(physicalBlock * 32 + index).subarray(0, 512);

  it("clears its variables, initialises the FSMC and reads the marks of all blocks", () => {
    const [{ start: variables, length }] = rig.loader.zeroed;
    rig.poke(variables, new Uint8Array(length).fill(0xa5));
    expect(rig.result("Init")).toBe(1);
    expect(rig.peek(variables, length)).not.toContain(0xa5);
  });

  it("erases, programs and reads across blocks, leaving out bad ones", () => {
    expect(rig.result("SectorErase", start + block, start + 3 * block - 1)).toBe(1);
    const data = sample(20_000);
    expect(rig.write(start + 2 * block - 700, data)).toBe(1);
    expect(rig.read(start + 2 * block - 700, data.length)).toEqual(data);
    expect(page(1, 31)).toEqual(data.subarray(188, 700));
    expect(page(2, 0).every((byte) => byte === 0xff)).toBe(true);
    expect(page(4, 0)).toEqual(data.subarray(700, 1212));
    expect(page(5, 0)).toEqual(data.subarray(700 + block, 1212 + block));
    for (const bad of badBlocks) expect(board.nand.page(bad * 32)[517], `mark of block ${bad}`).toBe(0);
  });

  it("erases each block that the range touches, and no other", () => {
    for (const index of [10, 11, 12, 13]) expect(rig.write(start + index * block, sample(4))).toBe(1);
    expect(rig.result("SectorErase", start + 12 * block - 1, start + 12 * block)).toBe(1);
    const left = [10, 11, 12, 13].map((index) => page(index + 2, 0)[0]);
    expect(left).toEqual([sample(1)[0], 0xff, 0xff, sample(1)[0]]);
  });

  it("programs a page in parts", () => {
    const address = start + 100 * block;
    expect(rig.write(address, Uint8Array.of(1, 2, 3))).toBe(1);
    expect(rig.write(address + 3, Uint8Array.of(4, 5))).toBe(1);
    expect(rig.read(address, 6)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 0xff));
  });

  it("has as many blocks as are good", () => {
    const last = start + (4096 - badBlocks.length) * block;
    expect(rig.write(last - 16, sample(16))).toBe(1);
    expect(page(4095, 31).subarray(496)).toEqual(sample(16));
    expect(rig.write(last, sample(16))).toBe(0);
    expect(rig.result("SectorErase", last, last)).toBe(0);
    expect(rig.result("Read", last, 1, eval3210.buffer)).toBe(0);
  });

  it("sums and compares, also when it could not read", () => {
    const data = sample(4096, 7);
    const address = start + 200 * block + 100;
    expect(rig.write(address, data)).toBe(1);
    expect(rig.result("CheckSum", address, data.length, 5)).toBe(total(data, 5));
    expect(rig.result("CheckSum", address + 8192, 4096, 0)).toBe(4096 * 0xff);
    const same = rig.call("Verify", [address, eval3210.buffer, 1024, 0]);
    expect([same.r[0], same.r[1]]).toEqual([0, total(data)]);
    rig.poke(eval3210.buffer + 1234, Uint8Array.of(~data[1234]));
    rig.poke(eval3210.buffer + 2000, Uint8Array.of(~data[2000]));
    expect(rig.result("Verify", address, eval3210.buffer, 1024, 0)).toBe(address + 1234);
    const last = start + (4096 - badBlocks.length) * block;
    expect(rig.result("Verify", last, eval3210.buffer, 1, 0)).toBe(last);
  });

  it("erases all good blocks", () => {
    expect(rig.result("MassErase")).toBe(1);
    expect(page(4095, 31)[500]).toBe(0xff);
    for (const bad of badBlocks) expect(board.nand.page(bad * 32)[517]).toBe(0);
  });

  it("faults at the first register of the FSMC on a chip that has none", () => {
    const other = new LoaderRig(createBluePill().chip, "nand512w3a_stm3210e-eval.stldr", {
      stack: 0x20002000,
      buffer: 0x20003000,
    });
    const { bfar, pc, cfsr } = other.attempt("Init", [], 200);
    expect([bfar, cfsr]).toEqual([0xa0000060, 0x8200]);
    expect(pc).not.toBe(0x20000000);
    const { symbols } = other.loader;
    // The stacked PC, and the function it is in.
    const sp = other.chip.cpu.registers().r[13];
    const frame = new DataView(other.peek(sp, 32).buffer);
    const at = frame.getUint32(24, true);
    const inside = symbols.find(
      ({ type, value, size }) => type === "function" && at >= (value & ~1) && at < (value & ~1) + size,
    );
    expect(inside?.name).toBe("FSMC_NAND_Init");
  });
});

describe("mt25ql512a_stm32469i-eval.stldr", () => {
  const board = createStm32469iEval();
  const rig = new LoaderRig(board.chip, "mt25ql512a_stm32469i-eval.stldr", { stack: 0x20004000, buffer: 0x20008000 });
  const { content } = board.qspiFlash;

  it("initialises the part and leaves it mapped", () => {
    content.load(0x123456, Uint8Array.of(0x12, 0x34, 0x56, 0x78));
    expect(rig.result("Init")).toBe(1);
    expect(rig.peek(0x90123456, 4)).toEqual(Uint8Array.of(0x12, 0x34, 0x56, 0x78));
  });

  it("programs any size and alignment, across pages", () => {
    const data = sample(70_001);
    expect(rig.write(0x90ab00ff, data)).toBe(1);
    expect(content.read(0xab00fe, data.length + 2)).toEqual(Uint8Array.of(0xff, ...data, 0xff));
    expect(rig.peek(0x90ab00ff, 1000)).toEqual(data.subarray(0, 1000));
  });

  it("erases each sector that the range touches, and no other", () => {
    for (const sector of [0, 1, 2, 3]) content.load(sector * 0x10000 + 0xfffc, Uint8Array.of(1, 2, 3, 4));
    expect(rig.result("SectorErase", 0x9001ffff, 0x90020000)).toBe(1);
    const left = [0, 1, 2, 3].map((sector) => content.byte(sector * 0x10000 + 0xfffc));
    expect(left).toEqual([1, 0xff, 0xff, 1]);
  });

  it("sums and compares", () => {
    const data = sample(4096, 7);
    expect(rig.write(0x90200000, data)).toBe(1);
    const sum = data.reduce((total, byte) => total + byte, 0);
    expect(rig.result("CheckSum", 0x90200000, data.length, 5)).toBe(sum + 5);
    const same = rig.call("Verify", [0x90200000, 0x20008000, 1024, 0]);
    expect([same.r[0], same.r[1]]).toEqual([0, sum]);
    rig.poke(0x20008000 + 1234, Uint8Array.of(~data[1234]));
    expect(rig.result("Verify", 0x90200000, 0x20008000, 1024, 0)).toBe(0x90200000 + 1234);
  });

  it("refuses what lies outside the part", () => {
    expect(rig.write(0x93fffffe, sample(4))).toBe(0);
    expect(rig.result("SectorErase", 0x90000000, 0x94000000)).toBe(0);
  });
});

const FLASH_CR = 0x40022010;
const FLASH_CR_LOCK = 1 << 7;

describe("stm32f10x_64.FLM", () => {
  const places = [
    { at: 0x20000100, stack: 0x20004f00, buffer: 0x20002000 },
    { at: 0x20001404, stack: 0x20004f00, buffer: 0x20003000 },
    { at: 0x20000100, dataAt: 0x20004000, stack: 0x20003f00, buffer: 0x20002000 },
  ];

  it.each(places)("erases and programs internal flash from %o", (place) => {
    const board = createBluePill({ flash: [{ address: 0x08000000, data: new Uint8Array(0x10000) }] });
    const rig = new LoaderRig(board.chip, "flm/stm32f10x_64.FLM", place);
    const flash = board.chip.memories.flash;
    expect(rig.result("Init", 0x08000000, 8_000_000, 1)).toBe(0);
    expect(rig.result("BlankCheck", 0x08000400, 1024, 0xff)).toBe(1);
    expect(rig.result("EraseSector", 0x08000400)).toBe(0);
    expect(rig.result("BlankCheck", 0x08000400, 1024, 0xff)).toBe(0);
    expect([flash[0x3ff], flash[0x400], flash[0x7ff], flash[0x800]]).toEqual([0, 0xff, 0xff, 0]);
    expect(rig.result("UnInit", 1)).toBe(0);
    expect(board.chip.busRead(FLASH_CR, 4)).toBe(FLASH_CR_LOCK);
    expect(rig.result("Init", 0x08000000, 8_000_000, 2)).toBe(0);
    const data = sample(1023);
    expect(rig.write(0x08000400, data, "ProgramPage")).toBe(0);
    expect(flash.subarray(0x400, 0x800)).toEqual(Uint8Array.of(...data, 0xff));
    expect(rig.result("Verify", 0x08000400, data.length, place.buffer)).toBe(0x08000400 + data.length);
    rig.poke(place.buffer + 9, Uint8Array.of(~data[9]));
    expect(rig.result("Verify", 0x08000400, data.length, place.buffer)).toBe(0x08000409);
    // Flash that is not erased refuses, and the controller is usable afterwards.
    expect(rig.write(0x08000000, Uint8Array.of(1, 2), "ProgramPage")).toBe(1);
    expect(rig.result("EraseChip")).toBe(0);
    expect(flash.every((byte) => byte === 0xff)).toBe(true);
  });

  it("says so when a page is write-protected", () => {
    // WRP0: pages 0 to 3.
    const optionBytes = [0xa5, 0x5a, 0xff, 0, 0xff, 0, 0xff, 0, 0xfe, 0x01, 0xff, 0, 0xff, 0, 0xff, 0];
    const rig = new LoaderRig(createBluePill({ optionBytes }).chip, "flm/stm32f10x_64.FLM", places[0]);
    expect(rig.result("Init", 0x08000000, 8_000_000, 1)).toBe(0);
    expect(rig.result("EraseSector", 0x08000c00)).toBe(1);
    expect(rig.result("EraseSector", 0x08001000)).toBe(0);
    expect(rig.write(0x08000000, Uint8Array.of(0xff, 0xff), "ProgramPage")).toBe(1);
  });

  it.each(places)("keeps its variables where R9 says, from %o", (place) => {
    const rig = new LoaderRig(createBluePill().chip, "flm/stm32f10x_64.FLM", place);
    const { loader } = rig;
    if (loader.format !== "flm") throw new Error("not a flash algorithm");
    const words = () => {
      const bytes = rig.peek(rig.place(loader.staticBase), 12);
      return [...new Uint32Array(bytes.buffer)];
    };
    expect(words()).toEqual([2_000_000, 0, 0]);
    rig.result("Init", 0x08000000, 8_000_000, 1);
    rig.result("EraseSector", 0x08000c00);
    rig.write(0x08000c00, sample(100), "ProgramPage");
    expect(words()).toEqual([2_000_000, 1, 50]);
    // With no polls allowed it gives up: the variable in use is the one at the static base.
    rig.poke(rig.place(loader.staticBase), new Uint8Array(4));
    expect(rig.result("EraseSector", 0x08001000)).toBe(1);
  });
});
