import type { Stm32f1Chip } from "../stm32f1/chip.ts";
import type { PortName } from "../stm32f1/chip-context.ts";
import { Usart } from "../stm32f1/usart.ts";
import type { BoardLamp, BoardUart } from "./named-parts.ts";

/** Every USART and UART of an STM32F1, by its name in lower case. */
export function stm32f1Uarts(chip: Stm32f1Chip): Map<string, BoardUart> {
  const uarts = new Map<string, BoardUart>();
  for (const { name } of chip.config.peripherals) {
    const block = chip.peripheral(name);
    if (block instanceof Usart) uarts.set(name.toLowerCase(), block);
  }
  return uarts;
}

/** A lamp at a pin of an STM32F1, lit while the pin has the level `litWhen`. */
export function stm32f1Lamp(chip: Stm32f1Chip, port: PortName, pin: number, litWhen: boolean): BoardLamp {
  return {
    lit: () => chip.pins.level(port, pin) === litWhen,
    onChange: (listener) => chip.pins.onChange(port, pin, (level) => listener(level === litWhen)),
  };
}
