import { describe, expect, it } from "vitest";
import { createBoard } from "../../src/sim/boards/boards.ts";
import { buildProgram } from "./build-program.ts";

const DHCSR = 0xe000edf0;
const DEMCR = 0xe000edfc;
const AIRCR = 0xe000ed0c;
const DBGMCU_CR = 0xe0042004;
const RCC_CSR = 0x40021024;
const HALT = 0xa05f0003;
const RUN = 0xa05f0001;
const S_HALT = 1 << 17;
const S_SLEEP = 1 << 18;
const S_RESET_ST = 1 << 25;

/** A Blue Pill that runs a program, and a debugger's accesses to it. */
function attach(name: string) {
  const board = createBoard("bluepill", { flash: [{ address: 0x08000000, data: buildProgram(name) }] });
  const { chip } = board;
  let text = "";
  board.onUart("usart1", (byte) => {
    text += String.fromCharCode(byte);
  });
  return {
    board,
    chip,
    output: () => text,
    run: (milliseconds: number) => chip.advance(milliseconds * 1e6),
    read: (address: number) => chip.busRead(address, 4),
    write: (address: number, value: number) => expect(chip.busWrite(address, 4, value)).toBe(true),
  };
}

describe("a debugger on the virtual chip", () => {
  it("freezes the watchdog of a halted core by DBGMCU_CR, and only then", () => {
    const { chip, output, run, read, write } = attach("watchdog");
    run(60);
    expect(output()).toContain("waiting");
    chip.debugPowerChanged(true);
    write(DBGMCU_CR, 0x307);
    write(DHCSR, HALT);
    run(1000);
    expect(read(DHCSR) & S_HALT).toBe(S_HALT);
    expect(output()).not.toContain("24000000");
    write(DHCSR, RUN);
    run(60);
    expect(output()).toContain("cause 24000000");
    write(DBGMCU_CR, 0);
    const other = attach("watchdog");
    other.run(60);
    other.write(DHCSR, HALT);
    other.run(100);
    expect(other.output()).toContain("cause 24000000");
  });

  it("halts at the reset vector after SYSRESETREQ and after NRST, with the reset seen once", () => {
    for (const how of ["software", "pin"] as const) {
      const { chip, run, read, write } = attach("clock");
      run(30);
      expect(chip.clocks.hclk).toBe(72e6);
      write(DHCSR, HALT);
      write(DEMCR, 1);
      read(DHCSR);
      if (how === "software") {
        write(AIRCR, 0x05fa0004);
      } else {
        chip.driveNrst(true);
        run(1);
        expect(chip.cpu.registers().r[15]).not.toBe(0);
        chip.driveNrst(false);
      }
      run(1);
      const status = read(DHCSR);
      expect(status & (S_HALT | S_RESET_ST)).toBe(S_HALT | S_RESET_ST);
      expect(read(DHCSR) & S_RESET_ST).toBe(0);
      const vector = chip.memories.flash[4] | (chip.memories.flash[5] << 8);
      expect(chip.cpu.registers().r[15]).toBe(0x08000000 + (vector & 0xfffe));
      expect(chip.clocks.hclk).toBe(8e6);
      expect((read(RCC_CSR) >>> 26) & 7).toBe(how === "software" ? 0b111 : 0b011);
    }
  });

  it("connects under reset: what was set while NRST was low counts at its rise", () => {
    const { chip, run, read, write } = attach("clock");
    run(30);
    chip.driveNrst(true);
    expect(chip.debugPortAnswers("swd")).toBe(true);
    write(DHCSR, RUN);
    write(DEMCR, 1);
    write(DBGMCU_CR, 7);
    run(5);
    chip.driveNrst(false);
    run(5);
    expect(read(DHCSR) & S_HALT).toBe(S_HALT);
    expect(read(DBGMCU_CR)).toBe(7);
    expect(chip.cpu.registers().r[15]).toBeLessThan(0x08000400);
    expect(read(0x40021018)).toBe(0);
  });

  it("halts a sleeping core, and lets it sleep on", () => {
    const { output, run, read, write, board } = attach("echo");
    run(5);
    expect(read(DHCSR) & S_SLEEP).toBe(S_SLEEP);
    write(DHCSR, HALT);
    expect(read(DHCSR) & S_HALT).toBe(S_HALT);
    write(DHCSR, RUN);
    board.sendUart("usart1", [0x60]);
    run(5);
    expect(output()).toBe("ready\na");
    expect(read(DHCSR) & S_SLEEP).toBe(S_SLEEP);
  });

  it("loses the port in stop mode, keeps it with DBG_STOP, and finds the core asleep", () => {
    const { chip, run, read, write } = attach("stop");
    run(20);
    expect([chip.powerMode, chip.debugPortAnswers("swd")]).toEqual(["stop", false]);
    chip.driveNrst(true);
    write(DBGMCU_CR, 7);
    chip.driveNrst(false);
    run(20);
    expect([chip.powerMode, chip.debugPortAnswers("swd")]).toEqual(["stop", true]);
    expect(read(DHCSR) & S_SLEEP).toBe(S_SLEEP);
    write(DHCSR, HALT);
    expect([read(DHCSR) & S_HALT, chip.powerMode]).toEqual([S_HALT, "run"]);
  });
});
