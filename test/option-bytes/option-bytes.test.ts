import { describe, expect, it } from "vitest";
import { isProbityError } from "../../src/base/errors.ts";
import { FLASH, OPTIONS, OptionBench, optionBytes, type Plugged } from "./bench.ts";

const values = (plugged: { fields: readonly { key: string; loaded: number; stored: number | undefined }[] }) =>
  Object.fromEntries(plugged.fields.map(({ key, loaded, stored }) => [key, [loaded, stored]]));

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (!isProbityError(error)) throw error;
    if (error.code.startsWith("option-")) expect(error.remedy.length).toBeGreaterThan(0);
    return error.code;
  }
}

/** Erases and programs the page at `address` by hand; resolves to SR. */
async function rewritePage({ port, probe }: Plugged, address: number): Promise<number> {
  const base = 0x40022000;
  const write = (offset: number, value: number) => port.writeWord(base + offset, value);
  if (((await port.readWord(base + 0x10)) & 0x80) !== 0) {
    await write(4, 0x45670123);
    await write(4, 0xcdef89ab);
  }
  await write(0x0c, 0x34);
  await write(0x10, 2);
  await write(0x14, address);
  await write(0x10, 0x42);
  await probe.clock.sleep(30);
  const status = await port.readWord(base + 0x0c);
  if ((status & 0x10) !== 0) return status;
  await write(0x10, 1);
  await port.writeHalfWord(address, 0x1234);
  await probe.clock.sleep(1);
  return port.readWord(base + 0x0c);
}

