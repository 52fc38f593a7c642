import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";

const retry =
  "Take a newer release of the tool, which asks again when it is told to wait, and longer (probe-run is given up: `probe-rs run`); a lower wire clock gives the chip more time between the questions, too.";
const fromRam =
  "Keep the work on flash short while a debugger reads along (a page at a time, output before and after it); on chips with two banks erase the one that the program does not run from.";

/** A debug port that answers WAIT behind a program that ran and printed. */
export const busHeldUp: Rule = {
  name: "bus-held-up-from-log",
  why: "WAIT says that an access through the access port is not done yet (ADIv5 B4.2.4): the port has power, pins and clock. While flash is erased or programmed a fetch from it stalls the bus (RM0444 3.3.7; RM0008, PM0075: the CPU is stalled until it is done), and a debugger's access behind it waits as long: some 20 to 40 ms for a page, seconds for a large sector.",
  conclude(facts: FactSet) {
    const lost = facts.last("target-lost");
    if (lost?.value.waits !== true || lost.source.from !== "log") return [];
    const loaded = facts.last("stage", isWritten);
    const writing = lost.value.writing === true;
    const evidence = quotes(loaded, lost);
    return [
      conclusion("target-lost", {
        certainty: writing ? "likely" : "possible",
        variant: writing ? "writing" : "waits",
        evidence,
        remedyFirst: writing ? [retry, fromRam] : [retry],
        weight: 60,
        explains: ["not-enough-to-tell", "wires-open"],
      }),
      ...(writing
        ? []
        : [conclusion("firmware-low-power", { certainty: "possible", variant: "possible", evidence, weight: 40 })]),
    ];
  },
};
