import type { Clock } from "../../base/clock.ts";
import { ProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { IdentifiedChip } from "../identify.ts";
import { F1OptionBytes } from "./f1-controller.ts";
import type { OptionController } from "./option-controller.ts";

/** The option bytes of a chip. Throws `option-bytes-unsupported` for a family whose rules are not known here. */
export function openOptionBytes(chip: IdentifiedChip, port: MemoryPort, clock: Clock): OptionController {
  const { row, flashBytes } = chip;
  if (row?.family === "STM32F1") return new F1OptionBytes(port, clock, { row, flashBytes });
  const family = row?.family ?? "an unknown chip";
  throw new ProbityError(
    "option-bytes-unsupported",
    row === undefined
      ? "The chip is not known, and neither are its option bytes: they are left alone."
      : `Probity does not know the rules for the option bytes of the ${family}: they are left alone.`,
    { facts: { chip: chip.name, family }, remedy: ["Use STM32CubeProgrammer for the option bytes of this chip."] },
  );
}
