import { describe, expect, it } from "vitest";
import { isProbityError } from "../../base/errors.ts";
import { boards, createBoard } from "./boards.ts";

const RCC_APB2ENR = 0x40021018;
const GPIOC = 0x40011000;
const USART1 = 0x40013800;

/** What `run` throws. */
function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("virtual boards", () => {
  it("lists each with a line of description, and makes each", () => {
    for (const [name, { description }] of Object.entries(boards)) {
      expect(description.length).toBeGreaterThan(10);
      expect(createBoard(name).name).toBe(name);
    }
  });

  it("names the boards there are when asked for another", () => {
    for (const name of ["nosuch", "", "constructor", "__proto__"]) {
      const error = thrown(() => createBoard(name));
      expect(isProbityError(error, "board-unknown"), name).toBe(true);
      expect((error as { facts: object }).facts).toEqual({ board: name, known: Object.keys(boards).join(", ") });
    }
  });
});

describe("Blue Pill", () => {
  it("lights its lamp while PC13 is low", () => {
    const board = createBoard("bluepill");
    const seen: boolean[] = [];
    const subscription = board.onLed("led", (lit) => seen.push(lit));
    expect(board.led("led")).toBe(false);
    const write = (address: number, value: number) => board.chip.busWrite(address, 4, value);
    write(RCC_APB2ENR, 1 << 4);
    write(GPIOC + 0x10, 1 << 13);
    write(GPIOC + 4, 0x44244444);
    write(GPIOC + 0x14, 1 << 13);
    expect(board.led("led")).toBe(true);
    write(GPIOC + 0x10, 1 << 13);
    subscription.dispose();
    write(GPIOC + 0x14, 1 << 13);
    expect(seen).toEqual([true, false]);
    expect(
      isProbityError(
        thrown(() => board.led("red")),
        "board-led-unknown",
      ),
    ).toBe(true);
  });

  it("carries bytes of its UARTs both ways", () => {
    const board = createBoard("bluepill");
    expect(board.uarts).toEqual(["usart1", "usart2", "usart3"]);
    const write = (address: number, value: number) => board.chip.busWrite(address, 4, value);
    write(RCC_APB2ENR, (1 << 14) | (1 << 2));
    write(0x40010804, 0x444444b4);
    write(USART1 + 8, 69);
    write(USART1 + 0xc, 0x200c);
    const heard: number[] = [];
    board.onUart("USART1", (byte) => heard.push(byte));
    write(USART1 + 4, 0x41);
    board.chip.advance(1e6);
    expect(heard).toEqual([0x41]);
    board.sendUart("usart1", [0x5a]);
    board.chip.advance(1e6);
    expect(board.chip.busRead(USART1, 4) & 0x20).toBe(0x20);
    expect(board.chip.busRead(USART1 + 4, 4)).toBe(0x5a);
    const error = thrown(() => board.onUart("usart9", () => {}));
    expect(isProbityError(error, "board-uart-unknown")).toBe(true);
    expect((error as { remedy: string[] }).remedy[0]).toContain("usart1, usart2, usart3");
  });

  it("boots as its jumpers say", () => {
    const flash = [{ address: 0x08000000, data: Uint8Array.of(0, 0x10, 0, 0x20, 9, 0, 0, 8, 0xfe, 0xe7) }];
    const normal = createBoard("bluepill", { flash });
    normal.chip.advance(1e6);
    expect(normal.chip.cpu.registers().r[15]).toBe(0x08000008);
    const loader = createBoard("bluepill", { flash, boot0: true });
    loader.chip.advance(1e6);
    expect(loader.chip.cpu.registers().r[15]).toBe(0x1ffff008);
    // BOOT1 is PB2, readable as a pin.
    loader.chip.busWrite(RCC_APB2ENR, 4, 1 << 3);
    expect(loader.chip.busRead(0x40010c08, 4) & 4).toBe(0);
    const sram = createBoard("bluepill", { flash, boot0: true, boot1: true });
    sram.chip.busWrite(RCC_APB2ENR, 4, 1 << 3);
    expect(sram.chip.busRead(0x40010c08, 4) & 4).toBe(4);
  });

  it("answers on SWD alone, and restarts by button and by power", () => {
    const board = createBoard("bluepill");
    expect([board.chip.debugPortAnswers("swd"), board.chip.debugPortAnswers("jtag")]).toEqual([true, false]);
    expect(board.chip.jtagIdcode).toBe(undefined);
    board.pressReset(true);
    board.pressReset(false);
    expect(board.chip.busRead(0x40021024, 4)).toBe(0x0c000000);
    board.chip.busWrite(0x40021024, 4, 1 << 24);
    board.pressReset(true);
    board.pressReset(false);
    expect(board.chip.busRead(0x40021024, 4)).toBe(0x04000000);
    board.powerCycle();
    expect(board.chip.busRead(0x40021024, 4)).toBe(0x0c000000);
  });
});
