import { FactSet, quotes } from "../fact-set.ts";
import type { Fact, FactOf } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { asFinding, conclusion } from "../rule.ts";
import { toolNames } from "../tool-names.ts";

/** The findings; and when none of them is an error though something failed, one that says what is known and what next. */
export function withUndecided(
  findings: readonly Finding[],
  facts: readonly Fact[],
  standing: readonly Fact[],
): readonly Finding[] {
  if (standing.length === 0) return findings;
  // A warning that quotes what failed explains it.
  const failed = new Set(quotes(...standing));
  const isTold = findings.some(
    ({ severity = "error", evidence }) =>
      severity === "error" || (severity === "warning" && evidence.some((each) => failed.has(each))),
  );
  if (isTold) return findings;
  const set = new FactSet(facts);
  const reached = set.last("device-id") ?? set.last("wire-answer", ({ answer }) => answer === "ok") ?? set.last("core");
  const probe =
    set.last("probe-firmware") ??
    set.last("voltage") ??
    set.last("stage", ({ stage, reached }) => stage === "probe-opened" && reached);
  const after =
    reached !== undefined
      ? "after the chip had been reached"
      : probe !== undefined
        ? "after the probe had been opened"
        : "and what was reached before is not told";
  const text = standing.findLast((each): each is FactOf<"unknown-error"> => each.kind === "unknown-error")?.value.text;
  const next = bootLoader.test(text ?? "")
    ? "Put the chip into ST's boot loader (BOOT0 high, then a reset), and connect the interface that it listens to: the chip's own USB socket, not the probe's, or a UART of AN2606. On Windows its USB device needs the WinUSB driver."
    : reached !== undefined
      ? "Run `probity doctor` with the board attached, or let the tool write a full log (ST's server: -l 31 -v -f FILE) and explain that."
      : "Try connect under reset at a low clock (ST's server: -k --frequency 950), or run `probity doctor` with the board attached.";
  // That a stage was not reached says less than the words of the error that stopped it.
  const known = standing.filter(({ kind }) => kind !== "unknown-error" && kind !== "stage");
  const last = standing.findLast((each): each is FactOf<"unknown-error"> => each.kind === "unknown-error");
  if (known.length === 0 && last !== undefined) {
    const told = reached === undefined && probe === undefined ? ofConfiguration(last) : undefined;
    return [told ?? inItsWords(last, reached, next), ...findings];
  }
  const first = standing.find(({ kind }) => kind !== "verdict" && kind !== "server-ended") ?? standing[0];
  const refusedBy = standing.findLast(
    (each): each is FactOf<"client-trouble"> => each.kind === "client-trouble" && each.value.what === "protocol",
  );
  const told = refusedBy === undefined ? undefined : refusal(refusedBy.value.detail ?? "");
  const finding = asFinding(
    conclusion("not-enough-to-tell", {
      certainty: "possible",
      values: { known: told?.known ?? `something failed ${after}`, next: told?.next ?? next },
      evidence: quotes(reached, first, standing.at(-1)),
    }),
  );
  return [finding, ...findings];
}

/** What a GDB server's answer with an error says, by the command that it was for. */
function refusal(words: string): { known: string; next: string } | undefined {
  if (!/remote failure reply/i.test(words)) return undefined;
  return {
    known:
      "the server took GDB's connection and answered a request with an error: it could not read or stop the core, which is read-protected, held in reset, or no longer answers",
    next: "Read the server's own output (-l 31 -v -f FILE for ST's) and explain that; try connect under reset (-k), and look at read protection with STM32CubeProgrammer.",
  };
}

/** ST's boot loader did not answer, or was not there: over USB, or over a UART. */
const bootLoader = /\bdfu\b|\bactivating device\b|boot ?loader|\bCOM\d+\b|\/dev\/tty/i;

/** An error of Tcl, in which OpenOCD's configuration is written: it names the file and line that were run. */
const tcl = /^\S{1,200}\.(?:tcl|cfg):\d{1,6}: (?:error: *)?(.{4,})/i;

function ofConfiguration(last: FactOf<"unknown-error">): Finding | undefined {
  const match = tcl.exec(last.value.text);
  if (match === null || last.source.from !== "log" || last.source.tool !== "openocd") return undefined;
  return asFinding(
    conclusion("config-unfit", {
      certainty: "likely",
      variant: "words",
      values: { command: match[1].slice(0, 160) },
      evidence: quotes(last),
    }),
  );
}

/** A tool's own last words, when nothing else says that something failed. */
function inItsWords(last: FactOf<"unknown-error">, reached: Fact | undefined, next: string): Finding {
  const speaker = last.source.from === "log" ? last.source.tool : undefined;
  const text = last.value.text.length > 160 ? `${last.value.text.slice(0, 160)}...` : last.value.text;
  return asFinding(
    conclusion("not-enough-to-tell", {
      certainty: "possible",
      variant: "words",
      values: {
        tool: speaker === undefined || speaker === "other" || speaker === "system" ? "The tool" : toolNames[speaker],
        text,
        next,
      },
      evidence: quotes(reached, last),
    }),
  );
}
