import { describe, expect, it } from "vitest";
import { createTestChip, DBGMCU, IWDG, RCC, WWDG } from "./test-chip.ts";

const resetBy = ({ read }: ReturnType<typeof createTestChip>): number => (read(RCC.CSR) >>> 29) & 3;

describe("IWDG", () => {
  it("resets after (RLR + 1) × divider LSI cycles without reload", () => {
    const test = createTestChip();
    const { write, read, wait } = test;
    write(IWDG.KR, 0xcccc);
    expect(read(RCC.CSR) & 2).toBe(0);
    wait(100);
    expect(read(RCC.CSR) & 2).toBe(2);
    write(IWDG.KR, 0x5555);
    write(IWDG.PR, 2);
    write(IWDG.RLR, 999);
    expect(read(IWDG.SR)).toBe(3);
    wait(130);
    expect([read(IWDG.SR), read(IWDG.PR), read(IWDG.RLR)]).toEqual([0, 2, 999]);
    for (let i = 0; i < 5; i++) {
      write(IWDG.KR, 0xaaaa);
      wait(399_990);
    }
    expect(resetBy(test)).toBe(0);
    write(IWDG.KR, 0xaaaa);
    wait(400_001);
    expect(resetBy(test)).toBe(1);
    // The reset stopped it.
    write(RCC.CSR, 1 << 24);
    wait(30_000_000);
    expect(resetBy(test)).toBe(0);
  });

  it("takes PR and RLR only after the access key", () => {
    const { write, read, wait } = createTestChip();
    write(IWDG.PR, 3);
    write(IWDG.KR, 0x5555);
    write(IWDG.KR, 0xaaaa);
    write(IWDG.RLR, 3);
    wait(200);
    expect([read(IWDG.PR), read(IWDG.RLR)]).toEqual([0, 0xfff]);
  });

  it("stands still while the core is halted, if DBGMCU says so", () => {
    const test = createTestChip();
    test.chip.debugPowerChanged(true);
    test.chip.busWrite(DBGMCU.CR, 4, 1 << 8);
    test.write(IWDG.KR, 0xcccc);
    test.wait(300_000);
    test.cpu.halt(true);
    test.wait(10_000_000);
    expect(resetBy(test)).toBe(0);
    test.cpu.halt(false);
    test.wait(109_000);
    expect(resetBy(test)).toBe(0);
    test.wait(1_000);
    expect(resetBy(test)).toBe(1);
  });

  it("starts by itself when the option bytes ask for the hardware watchdog", () => {
    const bytes = [0xa5, 0x5a, 0xfe, 0x01, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0];
    const test = createTestChip({ optionBytes: bytes });
    test.wait(410_000);
    expect(resetBy(test)).toBe(1);
  });
});

describe("WWDG", () => {
  const start = (): ReturnType<typeof createTestChip> => {
    const test = createTestChip();
    test.write(RCC.APB1ENR, 1 << 11);
    return test;
  };
  /** One step of the counter at PCLK1 = 8 MHz and WDGTB = 0, in us. */
  const step = 512;

  it("counts down and resets when T6 falls", () => {
    const test = start();
    test.write(WWDG.CR, 0xff);
    test.wait(10 * step + 1);
    expect(test.read(WWDG.CR)).toBe(0x80 | (0x7f - 10));
    test.wait(53 * step);
    expect([test.read(WWDG.CR), resetBy(test)]).toEqual([0xc0, 0]);
    test.wait(step);
    expect(resetBy(test)).toBe(2);
    expect(test.read(WWDG.CR)).toBe(0);
  });

  it("warns at 0x40 by IRQ 0", () => {
    const test = start();
    test.write(WWDG.CFR, 0x7f | (1 << 9));
    test.write(WWDG.CR, 0x80 | 0x42);
    test.wait(2 * step - 1);
    expect([test.cpu.lines.has(0), test.read(WWDG.SR)]).toEqual([false, 0]);
    test.wait(2);
    expect([test.cpu.lines.has(0), test.read(WWDG.SR)]).toEqual([true, 1]);
    test.write(WWDG.CR, 0xff);
    test.write(WWDG.SR, 0);
    expect([test.cpu.lines.has(0), test.read(WWDG.SR), resetBy(test)]).toEqual([false, 0, 0]);
  });

  it("resets on a reload before the window opens, and on one that clears T6", () => {
    const early = start();
    early.write(WWDG.CFR, 0x60);
    early.write(WWDG.CR, 0xff);
    early.wait(step);
    early.write(WWDG.CR, 0xff);
    expect(resetBy(early)).toBe(2);
    const low = start();
    low.write(WWDG.CR, 0x80 | 0x3f);
    expect(resetBy(low)).toBe(2);
  });

  it("does not count while frozen or without clock", () => {
    const test = start();
    test.write(WWDG.CR, 0xff);
    test.write(RCC.APB1ENR, 0);
    test.wait(200 * step);
    test.write(RCC.APB1ENR, 1 << 11);
    expect([test.read(WWDG.CR), resetBy(test)]).toEqual([0xff, 0]);
    test.chip.debugPowerChanged(true);
    test.chip.busWrite(DBGMCU.CR, 4, 1 << 9);
    test.cpu.halt(true);
    test.wait(200 * step);
    expect([test.read(WWDG.CR), resetBy(test)]).toEqual([0xff, 0]);
  });

  it("divides by WDGTB and follows PCLK1", () => {
    const test = start();
    test.write(WWDG.CFR, 0x7f | (3 << 7));
    test.write(WWDG.CR, 0xff);
    test.wait(8 * step + 1);
    expect(test.read(WWDG.CR)).toBe(0xfe);
    test.write(RCC.CFGR, 4 << 8);
    test.wait(16 * step + 1);
    expect(test.read(WWDG.CR)).toBe(0xfd);
  });
});
