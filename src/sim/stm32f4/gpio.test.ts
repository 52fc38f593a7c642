import { describe, expect, it } from "vitest";
import { Gpio } from "./gpio.ts";

const [MODER, OTYPER, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH] = [0, 4, 0xc, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24];

describe("a port of the F4", () => {
  it("starts with the debug pins as they are", () => {
    const a = new Gpio("GPIOA");
    expect([a.read(MODER, 4), a.read(PUPDR, 4)]).toEqual([0xa8000000, 0x64000000]);
    expect([a.alternateFunction(13), a.alternateFunction(12)]).toEqual([0, undefined]);
    expect(a.read(IDR, 4)).toBe(0xa000);
    expect(new Gpio("GPIOC").read(MODER, 4)).toBe(0);
  });

  it("drives, pulls and samples pins", () => {
    const port = new Gpio("GPIOC");
    const seen: boolean[] = [];
    port.onChange(3, (level) => seen.push(level));
    port.write(MODER, 4, 1 << 6);
    port.write(BSRR, 4, 8);
    port.write(BSRR, 2, 8);
    port.write(BSRR + 2, 2, 8);
    port.write(BSRR, 4, 0x00080008);
    expect(seen).toEqual([true, false, true]);
    expect([port.read(ODR, 4), port.read(IDR, 4)]).toEqual([8, 8]);
    // An open drain lets go; what is outside decides.
    port.write(OTYPER, 4, 8);
    expect(port.level(3)).toBe(true);
    port.driveExternal(3, false);
    expect([port.level(3), port.read(ODR, 4)]).toEqual([false, 8]);
    port.driveExternal(3, undefined);
    port.write(MODER, 4, 0);
    expect(port.level(3)).toBe(false);
    port.setExternalPull(3, "up");
    expect(port.level(3)).toBe(true);
    port.write(PUPDR, 4, 2 << 6);
    expect(port.level(3)).toBe(false);
    port.write(PUPDR, 4, 1 << 6);
    port.write(MODER, 4, 3 << 6);
    expect([port.level(3), port.read(IDR, 4)]).toEqual([true, 0]);
  });

  it("assigns alternate functions by AFRL and AFRH", () => {
    const port = new Gpio("GPIOF");
    port.write(AFRL, 4, 0x99000000);
    port.write(AFRH, 1, 0xaa);
    port.write(MODER, 4, (2 << 12) | (2 << 16) | (2 << 20));
    expect([6, 7, 8, 10].map((pin) => port.alternateFunction(pin))).toEqual([9, undefined, 10, 0]);
    port.reset();
    expect([port.alternateFunction(6), port.read(AFRL, 4)]).toEqual([undefined, 0]);
  });

  it("locks the configuration of pins by the key sequence", () => {
    const port = new Gpio("GPIOC");
    port.write(MODER, 4, 0b0101);
    for (const value of [0x10001, 0x00001, 0x10001]) port.write(LCKR, 4, value);
    port.read(LCKR, 4);
    expect(port.read(LCKR, 4)).toBe(0x10001);
    port.write(MODER, 4, 0b1010);
    port.write(AFRL, 4, 0xff);
    expect([port.read(MODER, 4), port.read(AFRL, 4)]).toEqual([0b1001, 0xf0]);
    const open = new Gpio("GPIOC");
    for (const value of [0x10001, 0x00002, 0x10001]) open.write(LCKR, 4, value);
    open.read(LCKR, 4);
    expect(open.read(LCKR, 4) & 0x10000).toBe(0);
  });
});
