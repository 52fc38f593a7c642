import { ProbityError } from "../../base/errors.ts";
import type { Disposable } from "../../base/events.ts";
import type { Board } from "./board.ts";
import { Watchers } from "./watchers.ts";

/** A UART of a chip, as a board hears it and talks to it. */
export interface BoardUart {
  onTransmit(listener: (byte: number) => void): Disposable;
  receive(bytes: Iterable<number>): void;
}

/** A lamp of a board. */
export interface BoardLamp {
  lit(): boolean;
  onChange(listener: (lit: boolean) => void): Disposable;
}

/** The members of a {@link Board} that look up its UARTs and lamps by name; `board` is for the error texts. */
export function namedParts(
  board: string,
  uarts: ReadonlyMap<string, BoardUart>,
  lamps: ReadonlyMap<string, BoardLamp>,
): Pick<Board, "uarts" | "led" | "onLed" | "onUart" | "watched" | "sendUart"> {
  const uartNames = [...uarts.keys()].sort();
  const uart = (name: string): BoardUart => {
    const found = uarts.get(name.toLowerCase());
    if (found !== undefined) return found;
    const known = uartNames.join(", ");
    throw new ProbityError("board-uart-unknown", `The board ${board} has no UART called "${name}".`, {
      facts: { uart: name, known },
      remedy: [`Name one of: ${known}.`],
    });
  };
  const lamp = (name: string): BoardLamp => {
    const found = lamps.get(name);
    if (found !== undefined) return found;
    const known = [...lamps.keys()].join(", ");
    throw new ProbityError("board-led-unknown", `The board ${board} has no lamp called "${name}".`, {
      facts: { led: name, known },
      remedy: [`Name one of: ${known}.`],
    });
  };
  const watchers = new Watchers();
  return {
    uarts: uartNames,
    led: (name) => lamp(name).lit(),
    onLed: (name, listener) => watchers.add(lamp(name).onChange(listener)),
    onUart: (name, listener) => watchers.add(uart(name).onTransmit((byte) => listener(byte & 0xff))),
    watched: () => watchers.any,
    sendUart: (name, bytes) => uart(name).receive(bytes),
  };
}
