import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { BoardOptions } from "../../src/sim/boards/board.ts";
import type { BoardNamed } from "../../src/sim/boards/boards.ts";
import type { Spi } from "../../src/sim/stm32f1/spi.ts";
import type { Usart } from "../../src/sim/stm32f1/usart.ts";

const folder = fileURLToPath(new URL("cores/", import.meta.url));

/** Compiles cores/NAME.c to start at `origin` and returns the flash image. */
function buildCore(name: string, optimisation: string, origin = 0x08000000): Uint8Array {
  const work = mkdtempSync(join(tmpdir(), "probity-cores-"));
  try {
    const elf = join(work, "program.elf");
    const flags = ["-mcpu=cortex-m3", "-mthumb", "-std=gnu11", "-ffreestanding", "-Wall", "-Werror", "-nostdlib"];
    const sources = ["core.c", `${name}.c`].map((file) => join(folder, file));
    const link = [`-Wl,--defsym=FLASH_ORIGIN=${origin}`, `-T${join(folder, "core.ld")}`, "-Wl,--build-id=none"];
    execFileSync("arm-none-eabi-gcc", [
      ...flags,
      optimisation,
      "-fno-tree-loop-distribute-patterns",
      ...sources,
      ...link,
      "-lgcc",
      "-o",
      elf,
    ]);
    const image = join(work, "program.bin");
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", elf, image]);
    return new Uint8Array(readFileSync(image));
  } finally {
    rmSync(work, { recursive: true });
  }
}

interface Program {
  readonly milliseconds: number;
  readonly options?: BoardOptions;
  readonly wiring?: (board: BoardNamed<"bluepill">) => void;
  readonly passes: number;
}

/** Volts that an ADC makes `code` of. */
const volts = (code: number): number => (code / 4095) * 3.3;

const programs: Readonly<Record<string, Program>> = {
  hal: { milliseconds: 12_000, passes: 35 },
  maple: {
    milliseconds: 400,
    passes: 17,
    options: { eeprom: { bus: "I2C1" } },
    wiring: (board) => board.chip.setAnalog(0, volts(2048)),
  },
  rtos: { milliseconds: 600, passes: 15 },
  flash: { milliseconds: 600, passes: 23 },
  lowlevel: { milliseconds: 400, passes: 40 },
  drivers: {
    milliseconds: 100,
    passes: 17,
    wiring: ({ chip }) => {
      chip.setAnalog(0, volts(1000));
      chip.setAnalog(1, volts(2000));
      const [two, three] = [chip.peripheral("USART2") as Usart, chip.peripheral("USART3") as Usart];
      three.onTransmit((byte) => two.receive([byte]));
      (chip.peripheral("SPI2") as Spi).setLoopback(true);
      chip.pins.onChange("A", 0, (level) => chip.pins.driveExternal("A", 6, level));
    },
  },
};

const at = (address: number, data: Uint8Array): { address: number; data: Uint8Array } => ({ address, data });

/** Runs a program to its END and returns its lines; `meanwhile` comes every 5 ms of the board's time. */
function run(board: BoardNamed<"bluepill">, milliseconds: number, meanwhile: () => void = () => {}): string[] {
  let text = "";
  const heard = board.onUart("usart1", (byte) => {
    text += String.fromCharCode(byte);
  });
  for (let spent = 0; spent < milliseconds && !text.includes("END\n"); spent += 5) {
    board.chip.advance(5e6);
    meanwhile();
  }
  heard.dispose();
  return text.trimEnd().split("\n");
}

const failures = (lines: readonly string[]): string[] => lines.filter((line) => !line.startsWith("PASS "));

describe.each(["-Os", "-O0"])("programs in the manner of other people's cores, built with %s", (optimisation) => {
  it.each(Object.entries(programs))("%s", (name, { milliseconds, options = {}, wiring, passes }) => {
    const board = createBluePill({ ...options, flash: [at(0x08000000, buildCore(name, optimisation))] });
    wiring?.(board);
    const lines = run(board, milliseconds);
    expect(failures(lines)).toEqual(["END"]);
    expect(lines).toHaveLength(passes + 1);
  });

  it("a bootloader, the program behind it, and the ROM", () => {
    const flash = [at(0x08000000, buildCore("boot", optimisation))];
    flash.push(at(0x08002000, buildCore("behind", optimisation, 0x08002000)));
    const board = createBluePill({ flash });
    const lines = run(board, 100);
    expect(lines.map((line) => line.replace("PASS ", ""))).toEqual([
      "loader runs",
      "a program is there",
      "program runs",
      "constructors ran in order",
      "its interrupts come",
      "loader runs",
      "asked for the ROM loader",
    ]);
    expect(board.chip.cpu.registers().r[15] >>> 12).toBe(0x1ffff);
  });
});

const DHCSR = 0xe000edf0;
const DBGMCU_CR = 0xe0042004;

describe("while somebody interferes", () => {
  it("a program whose timers stop with the core does not notice that it is halted again and again", () => {
    const { passes } = programs.rtos;
    const board = createBluePill({ flash: [at(0x08000000, buildCore("rtos", "-Os"))] });
    // Watchdogs and TIM1 to TIM4 stand still in debug state.
    board.chip.busWrite(DBGMCU_CR, 4, 0x3f00);
    let halts = 0;
    const lines = run(board, 1200, () => {
      board.chip.advance(137_000 * (halts % 7));
      board.chip.busWrite(DHCSR, 4, 0xa05f0003);
      expect(board.chip.busRead(DHCSR, 4) & (1 << 17)).not.toBe(0);
      board.chip.advance(3e6);
      // A few single steps with interrupts masked, then on.
      for (let step = 0; step < halts % 4; step++) {
        board.chip.busWrite(DHCSR, 4, 0xa05f000d);
        board.chip.advance(1e4);
      }
      board.chip.busWrite(DHCSR, 4, 0xa05f0001);
      halts++;
    });
    expect(failures(lines)).toEqual(["END"]);
    expect(lines).toHaveLength(passes + 1);
    expect(halts).toBeGreaterThan(50);
  });

  it.each(["rtos", "lowlevel", "drivers"])("%s starts anew whenever it is reset", (name) => {
    const { milliseconds, wiring, passes } = programs[name];
    const board = createBluePill({ flash: [at(0x08000000, buildCore(name, "-Os"))] });
    wiring?.(board);
    for (let cut = 1; cut < 12; cut++) {
      board.chip.advance(cut * 3.7e6);
      if (cut % 3 === 0) board.powerCycle();
      board.pressReset(true);
      board.chip.advance(1e6);
      board.pressReset(false);
    }
    board.powerCycle();
    const lines = run(board, milliseconds);
    expect(failures(lines)).toEqual(["END"]);
    expect(lines).toHaveLength(passes + 1);
  });

  it("a program falls back to the internal oscillator when the crystal is dead", () => {
    const board = createBluePill({ flash: [at(0x08000000, buildCore("rtos", "-Os"))] });
    board.chip.setHseAlive(false);
    board.chip.advance(20e6);
    expect(board.chip.clocks.hclk).toBe(64e6);
  });
});
