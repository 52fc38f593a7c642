import { hex32 } from "../../base/bytes.ts";
import { FactSet, quotes } from "../fact-set.ts";
import type { Fact, FactOf, Stage, Tool } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { asFinding, conclusion } from "../rule.ts";
import { asExpected } from "./as-expected.ts";

/**
 * The findings; and when there are none although the log shows a session that began and neither success nor failure, one
 * that says so: it was cut off before the end, or something that says nothing itself ended it. What somebody asks about
 * and is as it should be is answered beside it.
 */
export function withoutOutcome(findings: readonly Finding[], facts: readonly Fact[]): readonly Finding[] {
  if (findings.some(({ severity = "error" }) => severity === "error")) return findings;
  const set = new FactSet(facts);
  const { answers, open } = asExpected(set);
  const told = findings.filter(({ code }) => !answers.some(({ explains }) => explains.includes(code)));
  const rest = [...told, ...answers.map(asFinding)];
  if (told.some(({ severity }) => severity !== "note")) return rest;
  const found =
    leftUnused(set) ?? unanswered(set) ?? programmerStopped(set) ?? stoppedUnknown(set) ?? neverReached(set);
  if (found === undefined) return [...askedAbout(set, open), ...rest];
  const finding = asFinding(
    conclusion("not-enough-to-tell", {
      certainty: "possible",
      variant: "no-outcome",
      values: { known: found.known, next: found.next },
      evidence: quotes(...found.seen),
    }),
  );
  return [finding, ...rest];
}

/** All went well as far as tools tell, and a person tells of something else. */
function askedAbout(set: FactSet, asked: FactOf<"complaint"> | undefined): Finding[] {
  if (asked === undefined) return [];
  const { text } = asked.value;
  const reached = set.last("stage", ({ stage, reached }) => reached && stage !== "started");
  const next = /\b(?:sw[ov]|itm|trace)\b/i.test(text)
    ? ofTrace
    : reached !== undefined && done.has(reached.value.stage)
      ? ofProgram
      : ofSession;
  return [
    asFinding(
      conclusion("not-enough-to-tell", {
        certainty: "possible",
        variant: "asked",
        values: { complaint: text.length > 160 ? `${text.slice(0, 160)}...` : text, next },
        evidence: quotes(asked, reached),
      }),
    ),
  ];
}

const ofTrace =
  "SWO shows nothing, or nonsense, when the core clock that the tool was told is not the one that the program sets, when the program uses the SWO pin (PB3) otherwise, or when nobody set up ITM, TPIU and DBGMCU_CR's TRACE_IOEN: read SystemCoreClock and those registers while the program runs.";
const ofProgram =
  "Look at the program itself, without a reset: `probity doctor` with the board attached reads where the core is, the fault registers, the vector table and which memory stands at address 0; in GDB, attach, then `bt` and `info registers`.";
const ofSession =
  "Give the text in which it goes wrong, from the first line of the tool to its last, with its full log (ST's server: -l 31 -v -f FILE; OpenOCD: -d3), or run `probity doctor` with the board attached.";

interface NoOutcome {
  readonly known: string;
  readonly next: string;
  readonly seen: readonly Fact[];
}

/** Stages at which a session has done what it was begun for, or waits for what comes next with all well. */
const reachedTarget: ReadonlySet<Stage> = new Set([
  "target-connected",
  "identified",
  "server-ready",
  "client-connected",
  "erased",
  "programmed",
  "verified",
  "running",
]);

/** What only a session has from which something was wanted: a list of probes or a version is complete in itself. */
function begins(each: Fact): boolean {
  const tool: Tool | undefined = each.source.from === "log" ? each.source.tool : undefined;
  switch (each.kind) {
    case "wire-clock":
    case "voltage":
    case "connect-mode":
      return true;
    case "option":
      return tool === "st-link-gdbserver" || each.value.name === "initialize-reset";
    case "chip-name":
      return tool === "pyocd";
    case "stage":
      return tool === "cortex-debug" && each.value.stage === "started";
    default:
      return false;
  }
}

/** A session that began, and of whose target nothing is told. */
function neverReached(set: FactSet): NoOutcome | undefined {
  const began = set.facts.filter(begins);
  const last = began.at(-1);
  if (last === undefined) return undefined;
  const answered =
    set.has("stage", ({ stage, reached }) => reached && reachedTarget.has(stage)) ||
    set.has("wire-answer", ({ answer }) => answer === "ok") ||
    [
      "device-id",
      "idcode",
      "core",
      "core-register",
      "flash-size",
      "flash-read",
      "stop",
      "boot-loader",
      "watchdog-by-hardware",
    ].some((kind) => set.has(kind as Fact["kind"]));
  if (answered) return undefined;
  const launched = last.source.from === "log" && last.source.tool === "cortex-debug";
  return {
    known: "it ends before anything was reached, or before it is told what failed",
    next: launched
      ? "Look at the other consoles of the editor (OUTPUT, Adapter Output; TERMINAL, gdb-server). Then run by hand what the last line launches: `arm-none-eabi-gdb --version` must answer, and the server's own last line names what it misses."
      : "Give the whole text, to the tool's last line, or run `probity doctor` with the board attached.",
    seen: [began[0], last],
  };
}

