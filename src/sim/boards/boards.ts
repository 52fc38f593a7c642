import { ProbityError } from "../../base/errors.ts";
import { createBluePill } from "./bluepill.ts";
import type { Board, BoardDescription, BoardOptions } from "./board.ts";
import { createStm3210eEval } from "./stm3210e-eval.ts";
import { createStm32469iEval } from "./stm32469i-eval.ts";

export type { Board, BoardChip, BoardDescription, BoardOptions } from "./board.ts";

/** Every virtual board, by the name that `--probe sim:NAME` takes. */
export const boards = {
  bluepill: {
    description: "Blue Pill: STM32F103C8, 64 KiB flash, 20 KiB SRAM, HSE 8 MHz, LSE 32.768 kHz, LED on PC13",
    create: createBluePill,
  },
  "stm3210e-eval": {
    description:
      "STM3210E-EVAL: STM32F103ZE, 512 KiB flash, 64 KiB SRAM; FSMC with NOR 16 MiB, SRAM 1 MiB, NAND 64 MiB",
    create: createStm3210eEval,
  },
  "stm32469i-eval": {
    description: "STM32469I-EVAL: STM32F469NI, 2 MiB flash, 320 KiB SRAM, 64 MiB Quad-SPI flash, HSE 25 MHz, four LEDs",
    create: createStm32469iEval,
  },
} as const satisfies Record<string, BoardDescription>;

/** The board of a name that is known when the program is written, with its own chip and parts; any board otherwise. */
export type BoardNamed<Name extends string> = Name extends keyof typeof boards
  ? ReturnType<(typeof boards)[Name]["create"]>
  : Board;

/** Throws `board-unknown` for a name that is not in {@link boards}. */
export function demandBoard(name: string): void {
  if (Object.hasOwn(boards, name)) return;
  const known = Object.keys(boards).join(", ");
  throw new ProbityError("board-unknown", `There is no virtual board called "${name}".`, {
    facts: { board: name, known },
    remedy: [`Write --probe sim:BOARD with one of: ${known}.`],
  });
}

/** Makes a board. Throws `board-unknown`. */
export function createBoard<Name extends string>(name: Name, options: BoardOptions = {}): BoardNamed<Name> {
  demandBoard(name);
  const { create } = boards[name as keyof typeof boards] as BoardDescription;
  return create(options) as BoardNamed<Name>;
}
