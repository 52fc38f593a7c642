import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { withoutSleep } from "../board/core.ts";
import { contactOf } from "../wire/contact.ts";

/** A program whose output over RTT does not come. */
export const rttMissing: Rule = {
  name: "rtt-missing",
  why: "RTT is read from the target's RAM while the program runs: the tool looks there for a block that begins with a mark (SEGGER RTT), which the program writes at its start. RAM is not read while the chip is in STOP mode, or in sleep where the bus clock stops (DBGMCU_CR).",
  conclude(facts: FactSet) {
    const missing = facts.last("rtt-missing");
    if (missing === undefined || contactOf(facts).silent) return [];
    const loaded = facts.last("stage", isWritten);
    return [
      conclusion("rtt-not-found", {
        certainty: "likely",
        // Said before the work began, and no hindrance to it.
        ...(missing.value.symbol === false && { variant: "symbol", severity: "warning" }),
        ...(missing.value.logger === false && { variant: "logger", remedyFirst: [logger] }),
        ...(missing.value.wentOn === true && { severity: "warning" }),
        evidence: quotes(loaded, missing),
        weight: 56,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

const logger =
  "Link a logger and see that the program names it, or the linker leaves the crate out: `use defmt_rtt as _;` in the file of main (an example has its own), with defmt-rtt among the dependencies (an example's: dev-dependencies). And give the linker defmt's script: `-C link-arg=-Tdefmt.x` in .cargo/config.toml or build.rs; RUSTFLAGS in the environment takes the place of what is there.";

/** Messages that come anew, of a program that sleeps. */
export const rttRepeats: Rule = {
  name: "rtt-repeats",
  why: "The tool reads from RAM how far the program has written, and writes back how far it has read (SEGGER RTT). In sleep an STM32 stops the bus clock unless DBG_SLEEP keeps it (RM0008 31.16.1), and such accesses then read or write nothing that holds (probe-rs issue 350: wrong values, zeros).",
  conclude(facts: FactSet) {
    const again = facts.last("rtt-repeats");
    const sleeps = facts.last("program-sleeps");
    if (again === undefined || sleeps === undefined || facts.has("reset-flags") || facts.has("resets-seen")) return [];
    return [
      conclusion("firmware-low-power", {
        certainty: "possible",
        variant: "repeats",
        evidence: quotes(again, sleeps),
        remedyFirst: [withoutSleep],
        weight: 54,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