/** ST's server had STM32CubeProgrammer begin a download, and of that no more is told than which chip it found. */
function programmerStopped(set: FactSet): NoOutcome | undefined {
  const came = set.first("stage", ({ stage, reached }) => stage === "client-connected" && reached);
  const chip = set.last("device-id", ({ id }) => id !== 0);
  if (came?.source.from !== "log" || came.source.tool !== "st-link-gdbserver") return undefined;
  if (chip?.source.from !== "log" || chip.source.tool !== "stm32cubeprogrammer" || !set.before(came, chip))
    return undefined;
  const used =
    set.has("server-ended") ||
    set.has("stage", ({ stage, reached }) => reached && done.has(stage)) ||
    ["stop", "image-part", "flash-read"].some((kind) => set.has(kind as Fact["kind"]));
  if (used) return undefined;
  const clock = set.last("wire-clock");
  return {
    known:
      "the server had the programmer connect for a download, and its output ends at the chip's name: it hangs there, or the text was cut off",
    next: "Lower the wire clock (ST's server: --frequency 950; in STM32CubeIDE: Debugger tab, Frequency), and program the same file with STM32CubeProgrammer by itself: it tells on.",
    seen: clock === undefined ? [came, chip] : [came, clock, chip],
  };
}

/** A debugger that shows where the core stopped, and has no source of it. */
function stoppedUnknown(set: FactSet): NoOutcome | undefined {
  const stop = set.last("stop");
  if (stop?.value.unknown !== true || stop.value.pc === undefined) return undefined;
  return {
    known: `the core stopped at ${hex32(stop.value.pc)}, of which the ELF file has no debug information`,
    next: "Ask GDB `info symbol $pc`, `bt` and `p/x $xpsr` (its low 9 bits are the exception: 3 is a HardFault). A name of a library, or of the start-up code in assembler, is harmless: step out of it. No name at all: what is in flash is another program than the file that is debugged (no download, or a boot loader), or the program jumped astray.",
    seen: [stop],
  };
}

/** GDB shows where the core stands as soon as its server has answered it; here it shows nothing. */
function unanswered(set: FactSet): NoOutcome | undefined {
  const came = set.last("stage", ({ stage, reached }) => stage === "client-connected" && reached);
  const asked = set
    .all("stage", ({ stage, reached }) => stage === "client-connected" && reached)
    .find(({ source }) => source.from === "log" && source.tool === "gdb");
  if (came?.source.from !== "log" || came.source.tool !== "st-link-gdbserver" || asked === undefined) return undefined;
  const worked = set.facts.some(
    (each) =>
      set.before(came, each) && (each.kind === "stage" || answers.has(each.kind) || each.kind === "server-ended"),
  );
  if (worked) return undefined;
  const initialised = set.last("option", ({ name, value }) => name === "external-init" && value === "true");
  const loader = set.last("loader");
  return {
    known:
      "GDB came to the server, and nothing is told after that, not even where the core stands: the server hangs, or the text was cut off",
    next: `${initialised === undefined && loader === undefined ? "" : "Start the server once without the external loader (no --extload, no --external-init): it works on the loader before it answers. "}Check that the access port (-m) is that of this chip's core, connect under reset (-k), and let the server write a full log (-l 31 -v -f FILE): its last line names what it waits for.`,
    seen: [initialised, asked, came].filter((each) => each !== undefined),
  };
}

/** What GDB, or the server for it, tells of a core. */
const answers: ReadonlySet<Fact["kind"]> = new Set(["stop", "image-part", "flash-read", "core", "core-register"]);

const done: ReadonlySet<Stage> = new Set(["loader-run", "erased", "programmed", "verified", "running"]);

/** A server that ended with its debugger, which did nothing through it. */
function leftUnused(set: FactSet): NoOutcome | undefined {
  const came = set.first("stage", ({ stage, reached }) => stage === "client-connected" && reached);
  const ended = set.last("server-ended", ({ why }) => why === "unknown");
  if (came === undefined || ended === undefined || !set.before(came, ended)) return undefined;
  if (ended.source.from !== "log" || ended.source.tool !== "st-link-gdbserver") return undefined;
  const used =
    set.has("stage", ({ stage, reached }) => reached && done.has(stage)) ||
    ["stop", "image-part", "flash-read"].some((kind) => set.has(kind as Fact["kind"]));
  if (used) return undefined;
  return {
    known: "a debugger came, nothing is told of what it did, and the server ended",
    next: "The reason stands on the debugger's side: look at GDB's or the IDE's own console. Then check that the access port (-m) is that of this chip's core, and let the server write a full log (-l 31 -v -f FILE).",
    seen: [came, ended],
  };
}
