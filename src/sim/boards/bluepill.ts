import { Eeprom24 } from "../parts/eeprom-24cxx.ts";
import { Stm32f1Chip } from "../stm32f1/chip.ts";
import { stm32f103c8 } from "../stm32f1/chip-config.ts";
import type { Stm32f1Options } from "../stm32f1/chip-options.ts";
import { I2c } from "../stm32f1/i2c.ts";
import type { Board, BoardOptions, EepromOptions } from "./board.ts";
import { namedParts } from "./named-parts.ts";
import { stm32f1Lamp, stm32f1Uarts } from "./stm32f1-parts.ts";

/** SCL and SDA, both on port B, before any remap. */
const i2cPins = { I2C1: [6, 7], I2C2: [10, 11] } as const;

/**
 * The "Blue Pill": an STM32F103C8T6 with an 8 MHz and a 32.768 kHz crystal, a lamp on PC13, jumpers for BOOT0 and
 * BOOT1, a reset button, and SWDIO and SWCLK alone on the debug connector.
 */
export function createBluePill(options: BoardOptions & Pick<Stm32f1Options, "createCpu"> = {}): Board<Stm32f1Chip> {
  const chip = new Stm32f1Chip({ ...stm32f103c8, ...options.die }, { ...options, hseHz: 8_000_000, lseHz: 32_768 });
  // BOOT1 is PB2, through 100 kΩ to its jumper; PC13 is pulled up through the lamp.
  chip.pins.setExternalPull("B", 2, options.boot1 ? "up" : "down");
  chip.pins.setExternalPull("C", 13, "up");
  // D+ is pulled up for a host to see a full-speed device.
  chip.pins.setExternalPull("A", 12, "up");

  const eeprom = options.eeprom === undefined ? undefined : fitEeprom(chip, options.eeprom);
  // The lamp is between 3.3 V and PC13: lit while the pin is low.
  const lamps = new Map([["led", stm32f1Lamp(chip, "C", 13, false)]]);
  return {
    name: "bluepill",
    chip,
    ...(eeprom !== undefined && { eeprom }),
    ...namedParts("bluepill", stm32f1Uarts(chip), lamps),
    pressReset: (pressed) => chip.driveNrst(pressed),
    powerCycle: () => chip.powerCycle(),
  };
}

function fitEeprom(chip: Stm32f1Chip, options: EepromOptions): Eeprom24 {
  const eeprom = new Eeprom24(options.part ?? "24C02", chip.scheduler, options.address, options.content);
  const bus = chip.peripheral(options.bus);
  if (bus instanceof I2c) bus.attach(eeprom);
  for (const pin of i2cPins[options.bus]) chip.pins.setExternalPull("B", pin, "up");
  return eeprom;
}
