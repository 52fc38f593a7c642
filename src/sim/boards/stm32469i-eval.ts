import { ProbityError } from "../../base/errors.ts";
import { Mt25q } from "../parts/mt25q.ts";
import type { ChipOptions } from "../stm32/chip-options.ts";
import { Stm32f4Chip } from "../stm32f4/chip.ts";
import { stm32f469ni } from "../stm32f4/chip-config.ts";
import { Usart } from "../stm32f4/usart.ts";
import type { Board, BoardOptions } from "./board.ts";
import { Watchers } from "./watchers.ts";

/** Lamps LD1 (green), LD2 (orange), LD3 (red) and LD4 (blue), each between 3.3 V and its pin: lit while that is low. */
const leds: Readonly<Record<string, readonly [port: string, pin: number]>> = {
  led1: ["G", 6],
  led2: ["D", 4],
  led3: ["D", 5],
  led4: ["K", 3],
};

/** Pins of the Quad-SPI flash with the alternate function that connects them (STM32F469 data sheet, table 12). */
const quadspiPins = {
  clock: ["F", 10, 9],
  select: ["B", 6, 10],
  lines: [
    ["F", 8, 10],
    ["F", 9, 10],
    ["F", 7, 9],
    ["F", 6, 9],
  ],
} as const;

const quadspiBase = 0x90000000;

/** The STM32469I-EVAL, with the part that its Quad-SPI pins lead to. */
export interface Stm32469iEval extends Board<Stm32f4Chip> {
  readonly qspiFlash: Mt25q;
}

/**
 * ST's STM32469I-EVAL as far as loaders and small programs go: an STM32F469NI with a 25 MHz and a 32.768 kHz crystal, 64 MiB of
 * Quad-SPI flash on flash 1 of QUADSPI, four lamps, and USART3 on the connector of the probe. Its SDRAM, SRAM, NOR and
 * display are not there. Segments from 0x90000000 on in the options' program go to the Quad-SPI flash.
 */
export function createStm32469iEval(options: BoardOptions & Pick<ChipOptions, "createCpu"> = {}): Stm32469iEval {
  refuseUnknown(options);
  const segments = options.flash ?? [];
  const chip = new Stm32f4Chip(stm32f469ni, {
    ...options,
    flash: segments.filter(({ address }) => address < quadspiBase),
    hseHz: 25_000_000,
    lseHz: 32_768,
  });
  const qspiFlash = new Mt25q(chip.scheduler);
  for (const { address, data } of segments) {
    if (address >= quadspiBase) qspiFlash.content.load(address - quadspiBase, data);
  }
  const connected = ([port, pin, af]: readonly [string, number, number]): boolean =>
    chip.gpio(port).alternateFunction(pin) === af;
  chip.quadspiDevice = (lines) => {
    // A single line is two: data out on IO0, data in on IO1.
    const needed = [quadspiPins.clock, quadspiPins.select, ...quadspiPins.lines.slice(0, Math.max(2, lines))];
    return needed.every(connected) ? qspiFlash : undefined;
  };
  for (const [port, pin] of Object.values(leds)) chip.gpio(port).setExternalPull(pin, "up");

  const uarts = new Map<string, Usart>();
  for (const { name } of chip.config.peripherals) {
    const block = chip.peripheral(name);
    if (block instanceof Usart) uarts.set(name.toLowerCase(), block);
  }
  const uart = (name: string): Usart => {
    const found = uarts.get(name.toLowerCase());
    if (found !== undefined) return found;
    const known = [...uarts.keys()].sort().join(", ");
    throw new ProbityError("board-uart-unknown", `The board stm32469i-eval has no UART called "${name}".`, {
      facts: { uart: name, known },
      remedy: [`Name one of: ${known}.`],
    });
  };
  const lamp = (name: string) => {
    const found = Object.hasOwn(leds, name) ? leds[name] : undefined;
    if (found !== undefined) return found;
    const known = Object.keys(leds).join(", ");
    throw new ProbityError("board-led-unknown", `The board stm32469i-eval has no lamp called "${name}".`, {
      facts: { led: name, known },
      remedy: [`Name one of: ${known}.`],
    });
  };

  const watchers = new Watchers();
  return {
    name: "stm32469i-eval",
    chip,
    qspiFlash,
    uarts: [...uarts.keys()].sort(),
    led: (name) => {
      const [port, pin] = lamp(name);
      return !chip.gpio(port).level(pin);
    },
    onLed: (name, listener) => {
      const [port, pin] = lamp(name);
      return watchers.add(chip.gpio(port).onChange(pin, (level) => listener(!level)));
    },
    onUart: (name, listener) => watchers.add(uart(name).onTransmit((byte) => listener(byte & 0xff))),
    watched: () => watchers.any,
    sendUart: (name, bytes) => uart(name).receive(bytes),
    pressReset: (pressed) => chip.driveNrst(pressed),
    powerCycle: () => {
      qspiFlash.powerOn();
      chip.powerCycle();
    },
  };
}

/** Options of other boards mean nothing here; to ignore them would mislead. */
function refuseUnknown({ eeprom, hiddenFlash, optionBytes, die }: BoardOptions): void {
  const given = Object.entries({
    eeprom: eeprom !== undefined,
    "hidden-flash": hiddenFlash,
    "option bytes": optionBytes,
    "chip of another maker": die,
  });
  const refused = given.filter(([, value]) => value).map(([name]) => name);
  if (refused.length === 0) return;
  throw new ProbityError("board-option-absent", `The board stm32469i-eval has no ${refused.join(" and no ")}.`, {
    facts: { options: refused.join(", ") },
    remedy: ["Leave that out, or take another board: `probity boards` lists them."],
  });
}
