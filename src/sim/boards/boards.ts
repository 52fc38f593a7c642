import { ProbityError } from "../../base/errors.ts";
import { createBluePill } from "./bluepill.ts";
import type { Board, BoardDescription, BoardOptions } from "./board.ts";

export type { Board, BoardDescription, BoardOptions } from "./board.ts";

/** Every virtual board, by the name that `--probe sim:NAME` takes. */
export const boards: Readonly<Record<string, BoardDescription>> = {
  bluepill: {
    description: "Blue Pill: STM32F103C8, 64 KiB flash, 20 KiB SRAM, HSE 8 MHz, LSE 32.768 kHz, LED on PC13",
    create: createBluePill,
  },
};

/** Makes a board. Throws `board-unknown` for a name that is not in {@link boards}. */
export function createBoard(name: string, options: BoardOptions = {}): Board {
  if (!Object.hasOwn(boards, name)) {
    const known = Object.keys(boards).join(", ");
    throw new ProbityError("board-unknown", `There is no virtual board called "${name}".`, {
      facts: { board: name, known },
      remedy: [`Write --probe sim:BOARD with one of: ${known}.`],
    });
  }
  return boards[name].create(options);
}