describe("option bytes of the F103", () => {
  it("are read from the registers and from their memory", async () => {
    const bench = new OptionBench();
    const reading = await (await bench.plug()).read();
    expect(reading).toMatchObject({ family: "STM32F1", protectionLevel: 0, address: OPTIONS, problems: [] });
    expect(reading.registers).toEqual([
      { name: "FLASH_OBR", value: 0x03fffffc },
      { name: "FLASH_WRPR", value: 0xffffffff },
    ]);
    expect([...(reading.bytes ?? [])]).toEqual(optionBytes({}));
    expect(values(reading)).toEqual({
      rdp: [0, 0],
      wdg_sw: [1, 1],
      nrst_stop: [1, 1],
      nrst_stdby: [1, 1],
      data0: [0xff, 0xff],
      data1: [0xff, 0xff],
      wrp: [0xffffffff, 0xffffffff],
    });
  });

  it.each([
    ["wdg_sw", "0", 0, optionBytes({ 1: 0xfe })],
    ["nrst_stop", "0", 0, optionBytes({ 1: 0xfd })],
    ["nrst_stdby", "0", 0, optionBytes({ 1: 0xfb })],
    ["data0", "0x5A", 0x5a, optionBytes({ 2: 0x5a })],
    ["data1", "7", 7, optionBytes({ 3: 7 })],
    ["wrp", "0-3,60-63", 0xffff7ffe, optionBytes({ 4: 0xfe, 5: 0x7f })],
    ["wrp", "0x08001000-0x08001FFF", 0xfffffffd, optionBytes({ 4: 0xfd })],
    ["wrp", "all", 0xffff0000, optionBytes({ 4: 0, 5: 0 })],
  ])("set %s=%s, and nothing else", async (key, text, value, bytes) => {
    const bench = new OptionBench();
    const plugged = await bench.plug();
    expect(await plugged.change({ [key]: text })).toEqual({ inForce: true, erasedBytes: undefined, notes: [] });
    expect([...bench.bytes]).toEqual(bytes);
    expect(bench.flashIsErased).toBe(false);
    const after = await plugged.read();
    expect(values(after)[key]).toEqual([value, value]);
    expect(after.problems).toEqual([]);
    // The controller is locked again.
    expect((await plugged.port.readWord(0x40022010)) & 0x290).toBe(0x80);
  });

  it("keep what is not named, bits of USER without a name too", async () => {
    const before = optionBytes({ 1: 0x6f, 2: 0x11, 3: 0x22, 4: 0xfe, 7: 0x7f });
    const bench = new OptionBench(before);
    await (await bench.plug()).change({ wdg_sw: "0" });
    expect([...bench.bytes]).toEqual(optionBytes({ 1: 0x6e, 2: 0x11, 3: 0x22, 4: 0xfe, 7: 0x7f }));
  });

  it("are stored at once and in force after a reset", async () => {
    const bench = new OptionBench();
    const plugged = await bench.plug();
    await plugged.core.halt();
    await plugged.controller.apply(await plugged.plan({ data0: "1", wrp: "0-3" }));
    expect(values(await plugged.read())).toMatchObject({ data0: [0xff, 1], wrp: [0xffffffff, 0xfffffffe] });
    // The next change builds on what is stored.
    await plugged.change({ data1: "2" });
    expect(values(await plugged.read())).toMatchObject({ data0: [1, 1], data1: [2, 2], wrp: [0xfffffffe, 0xfffffffe] });
  });

  it("say so when there is nothing to do", async () => {
    const plan = await (await new OptionBench().plug()).plan({ rdp: "0", wdg_sw: "1" });
    expect(plan).toMatchObject({ nothing: true, changes: [], needsConsent: false, destroys: [], warnings: [] });
  });

  it("keep pages from being erased and programmed until they are freed", async () => {
    const bench = new OptionBench();
    const plugged = await bench.plug();
    await plugged.change({ wrp: "0-7" });
    expect((await rewritePage(plugged, FLASH)) & 0x14).toBe(0x10);
    expect((await rewritePage(plugged, FLASH + 7 * 1024)) & 0x14).toBe(0x10);
    expect((await rewritePage(plugged, FLASH + 8 * 1024)) & 0x14).toBe(0);
    await plugged.change({ wrp: "none" });
    expect((await rewritePage(plugged, FLASH)) & 0x14).toBe(0);
    expect(await plugged.port.readHalfWord(FLASH)).toBe(0x1234);
  });

  it("warn of what hurts", async () => {
    const plugged = await new OptionBench().plug();
    expect((await plugged.plan({ wdg_sw: "0" })).warnings.join()).toMatch(/WDG_SW=0 starts the independent watchdog/);
    expect((await plugged.plan({ nrst_stop: "0" })).warnings.join()).toMatch(/nRST_STOP=0: entering Stop/);
    expect((await plugged.plan({ wrp: "0-3" })).warnings.join()).toMatch(/pages 0-3 \(0x08000000-0x08000fff\)/);
    expect(await plugged.plan({ rdp: "1" })).toMatchObject({ needsConsent: true, unprotects: false, destroys: [] });
    expect((await plugged.plan({ wdg_sw: "0" })).needsConsent).toBe(false);
  });

  it.each([
    ["rdp", "2", "option-byte-value"],
    ["wdg_sw", "2", "option-byte-value"],
    ["data0", "256", "option-byte-value"],
    ["data0", "-1", "option-byte-value"],
    ["wrp", "1-5", "option-byte-value"],
    ["wrp", "0-99", "option-byte-value"],
    ["wrp", "3-0", "option-byte-value"],
    ["wrp", "0x08000000-0x080007FF", "option-byte-value"],
    ["wrp", "", "option-byte-value"],
    ["bor", "1", "option-byte-unknown"],
    ["bfb2", "0", "option-byte-unknown"],
  ])("refuse %s=%s", async (key, text, code) => {
    const bench = new OptionBench();
    expect(await codeOf((await bench.plug()).change({ [key]: text }))).toBe(code);
    expect([...bench.bytes]).toEqual(optionBytes({}));
  });
});

