import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { BoardOptions } from "../../src/sim/boards/board.ts";
import type { BoardNamed } from "../../src/sim/boards/boards.ts";
import { SpiFlash } from "../../src/sim/parts/spi-flash.ts";
import type { PortName } from "../../src/sim/stm32f1/chip-context.ts";
import type { Spi } from "../../src/sim/stm32f1/spi.ts";
import type { Usart } from "../../src/sim/stm32f1/usart.ts";

const folder = fileURLToPath(new URL("peripherals/", import.meta.url));

/** Compiles peripherals/NAME.c and returns the flash image. */
function build(name: string, optimisation: string): Uint8Array {
  const work = mkdtempSync(join(tmpdir(), "probity-peripherals-"));
  try {
    const elf = join(work, "program.elf");
    const flags = ["-mcpu=cortex-m3", "-mthumb", "-std=gnu11", "-ffreestanding", "-Wall", "-Werror", "-nostdlib"];
    const sources = ["mcu.c", `${name}.c`].map((file) => join(folder, file));
    const link = [`-T${join(folder, "mcu.ld")}`, "-Wl,--build-id=none", "-lgcc", "-o", elf];
    execFileSync("arm-none-eabi-gcc", [
      ...flags,
      optimisation,
      "-fno-tree-loop-distribute-patterns",
      ...sources,
      ...link,
    ]);
    const image = join(work, "program.bin");
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", elf, image]);
    return new Uint8Array(readFileSync(image));
  } finally {
    rmSync(work, { recursive: true });
  }
}

const block = <Block>(board: BoardNamed<"bluepill">, name: string): Block => board.chip.peripheral(name) as Block;

/** A wire from one pin to another. */
function wire(
  board: BoardNamed<"bluepill">,
  [fromPort, fromPin]: [PortName, number],
  [toPort, toPin]: [PortName, number],
): void {
  const { pins } = board.chip;
  pins.driveExternal(toPort, toPin, pins.level(fromPort, fromPin));
  pins.onChange(fromPort, fromPin, (level) => pins.driveExternal(toPort, toPin, level));
}

interface Program {
  readonly milliseconds: number;
  readonly options?: BoardOptions;
  /** What is wired to the board. */
  readonly wiring?: (board: BoardNamed<"bluepill">) => void;
  readonly passes: number;
}

const programs: Readonly<Record<string, Program>> = {
  serial: {
    milliseconds: 150,
    passes: 12,
    wiring: (board) => {
      const [two, three] = [block<Usart>(board, "USART2"), block<Usart>(board, "USART3")];
      // Each hears a frame when the other has sent it: one frame later than over a wire.
      two.onTransmit((byte) => three.receive([byte]));
      three.onTransmit((byte) => two.receive([byte]));
    },
  },
  spi: {
    milliseconds: 200,
    passes: 9,
    wiring: (board) => {
      block<Spi>(board, "SPI1").attach(new SpiFlash(board.chip.scheduler), { port: "A", pin: 4 });
      block<Spi>(board, "SPI2").setLoopback(true);
    },
  },
  adc: {
    milliseconds: 100,
    passes: 9,
    wiring: (board) => {
      for (let channel = 0; channel < 10; channel++) board.chip.setAnalog(channel, channel * 0.3);
    },
  },
  timers: {
    milliseconds: 200,
    passes: 11,
    wiring: (board) => {
      wire(board, ["A", 6], ["A", 0]);
      wire(board, ["A", 8], ["B", 6]);
      wire(board, ["A", 9], ["B", 7]);
    },
  },
  can: { milliseconds: 50, passes: 6 },
  pages: { milliseconds: 400, passes: 5 },
  tasks: { milliseconds: 200, passes: 4 },
  i2c: { milliseconds: 400, passes: 18, options: { eeprom: { bus: "I2C1" } } },
};

describe.each(["-Os", "-O0"])("programs built with %s", (optimisation) => {
  it.each(Object.entries(programs))("%s", (name, { milliseconds, options = {}, wiring, passes }) => {
    const board = createBluePill({ ...options, flash: [{ address: 0x08000000, data: build(name, optimisation) }] });
    wiring?.(board);
    let text = "";
    board.onUart("usart1", (byte) => {
      text += String.fromCharCode(byte);
    });
    for (let spent = 0; spent < milliseconds && !text.includes("END\n"); spent += 5) board.chip.advance(5e6);
    const lines = text.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("PASS "))).toEqual(["END"]);
    expect(lines).toHaveLength(passes + 1);
  });
});
