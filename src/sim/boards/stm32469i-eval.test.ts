import { describe, expect, it } from "vitest";
import { isProbityError } from "../../base/errors.ts";
import { createBoard } from "./boards.ts";
import { createStm32469iEval } from "./stm32469i-eval.ts";

const RCC_AHB1ENR = 0x40023830;
const RCC_AHB3ENR = 0x40023838;
const RCC_APB1ENR = 0x40023840;
const QUADSPI = 0xa0001000;
const READ_ID = 0x9f | (1 << 8) | (1 << 24) | (1 << 26);

const gpio = (letter: string): number => 0x40020000 + 0x400 * (letter.charCodeAt(0) - 0x41);

function make(options: Parameters<typeof createStm32469iEval>[0] = {}) {
  const board = createStm32469iEval(options);
  return {
    board,
    chip: board.chip,
    read: (address: number) => board.chip.busRead(address, 4),
    write: (address: number, value: number) => expect(board.chip.busWrite(address, 4, value)).toBe(true),
  };
}

type Rig = ReturnType<typeof make>;

/** Gives a pin to an alternate function. */
function assign({ read, write }: Rig, port: string, pin: number, af: number): void {
  const afr = gpio(port) + 0x20 + (pin >> 3) * 4;
  write(afr, ((read(afr) & ~(15 << ((pin & 7) * 4))) | (af << ((pin & 7) * 4))) >>> 0);
  write(gpio(port), ((read(gpio(port)) & ~(3 << (pin * 2))) | (2 << (pin * 2))) >>> 0);
}

/** The id bytes that QUADSPI reads. */
function readId(rig: Rig, ccr = READ_ID): number {
  rig.write(QUADSPI, 1);
  rig.write(QUADSPI + 4, 25 << 16);
  rig.write(QUADSPI + 0x10, 2);
  rig.write(QUADSPI + 0x14, ccr);
  rig.chip.advance(10_000);
  return rig.read(QUADSPI + 0x20);
}

