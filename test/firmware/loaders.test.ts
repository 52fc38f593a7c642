import { describe, expect, it } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import { createStm32469iEval } from "../../src/sim/boards/stm32469i-eval.ts";
import { LoaderRig, sample } from "./loader-rig.ts";

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
