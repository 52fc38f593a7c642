import { describe, expect, it } from "vitest";
import { Stm32f4Chip } from "./chip.ts";
import { stm32f469ni } from "./chip-config.ts";
import { flashTimes } from "./flash-controller.ts";

const FLASH = 0x40023c00;
const [KEYR, OPTKEYR, SR, CR, OPTCR, OPTCR1] = [4, 8, 12, 16, 20, 24].map((offset) => FLASH + offset);
const BSY = 1 << 16;
const STRT = 1 << 16;
const SER = 2;
const X32 = 2 << 8;
const WRPERR = 1 << 4;
const PGPERR = 1 << 6;
const PGSERR = 1 << 7;

/** A halted chip whose flash is unlocked, zero from end to end. */
function make() {
  const chip = new Stm32f4Chip(stm32f469ni);
  chip.loadFlash([{ address: 0x08000000, data: new Uint8Array(0x200000) }]);
  const read = (address: number) => chip.busRead(address, 4);
  const write = (address: number, value: number) => expect(chip.busWrite(address, 4, value >>> 0)).toBe(true);
  write(0xe000edf0, 0xa05f0003);
  chip.advance(1000);
  write(KEYR, 0x45670123);
  write(KEYR, 0xcdef89ab);
  const erased = () => {
    const { flash } = chip.memories;
    const first = flash.indexOf(0xff);
    return [first, first < 0 ? 0 : flash.lastIndexOf(0xff) + 1 - first];
  };
  return { chip, read, write, erased };
}

describe("flash controller of the F4", () => {
  it("is locked until both keys came, and to the next reset after a wrong one", () => {
    const { chip, read, write } = make();
    expect(read(CR)).toBe(0);
    write(CR, 0x80000000);
    expect(read(CR) >>> 31).toBe(1);
    write(CR, 1);
    expect(read(CR)).toBe(0x80000000);
    write(KEYR, 0x45670123);
    write(KEYR, 1);
    write(KEYR, 0x45670123);
    write(KEYR, 0xcdef89ab);
    expect(read(CR) >>> 31).toBe(1);
    chip.reset("pin");
    write(KEYR, 0x45670123);
    write(KEYR, 0xcdef89ab);
    expect(read(CR)).toBe(0);
  });

  it.each([
    [0, 0, 0x4000, flashTimes.erase16[2]],
    [4, 0x10000, 0x10000, flashTimes.erase64[2]],
    [11, 0xe0000, 0x20000, flashTimes.erase128[2]],
    [16, 0x100000, 0x4000, flashTimes.erase16[2]],
    [27, 0x1e0000, 0x20000, flashTimes.erase128[2]],
  ])("erases sector %i in the time that its size takes", (number, offset, bytes, time) => {
    const { chip, read, write, erased } = make();
    write(CR, X32 | SER | (number << 3));
    write(CR, X32 | SER | (number << 3) | STRT);
    expect([read(SR), read(CR) & STRT]).toEqual([BSY, STRT]);
    chip.advance(time - 1e6);
    expect(read(SR)).toBe(BSY);
    chip.advance(1e6);
    expect([read(SR), read(CR) & STRT, erased()]).toEqual([0, 0, [offset, bytes]]);
  });

  it("takes longer to erase with less parallelism, and a whole bank or both at once", () => {
    const { chip, read, write, erased } = make();
    write(CR, SER | STRT);
    chip.advance(flashTimes.erase16[0] - 1e6);
    expect(read(SR)).toBe(BSY);
    chip.advance(1e6);
    write(CR, X32 | (1 << 15) | STRT);
    chip.advance(flashTimes.mass[2]);
    expect([read(SR), chip.memories.flash[0xfffff], chip.memories.flash[0x100000]]).toEqual([0, 0, 0xff]);
    write(CR, X32 | (1 << 15) | 4 | STRT);
    chip.advance(flashTimes.mass[2]);
    expect(erased()).toEqual([0, 0x200000]);
  });

  it("programs in units of PSIZE, clears bits without an erase, and says what was wrong", () => {
    const { chip, read, write } = make();
    chip.loadFlash([{ address: 0x08000000, data: new Uint8Array(16).fill(0xff) }]);
    write(0x08000000, 0x12345678);
    expect([read(SR), read(0x08000000)]).toEqual([PGSERR, 0xffffffff]);
    write(SR, PGSERR);
    write(CR, X32 | 1);
    write(0x08000000, 0x12345678);
    expect(read(SR)).toBe(BSY);
    chip.advance(flashTimes.program);
    expect([read(SR), read(0x08000000)]).toEqual([0, 0x12345678]);
    write(0x08000000, 0xffff0000);
    expect(read(0x08000000)).toBe(0x12340000);
    chip.busWrite(0x08000008, 1, 0);
    expect([read(SR), read(0x08000008)]).toEqual([PGPERR, 0xffffffff]);
    // A flag that is left stops the next operation.
    write(0x0800000c, 0);
    expect([read(SR), read(0x0800000c)]).toEqual([PGPERR | PGSERR, 0xffffffff]);
    write(SR, PGPERR | PGSERR);
    // The alias at 0 is flash too.
    write(0xc, 0);
    expect(read(0x0800000c)).toBe(0);
  });

  it("protects sectors of both banks by nWRP", () => {
    const { chip, read, write, erased } = make();
    write(OPTCR, 0);
    expect(read(OPTCR)).toBe(0x0fffaaed);
    write(OPTKEYR, 0x08192a3b);
    write(OPTKEYR, 0x4c5d6e7f);
    write(OPTCR1, 0x0ffe0000);
    write(OPTCR, 0x0ffdaaec | 2);
    expect(read(SR)).toBe(BSY);
    chip.advance(flashTimes.options);
    expect([read(SR), read(OPTCR) & 2]).toEqual([0, 0]);
    for (const number of [1, 16]) {
      write(CR, X32 | SER | (number << 3) | STRT);
      expect(read(SR)).toBe(WRPERR);
      write(SR, WRPERR);
    }
    write(CR, X32 | 4 | STRT);
    expect(read(SR)).toBe(WRPERR);
    write(SR, WRPERR);
    write(CR, X32 | 1);
    write(0x08004000, 0);
    expect(read(SR)).toBe(WRPERR);
    write(SR, WRPERR);
    write(CR, X32 | SER | (2 << 3) | STRT);
    chip.advance(flashTimes.erase16[2]);
    expect(erased()).toEqual([0x8000, 0x4000]);
  });

  it("reports the end and errors by interrupt where they are enabled", () => {
    const { chip, read, write } = make();
    const pending = () => (read(0xe000e200) >>> 4) & 1;
    write(CR, X32 | (1 << 24) | (1 << 25) | SER | STRT);
    chip.advance(flashTimes.erase16[2]);
    expect([read(SR), pending()]).toEqual([1, 1]);
    write(SR, 1);
    write(0xe000e280, 1 << 4);
    write(CR, X32 | (1 << 25));
    write(0x08000000, 0);
    expect([read(SR), pending()]).toEqual([PGSERR | 2, 1]);
  });

  it("holds the core and a debugger that read flash meanwhile", () => {
    const { chip, read, write } = make();
    write(CR, X32 | SER | STRT);
    const before = chip.nanoseconds;
    expect(read(0x08100000)).toBe(0);
    expect(chip.nanoseconds - before).toBeGreaterThan(flashTimes.erase16[2] - 1e6);
  });
});