describe("STM32469I-EVAL", () => {
  it("connects the Quad-SPI flash through the pins' alternate functions alone", () => {
    const rig = make();
    rig.write(RCC_AHB1ENR, 0x7ff);
    rig.write(RCC_AHB3ENR, 2);
    expect(readId(rig)).toBe(0xffffff);
    for (const [port, pin, af] of [
      ["F", 10, 9],
      ["B", 6, 10],
      ["F", 8, 10],
    ] as const) {
      assign(rig, port, pin, af);
    }
    expect(readId(rig)).toBe(0xffffff);
    assign(rig, "F", 9, 10);
    expect(readId(rig)).toBe(0x20ba20);
    // The same on four lines needs the other two pins.
    const quad = 0xaf | (3 << 8) | (3 << 24) | (1 << 26);
    rig.board.qspiFlash.select({
      instruction: { value: 0x35, bits: 8, lines: 1 },
      address: { value: 0, bits: 0, lines: 0 },
      alternate: { value: 0, bits: 0, lines: 0 },
      dummyCycles: 0,
      dataLines: 0,
      doubleRate: false,
    });
    rig.board.qspiFlash.deselect();
    expect(readId(rig, quad)).toBe(0xffffff);
    assign(rig, "F", 7, 9);
    assign(rig, "F", 6, 9);
    expect(readId(rig, quad)).toBe(0x20ba20);
    assign(rig, "F", 9, 9);
    expect(readId(rig, quad)).toBe(0xffffff);
  });

  it("runs code from the mapped Quad-SPI flash, as slowly as it comes", () => {
    // ADDS R0, #1 and SUBS R1, #1 and BNE, then BKPT.
    const loop = new Uint8Array(Uint16Array.of(0x3001, 0x3901, 0xd1fc, 0xbe00).buffer);
    const rig = make({ flash: [{ address: 0x90001000, data: loop }] });
    const { chip, write } = rig;
    write(0xe000edf0, 0xa05f0003);
    chip.advance(1000);
    write(RCC_AHB1ENR, 0x7ff);
    write(RCC_AHB3ENR, 2);
    for (const pin of [6, 7, 10]) assign(rig, "F", pin, 9);
    for (const pin of [8, 9]) assign(rig, "F", pin, 10);
    assign(rig, "B", 6, 10);
    write(QUADSPI, 1);
    write(QUADSPI + 4, 25 << 16);
    // Fast read on four lines, three address bytes, eight dummy clocks, memory-mapped.
    write(QUADSPI + 0x14, (0x6b | (1 << 8) | (1 << 10) | (2 << 12) | (8 << 18) | (3 << 24) | (3 << 26)) >>> 0);
    const r = new Uint32Array(16);
    r[1] = 1000;
    r[15] = 0x90001000;
    chip.cpu.setRegisters({ r, xpsr: 0x01000000 });
    write(0xe000edf0, 0xa05f0001);
    const before = chip.nanoseconds;
    for (let i = 0; i < 100 && !chip.cpu.halted; i++) chip.advance(100_000);
    const after = chip.cpu.registers();
    expect([chip.cpu.halted, after.r[0], after.r[15]]).toEqual([true, 1000, 0x90001006]);
    // Each turn begins with a new command: 40 clocks at 16 MHz.
    expect(chip.nanoseconds - before).toBeGreaterThan(1000 * 40 * 62.5);
  });

  it("starts small, with what its options put into flash and Quad-SPI flash", () => {
    const { board, read } = make({
      flash: [
        { address: 0x08000000, data: Uint8Array.of(1, 2, 3, 4) },
        { address: 0x93fffffe, data: Uint8Array.of(5, 6) },
      ],
    });
    expect(read(0x08000000)).toBe(0x04030201);
    expect([...board.qspiFlash.content.read(0x3fffffe, 2)]).toEqual([5, 6]);
    expect(board.qspiFlash.content.chunks).toBe(1);
    expect(createStm32469iEval().qspiFlash.content.chunks).toBe(0);
  });

  it("refuses what it has not got", () => {
    for (const options of [{ eeprom: { bus: "I2C1" } }, { hiddenFlash: true }, { optionBytes: [1] }] as const) {
      expect(thrown(() => createStm32469iEval(options), "board-option-absent")).toBe(true);
    }
    expect(createStm32469iEval({ hiddenFlash: false, boot0: false }).name).toBe("stm32469i-eval");
  });

  it("lights its lamps while their pins are low", () => {
    const { board, write } = make();
    write(RCC_AHB1ENR, 0x7ff);
    const seen: boolean[] = [];
    board.onLed("led4", (lit) => seen.push(lit));
    expect(["led1", "led2", "led3", "led4"].map((name) => board.led(name))).toEqual([false, false, false, false]);
    write(gpio("K"), 1 << 6);
    expect(board.led("led4")).toBe(true);
    write(gpio("K") + 0x18, 1 << 3);
    expect(seen).toEqual([true, false]);
    write(gpio("G"), 1 << 12);
    expect(board.led("led1")).toBe(true);
    expect(thrown(() => board.led("toString"), "board-led-unknown")).toBe(true);
  });

  it("carries bytes of a UART both ways at its baud rate", () => {
    const { board, chip, read, write } = make();
    const USART3 = 0x40004800;
    write(RCC_APB1ENR, 1 << 18);
    write(USART3 + 8, 139); // 115200 from 16 MHz
    write(USART3 + 0xc, 0x200c);
    const heard: number[] = [];
    board.onUart("USART3", (byte) => heard.push(byte));
    write(USART3 + 4, 0x41);
    write(USART3 + 4, 0x42);
    expect(read(USART3) & 0xc0).toBe(0);
    const bit = (139 * 1e9) / 16e6;
    chip.advance(10 * bit - 1000);
    expect(heard).toEqual([]);
    chip.advance(1000 + 1);
    expect([heard, read(USART3) & 0xc0]).toEqual([[0x41], 0x80]);
    chip.advance(10 * bit);
    expect([heard, read(USART3) & 0xc0]).toEqual([[0x41, 0x42], 0xc0]);
    board.sendUart("usart3", [0x5a, 0x5b]);
    chip.advance(10 * bit + 1);
    expect([read(USART3) & 0x20, read(USART3 + 4), read(USART3) & 0x20]).toEqual([0x20, 0x5a, 0]);
    chip.advance(20 * bit);
    expect(read(USART3 + 4)).toBe(0x5b);
    expect(thrown(() => board.onUart("usart9", () => {}), "board-uart-unknown")).toBe(true);
  });

  it("answers on SWD alone, restarts by button and by power, and keeps the Quad-SPI flash's mode over the button", () => {
    const { board, chip, read } = make();
    expect([chip.debugPortAnswers("swd"), chip.debugPortAnswers("jtag")]).toEqual([true, false]);
    expect(createBoard("stm32469i-eval").chip.dpidr).toBe(0x2ba01477);
    const phase = { value: 0, bits: 0, lines: 0 } as const;
    board.qspiFlash.select({
      instruction: { value: 0xb7, bits: 8, lines: 1 },
      address: phase,
      alternate: phase,
      dummyCycles: 0,
      dataLines: 0,
      doubleRate: false,
    });
    board.qspiFlash.deselect();
    chip.busWrite(0x40023874, 4, 1 << 24);
    board.pressReset(true);
    board.pressReset(false);
    expect([read(0x40023874), board.qspiFlash.fourByteAddresses]).toEqual([0x04000000, true]);
    board.powerCycle();
    expect([read(0x40023874), board.qspiFlash.fourByteAddresses]).toEqual([0x0e000000, false]);
  });
});

function thrown(run: () => unknown, code: string): boolean {
  try {
    run();
  } catch (error) {
    return isProbityError(error, code);
  }
  return false;
}
