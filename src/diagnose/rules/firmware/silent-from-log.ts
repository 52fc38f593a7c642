import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "../wire/contact.ts";

/** A log in which even connect under reset brought no answer: without NRST wired that is no connect under reset. */
export const silentUnderResetFromLog: Rule = {
  name: "silent-under-reset-from-log",
  why: "Connect under reset holds the chip by NRST. Probes with four wires leave NRST open, and then the program runs and may have switched SWD off; a log does not show whether NRST is wired.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { silentUnderReset, answered, silent } = contactOf(facts);
    if (!silent || answered !== undefined || silentUnderReset?.source.from !== "log") return [];
    if (facts.has("nrst-follows") || facts.has("voltage", ({ volts }) => volts < 1.65)) return [];
    return [
      conclusion("firmware-disables-swd", {
        certainty: "possible",
        variant: "possible",
        evidence: quotes(silentUnderReset),
        weight: 45,
      }),
    ];
  },
};

/** Lost between a download that went well and the program's first instruction, as far as the log goes. */
export const lostWhileHalted: Rule = {
  name: "lost-while-halted-from-log",
  why: "A debugger sets its breakpoints while the core stands still: a target that is lost then was not taken away by its program, and wires that carried a whole download seldom fail just there.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { lost, silent } = contactOf(facts);
    if (lost?.value.during !== "step" || lost.source.from !== "log" || !silent) return [];
    const loaded = facts.last(
      "stage",
      ({ stage, reached }) => reached && (stage === "programmed" || stage === "verified"),
    );
    return [
      conclusion("not-enough-to-tell", {
        certainty: "possible",
        values: {
          known:
            loaded === undefined
              ? "the target was lost while breakpoints were worked at, and nothing says that its program ran"
              : "the target was lost right after a good download, while breakpoints were worked at, and nothing says that its program ran",
          next: "Try another release of the server (or another one), and a lower wire clock; then let it write a full log (ST's server: -l 31 -v -f FILE) and explain that.",
        },
        evidence: quotes(loaded, lost),
        weight: 48,
      }),
    ];
  },
};

/** Lost in a session of which the log does not tell what was done: with the debugger there, programs are let run. */
export const lostInSession: Rule = {
  name: "lost-in-session-from-log",
  why: "A debugger is there to let programs run, and a server says of a target that its program took away (pins, STOP mode) no more than that it does not respond. Wires and supply that were good enough to connect seldom fail just then.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { lost, silent, silentNormally, silentUnderReset } = contactOf(facts);
    if (lost === undefined || !silent || lost.value.during !== "session" || lost.source.from !== "log") return [];
    if (silentNormally !== undefined || silentUnderReset !== undefined) return [];
    if (facts.has("voltage", ({ volts }) => volts < 1.65) || facts.has("probe-trouble") || facts.has("flash-trouble")) {
      return [];
    }
    const client = facts.last("stage", ({ stage, reached }) => reached && stage === "client-connected");
    if (client === undefined) return [];
    const evidence = quotes(client, lost);
    const shared = { certainty: "possible", variant: "possible", evidence } as const;
    return [
      conclusion("firmware-disables-swd", { ...shared, weight: 46 }),
      conclusion("firmware-low-power", { ...shared, weight: 44 }),
    ];
  },
};
