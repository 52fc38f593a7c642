import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** A UART's receiver stands an error of a few per cent in all; the clock's share in SWO's is as large as the difference. */
const ALLOWED = 0.02;

/** A trace by SWO that is set up for another clock than the core has. */
export const traceClockWrong: Rule = {
  name: "trace-clock-wrong",
  why: "SWO's bit rate is the trace clock, which is the core's, divided by TPIU_ACPR + 1 (ARMv7-M C1.10.4): the debugger computes the divider from the clock that it is told, and listens at the rate that would come of it.",
  conclude(facts) {
    const told = facts.last("option", ({ name, value }) => name === "cpu-clock" && Number(value) > 0);
    const clock = facts.last("core-clock");
    if (told === undefined || clock === undefined) return [];
    const { hertz } = clock.value;
    const given = Number(told.value.value);
    if (Math.abs(given / hertz - 1) <= ALLOWED) return [];
    return [
      conclusion("launch-value-wrong", {
        certainty: "likely",
        values: {
          configuration: "The set-up of the trace (SWV, SWO)",
          what: `it takes the core's clock to be ${mega(given)} MHz, and the program has it at ${mega(hertz)} MHz (SystemCoreClock), so what comes over SWO has another bit rate than the one that is listened for, and arrives as junk`,
          correction: `Give ${mega(hertz)} MHz as core clock: STM32CubeIDE, Debugger tab > Serial Wire Viewer > Core Clock; ST's server: -a ${hertz}; cortex-debug, swoConfig: "cpuFrequency": ${hertz}. Leave the SWO clock at a rate that it divides into.`,
        },
        evidence: quotes(told, clock),
        weight: 70,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

function mega(hertz: number): string {
  return String(Math.round(hertz / 1e4) / 100);
}