describe("read protection of the F103", () => {
  it("hides flash after a reset, and costs the content to take away", async () => {
    const bench = new OptionBench();
    const plugged = await bench.plug();
    expect(await plugged.change({ rdp: "1" })).toMatchObject({ inForce: true });
    expect(await codeOf(plugged.port.read(FLASH, 4))).toBe("memory-fault");
    expect(bench.flashIsErased).toBe(false);

    const again = await bench.plug();
    const reading = await again.read();
    expect(reading).toMatchObject({ protectionLevel: 1, bytes: undefined });
    expect(reading.registers[0].value & 2).toBe(2);
    const plan = await again.plan({ rdp: "0" });
    expect(plan).toMatchObject({ unprotects: true, needsConsent: true });
    expect(plan.destroys.join()).toMatch(/64 KiB at 0x08000000-0x0800ffff/);
    expect(await again.change({ rdp: "0" })).toEqual({ inForce: true, erasedBytes: 64 * 1024, notes: [] });
    expect(bench.flashIsErased).toBe(true);
    expect([...(await again.port.read(FLASH, 4))]).toEqual([255, 255, 255, 255]);
    expect([...bench.bytes]).toEqual(optionBytes({}));
  });

  it("stays while other options change, by what OBR and WRPR say", async () => {
    const bench = new OptionBench(optionBytes({ 0: 0x00, 1: 0xfb, 2: 0x42, 4: 0xfe }));
    const plugged = await bench.plug();
    const plan = await plugged.plan({ data1: "9" });
    expect(plan).toMatchObject({ unprotects: false, needsConsent: false, destroys: [] });
    await plugged.change({ data1: "9" });
    expect([...bench.bytes]).toEqual(optionBytes({ 0: 0x00, 1: 0xfb, 2: 0x42, 3: 9, 4: 0xfe }));
    expect(bench.flashIsErased).toBe(false);
  });

  it("goes with write-protected pages erased as well", async () => {
    const bench = new OptionBench(optionBytes({ 0: 0x00, 4: 0x00 }));
    await (await bench.plug()).change({ rdp: "0" });
    expect(bench.flashIsErased).toBe(true);
    // What is not named stays.
    expect([...bench.bytes]).toEqual(optionBytes({ 4: 0x00 }));
  });
});

describe("bytes that do not fit their complement", () => {
  it("are not written back", async () => {
    const torn = optionBytes({ 2: 0x33 });
    torn[5] = 0x00;
    const bench = new OptionBench(torn);
    const plugged = await bench.plug();
    expect((await plugged.read()).problems.join()).toMatch(/complement of DATA0/);
    expect(await codeOf(plugged.plan({ wdg_sw: "0" }))).toBe("option-bytes-torn");
    expect([...bench.bytes]).toEqual(torn);
    await plugged.change({ wdg_sw: "0", data0: "0x33" });
    expect([...bench.bytes]).toEqual(optionBytes({ 1: 0xfe, 2: 0x33 }));
    expect((await plugged.read()).problems).toEqual([]);
  });

  it("are 0xFF for a protected chip, which says OPTERR; unprotecting writes that", async () => {
    const torn = optionBytes({ 0: 0x00, 3: 0x33 });
    torn[7] = 0x00;
    const bench = new OptionBench(torn);
    const plugged = await bench.plug();
    expect((await plugged.read()).problems.join()).toMatch(/OPTERR/);
    expect(await codeOf(plugged.plan({ wdg_sw: "0" }))).toBe("option-bytes-torn");
    expect((await plugged.plan({ rdp: "0" })).warnings.join()).toMatch(/OPTERR/);
    await plugged.change({ rdp: "0" });
    expect([...bench.bytes]).toEqual(optionBytes({}));
  });

  it("a RDP without its complement is protection", async () => {
    const torn = optionBytes({});
    torn[1] = 0xa5;
    const plugged = await new OptionBench(torn).plug();
    expect(await plugged.read()).toMatchObject({ protectionLevel: 1 });
  });
});
