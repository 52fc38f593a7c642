import { comesAndGoes } from "../../comes-and-goes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { lowPowerChip } from "../board/jumpers.ts";
import { contactOf } from "../wire/contact.ts";

/** A log in which even connect under reset brought no answer: without NRST wired that is no connect under reset. */
export const silentUnderResetFromLog: Rule = {
  name: "silent-under-reset-from-log",
  why: "Connect under reset holds the chip by NRST. Probes with four wires leave NRST open, and then the program runs and may have switched SWD off; a log does not show whether NRST is wired.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { silentUnderReset, answered, silent } = contactOf(facts);
    if (!silent || answered !== undefined || silentUnderReset?.source.from !== "log") return [];
    if (facts.has("voltage", ({ volts }) => volts < 1.65)) return [];
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
    const loaded = facts.last("stage", isWritten);
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
        explains: ["target-lost"],
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
    // ST's server says so, and answers GDB so, of nothing but a target that a debugger works with.
    // A tool that came to a running target (hot plug) left it running, too.
    const attached = attachedTo(facts);
    const runs = lost.source.tool === "st-link-gdbserver" || lost.source.tool === "gdb" || attached !== undefined;
    if (client === undefined && !runs) return [];
    // The debugger's last word of the core was why it had halted (DFSR; ARMv7-M C1.6.1).
    const halted = facts.last("register", ({ name, value }) => name === "DFSR" && value !== 0);
    const ran = letRun(facts);
    const still = halted !== undefined && ran === undefined && facts.before(halted, lost);
    // A program that was seen to run is the first suspect; GDB is told of the loss as it waits for one.
    const suspected = still || ran !== undefined || attached !== undefined || lost.source.tool === "gdb";
    const evidence = quotes(client, attached, lost);
    const shared = { certainty: "possible", variant: "possible", evidence } as const;
    return [
      ...(still
        ? [
            conclusion("not-enough-to-tell", {
              certainty: "possible",
              values: {
                known: "the target was lost after its core had halted, and nothing says that its program ran since",
                next: "See what NRST and the supply do at that moment, try another cable, a lower wire clock and newer firmware for the probe; then let the server write a full log (ST's: -l 31 -v -f FILE) and explain that.",
              },
              evidence: quotes(client, halted, lost),
              weight: 48,
            }),
          ]
        : []),
      // Above the ones that it leaves open, unless something points at one of them.
      ...(suspected ? [] : [lostOf(facts, lost, 47)]),
      conclusion("firmware-disables-swd", { ...shared, weight: 46, explains: suspected ? ["target-lost"] : [] }),
      conclusion("firmware-low-power", { ...shared, weight: lowPowerChip(facts) === undefined ? 44 : 46.5 }),
    ];
  },
};

/** A tool came to a running target (hot plug), and left it running. */
function attachedTo(facts: FactSet): Fact | undefined {
  return facts.last("wire-answer", ({ answer, manner }) => answer === "ok" && manner === "attach");
}

function letRun(facts: FactSet): Fact | undefined {
  return facts.last("stage", ({ stage, reached }) => stage === "running" && reached);
}

/** The core stands still meanwhile, or runs the tool's own code. */
const flashWork: ReadonlySet<string> = new Set(["erase", "program", "verify"]);

function lostOf(facts: FactSet, lost: FactOf<"target-lost">, weight: number): Conclusion {
  return conclusion("target-lost", {
    certainty: "possible",
    ...(flashWork.has(lost.value.during) && { variant: "work" }),
    evidence: quotes(lost, facts.last("voltage")),
    weight,
  });
}

/** Lost, and nothing shows at what. */
export const lostAnyhow: Rule = {
  name: "lost-anyhow-from-log",
  why: "What answered once has its wires and its supply; between that and silence lies whatever was done in the session, a reset above all, after which a program runs until the core is stopped.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { lost, silent } = contactOf(facts);
    if (lost?.source.from !== "log" || facts.has("probe-trouble")) return [];
    // One that came back had broken the work on flash off all the same.
    const broke = flashWork.has(lost.value.during) ? facts.last("flash-trouble") : undefined;
    const done = facts.last("stage", isWritten);
    const mended = broke === undefined || (done !== undefined && facts.before(broke, done));
    if (!silent && mended && !comesAndGoes(facts)) return [];
    // Above the wires alone (wiresOpen); whatever knows more of the loss explains it.
    return [lostOf(facts, lost, 21)];
  },
};

function lineOf({ source }: Fact): number {
  return source.from === "log" ? source.line : 0;
}

/** It answered in an earlier run of the tools, and answers nothing in a later one. */
export const silentInLaterRun: Rule = {
  name: "silent-in-later-run-from-log",
  why: "Between two runs of a tool a chip runs its program: what was written into it, or what ran once the debugger let go. The same probe on the same wires reached it before, which leads seldom change by themselves.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { answered, lost, silent, silentNormally, silentUnderReset } = contactOf(facts);
    if (answered?.source.from !== "log" || lost !== undefined || !silent) return [];
    const none = [silentNormally, silentUnderReset].find((each) => each !== undefined && facts.before(answered, each));
    if (none === undefined || none.value.answer !== "none") return [];
    if (facts.has("voltage", ({ volts }) => volts < 1.65) || facts.has("probe-trouble")) return [];
    const written = facts.last("stage", isWritten);
    // In one run a chip that is lost between two steps was not let go: that is another case.
    const begun = facts.all("stage", ({ stage }) => stage === "started" || stage === "probe-opened");
    const again = begun.some((each) => lineOf(each) > lineOf(answered) && facts.before(each, none));
    if (written !== answered && !again) return [];
    if (facts.all("option-bytes-written").some((each) => facts.before(answered, each))) return [];
    const likely = written !== undefined && none === silentNormally;
    const evidence = quotes(written ?? answered, none);
    return [
      conclusion("firmware-disables-swd", {
        certainty: likely ? "likely" : "possible",
        variant: likely ? "likely" : "known",
        values: {
          known:
            written === undefined
              ? "the target answered in an earlier run of the tool, and not in a later one"
              : "the target answered until a program was written into it, and not in a later run of the tool",
        },
        evidence,
        weight: 46,
        explains: likely ? ["not-enough-to-tell"] : [],
      }),
      conclusion("firmware-low-power", { certainty: "possible", variant: "possible", evidence, weight: 44 }),
      conclusion("wires-open", { certainty: "possible", variant: "intermittent", evidence, weight: 20 }),
    ];
  },
};
