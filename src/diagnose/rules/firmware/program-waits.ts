import { quotes } from "../../fact-set.ts";
import type { FactSource } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";

const startTick =
  'SysTick_Handler() has to be there by that very name (extern "C" in C++) and call HAL_IncTick(); HAL_Init() comes first in main(); interrupts are on (PRIMASK 0: `p $primask`); nothing waits in an interrupt of the same or a higher priority than SysTick\'s (lowest by default). Beside an operating system the HAL wants a timer of its own (STM32CubeMX: SYS, Timebase Source).';

/** A program that was stopped in a loop whose condition is a register's. */
export const programWaits: Rule = {
  name: "program-waits-from-log",
  why: "The line that GDB shows of a program that was interrupted is where it is most of the time: a loop without a body that reads a peripheral's register goes on until the hardware sets or clears that bit.",
  conclude(facts) {
    const tick = facts.last("tick-stopped");
    if (tick !== undefined) {
      return [
        conclusion("program-waits", {
          certainty: "likely",
          variant: "tick",
          values: { condition: tick.value.value },
          evidence: quotes(facts.last("stop"), tick),
          remedyFirst: [startTick],
          weight: 47,
          explains: ["not-enough-to-tell"],
        }),
      ];
    }
    const waits = facts.last("waits-for", (value) => "condition" in value);
    if (waits === undefined || !("condition" in waits.value)) return [];
    // Let run again, and stopped elsewhere.
    const later = facts.last("stop", ({ function: name }) => name !== undefined);
    if (later !== undefined && facts.before(waits, later) && !sameStop(waits.source, later.source)) return [];
    return [
      conclusion("program-waits", {
        certainty: "possible",
        values: { condition: waits.value.condition },
        evidence: quotes(waits),
        weight: 45,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** A back-trace that follows tells of the same stop. */
function sameStop(one: FactSource, other: FactSource): boolean {
  return one.from === "log" && other.from === "log" && /^#/.test(other.text) && other.line - one.line <= 3;
}
