import { describe, expect, it } from "vitest";
import { BUS_FAULT } from "../cpu/cpu.ts";
import { createTestChip, FLASH } from "./test-chip.ts";

const LOCK = 1 << 7;
const STRT = 1 << 6;
const [PG, PER, MER, OPTPG, OPTER, OPTWRE] = [1 << 0, 1 << 1, 1 << 2, 1 << 4, 1 << 5, 1 << 9];
const [BSY, PGERR, WRPRTERR, EOP] = [1, 1 << 2, 1 << 4, 1 << 5];

type Test = ReturnType<typeof createTestChip>;

function unlock({ write }: Test, register: number = FLASH.KEYR): void {
  write(register, 0x45670123);
  write(register, 0xcdef89ab);
}

/** Erases the option bytes and programs them anew, as a tool does; the bytes given replace a new part's. */
function programOptions(test: Test, values: Readonly<Record<number, number>>): void {
  unlock(test);
  unlock(test, FLASH.OPTKEYR);
  test.write(FLASH.CR, OPTWRE | OPTER);
  test.write(FLASH.CR, OPTWRE | OPTER | STRT);
  test.wait(20_001);
  test.write(FLASH.CR, OPTWRE | OPTPG);
  const bytes = [0xa5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  for (const [index, value] of bytes.entries()) {
    test.write16(0x1ffff800 + index * 2, values[index] ?? value);
    test.wait(60);
  }
  test.write(FLASH.CR, LOCK);
}

describe("FLASH keys", () => {
  it("unlocks by both keys in order", () => {
    const test = createTestChip();
    expect(test.read(FLASH.CR)).toBe(LOCK);
    test.write(FLASH.CR, PG);
    expect(test.read(FLASH.CR)).toBe(LOCK);
    unlock(test);
    expect(test.read(FLASH.CR)).toBe(0);
    test.write(FLASH.CR, LOCK);
    expect(test.read(FLASH.CR)).toBe(LOCK);
    unlock(test);
    expect(test.read(FLASH.CR)).toBe(0);
  });

  it("stays locked until a reset after a wrong key", () => {
    const test = createTestChip();
    test.write(FLASH.KEYR, 0x12345678);
    unlock(test);
    expect(test.read(FLASH.CR)).toBe(LOCK);
    test.chip.reset("software");
    unlock(test);
    expect(test.read(FLASH.CR)).toBe(0);
  });

  it("takes the second key only after the first", () => {
    const test = createTestChip();
    test.write(FLASH.KEYR, 0xcdef89ab);
    unlock(test);
    expect(test.read(FLASH.CR)).toBe(LOCK);
  });
});

describe("FLASH programming", () => {
  it("programs a half-word in 52.5 us and says BSY, then EOP", () => {
    const test = createTestChip();
    unlock(test);
    test.write(FLASH.CR, PG);
    const start = test.chip.nanoseconds;
    expect(test.write16(0x08000100, 0xbeef)).toBe(true);
    expect(test.read(FLASH.SR)).toBe(BSY);
    expect(test.chip.bus.flashBusyUntil).toBe(test.chip.scheduler.cyclesAt(start + 52_500));
    test.wait(52);
    expect(test.read(FLASH.SR)).toBe(BSY);
    test.wait(1);
    expect(test.read(FLASH.SR)).toBe(EOP);
    expect(test.chip.bus.flashBusyUntil).toBe(0);
    expect(test.read16(0x08000100)).toBe(0xbeef);
    test.write(FLASH.SR, EOP);
    expect(test.read(FLASH.SR)).toBe(0);
    expect(test.cpu.invalidated).toContainEqual({ address: 0x08000100, length: 2 });
    expect(test.cpu.invalidated).toContainEqual({ address: 0x100, length: 2 });
  });

  it("faults on a byte, a word, without PG, and while locked", () => {
    const test = createTestChip();
    expect(test.write16(0x08000000, 0)).toBe(false);
    unlock(test);
    expect(test.write16(0x08000000, 0)).toBe(false);
    test.write(FLASH.CR, PG);
    expect(test.write(0x08000000, 0)).toBe(false);
    expect(test.write8(0x08000000, 0)).toBe(false);
    expect(test.write16(0x00000000, 0x1234)).toBe(true);
    expect(test.read16(0x08000000)).toBe(0x1234);
  });

  it("refuses a half-word that is not erased, except for 0x0000", () => {
    const test = createTestChip({ flash: [{ address: 0x08000000, data: Uint8Array.of(0x34, 0x12) }] });
    unlock(test);
    test.write(FLASH.CR, PG);
    test.write16(0x08000000, 0x1234);
    expect(test.read(FLASH.SR)).toBe(PGERR);
    expect(test.read16(0x08000000)).toBe(0x1234);
    test.write(FLASH.SR, PGERR);
    test.write16(0x08000000, 0);
    test.wait(60);
    expect(test.read(FLASH.SR)).toBe(EOP);
    expect(test.read16(0x08000000)).toBe(0);
  });

  it("erases the page that AR points into, in 20 ms, and no other", () => {
    const data = new Uint8Array(4096).fill(0x55);
    const test = createTestChip({ flash: [{ address: 0x08000000, data }] });
    unlock(test);
    test.write(FLASH.CR, PER);
    test.write(FLASH.AR, 0x080005fe);
    test.write(FLASH.CR, PER | STRT);
    expect(test.read(FLASH.CR)).toBe(PER | STRT);
    test.wait(19_999);
    expect(test.read(FLASH.SR)).toBe(BSY);
    test.wait(2);
    expect([test.read(FLASH.SR), test.read(FLASH.CR)]).toEqual([EOP, PER]);
    expect([
      test.read16(0x080003fe),
      test.read16(0x08000400),
      test.read16(0x080007fe),
      test.read16(0x08000800),
    ]).toEqual([0x5555, 0xffff, 0xffff, 0x5555]);
  });

  it("erases all, and keeps the option bytes", () => {
    const test = createTestChip({ flash: [{ address: 0x08000000, data: new Uint8Array(65536).fill(0) }] });
    unlock(test);
    test.write(FLASH.CR, MER | STRT);
    test.wait(20_001);
    expect(test.chip.memories.flash.every((byte) => byte === 0xff)).toBe(true);
    expect(test.read(0x1ffff800)).toBe(0x00ff5aa5);
  });

  it("raises IRQ 4 for EOP and for errors, each by its enable bit", () => {
    const test = createTestChip();
    unlock(test);
    test.write(FLASH.CR, PG | (1 << 12));
    test.write16(0x08000000, 0x1111);
    expect(test.cpu.lines.has(4)).toBe(false);
    test.wait(60);
    expect(test.cpu.lines.has(4)).toBe(true);
    test.write(FLASH.SR, EOP);
    expect(test.cpu.lines.has(4)).toBe(false);
    test.write16(0x08000000, 0x2222);
    expect(test.cpu.lines.has(4)).toBe(false);
    test.write(FLASH.CR, PG | (1 << 10));
    expect(test.cpu.lines.has(4)).toBe(true);
  });

  it("queues writes that come while it is busy", () => {
    const test = createTestChip();
    unlock(test);
    test.write(FLASH.CR, PG);
    for (let i = 0; i < 10; i++) test.write16(0x08000000 + 2 * i, i);
    test.wait(524);
    expect(test.read(FLASH.SR)).toBe(BSY);
    test.wait(2);
    expect(test.read(FLASH.SR)).toBe(EOP);
  });
});

describe("option bytes", () => {
  it("reads OBR and WRPR of a new part", () => {
    const { read } = createTestChip();
    expect([read(FLASH.OBR), read(FLASH.WRPR)]).toEqual([0x03fffffc, 0xffffffff]);
  });

  it("needs OPTWRE, fills in the complement, and takes effect at the next reset", () => {
    const test = createTestChip();
    unlock(test);
    test.write(FLASH.CR, OPTER | STRT);
    expect([test.read(FLASH.SR), test.read(FLASH.CR)]).toEqual([0, OPTER]);
    programOptions(test, { 2: 0x12, 3: 0x34, 4: 0xfe });
    expect(test.read(0x1ffff804)).toBe(0xcb34ed12);
    expect([test.read(FLASH.OBR), test.read(FLASH.WRPR)]).toEqual([0x03fffffc, 0xffffffff]);
    test.chip.reset("software");
    expect(test.read(FLASH.OBR)).toBe(((0x34 << 18) | (0x12 << 10) | 0x3fc) >>> 0);
    expect(test.read(FLASH.WRPR)).toBe(0xfffffffe);
  });

  it("sets OPTERR when a complement does not match", () => {
    const bytes = [0xa5, 0x5a, 0xff, 0x01, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0];
    expect(createTestChip({ optionBytes: bytes }).read(FLASH.OBR) & 1).toBe(1);
  });

  it("write-protects four pages a bit", () => {
    const test = createTestChip();
    programOptions(test, { 4: 0xfe });
    test.chip.reset("software");
    unlock(test);
    test.write(FLASH.CR, PG);
    test.write16(0x08000ffe, 0);
    expect(test.read(FLASH.SR)).toBe(WRPRTERR);
    test.write(FLASH.SR, WRPRTERR);
    test.write16(0x08001000, 0);
    test.wait(60);
    expect(test.read(FLASH.SR)).toBe(EOP);
    test.write(FLASH.CR, PER);
    test.write(FLASH.AR, 0x08000000);
    test.write(FLASH.CR, PER | STRT);
    expect(test.read(FLASH.SR)).toBe(EOP | WRPRTERR);
    test.write(FLASH.SR, EOP | WRPRTERR);
    test.write(FLASH.CR, MER | STRT);
    expect(test.read(FLASH.SR)).toBe(WRPRTERR);
  });
});

describe("read protection", () => {
  const data = Uint8Array.of(0x11, 0x22, 0x33, 0x44);
  const protectedChip = (): Test => {
    const test = createTestChip({ flash: [{ address: 0x08000000, data }] });
    programOptions(test, { 0: 0x00 });
    test.chip.powerCycle();
    return test;
  };

  it("hides flash and option bytes from the debugger, not from the program", () => {
    const { chip, read } = protectedChip();
    expect(read(FLASH.OBR) & 2).toBe(2);
    for (const address of [0x08000000, 0, 0x1ffff800]) {
      expect(chip.busRead(address, 4), address.toString(16)).toBe(BUS_FAULT);
    }
    expect(read(0x08000000)).toBe(0x44332211);
    expect(chip.busRead(0x20000000, 4)).toBeGreaterThanOrEqual(0);
    expect(chip.busRead(FLASH.OBR, 4) & 2).toBe(2);
  });

  it("takes effect at a reset, not when written", () => {
    const test = createTestChip({ flash: [{ address: 0x08000000, data }] });
    programOptions(test, { 0: 0x00 });
    expect(test.chip.busRead(0x08000000, 4)).toBe(0x44332211);
    test.chip.reset("pin");
    expect(test.chip.busRead(0x08000000, 4)).toBe(BUS_FAULT);
  });

  it("locks the first four pages for the program, and every page once a debugger was there", () => {
    const test = protectedChip();
    unlock(test);
    test.write(FLASH.CR, PG);
    test.write16(0x08000800, 0);
    expect(test.read(FLASH.SR)).toBe(WRPRTERR);
    test.write(FLASH.SR, WRPRTERR);
    test.write16(0x08001000, 0);
    test.wait(60);
    expect(test.read(FLASH.SR)).toBe(EOP);
    test.write(FLASH.SR, EOP);
    test.chip.busRead(0x20000000, 4);
    test.write16(0x08001002, 0);
    expect(test.read(FLASH.SR)).toBe(WRPRTERR);
  });

  it("goes away with the content: writing 0xA5 erases the flash first", () => {
    const test = protectedChip();
    programOptions(test, {});
    test.wait(20_000);
    expect(test.read(0x08000000)).toBe(0xffffffff);
    expect(test.chip.busRead(0x08000000, 4)).toBe(BUS_FAULT);
    test.chip.powerCycle();
    expect(test.chip.busRead(0x08000000, 4)).toBe(0xffffffff);
  });

  it("keeps a program out that was booted from SRAM", () => {
    const test = protectedChip();
    test.chip.setBootPins(true, true);
    test.chip.reset("pin");
    expect(test.read(0x08000000)).toBe(BUS_FAULT);
    expect(test.chip.bus.windows.some((window) => window.base === 0x08000000)).toBe(false);
  });
});
