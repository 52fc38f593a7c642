import { baseName } from "../base/paths.ts";
import type { Stage } from "../diagnose/facts.ts";
import type { LogExplanation } from "../diagnose/logs/explain-log.ts";
import type { SpokenTool } from "../diagnose/logs/read-log.ts";
import type { SessionSummary } from "../diagnose/logs/session-summary.ts";
import { toolNames } from "../diagnose/tool-names.ts";
import { findingLines, labelled } from "./finding-words.ts";

/** Findings told in full; of the others a line each. */
const IN_FULL = 2;
const REST = 5;

const stageWords: Readonly<Record<Stage, string>> = {
  started: "started",
  "probe-opened": "the probe was opened",
  "target-connected": "the target was connected",
  identified: "the chip was identified",
  "loader-run": "an external loader was run",
  "server-ready": "the server was ready",
  "client-connected": "a debugger was connected",
  erased: "flash was erased",
  programmed: "flash was programmed",
  verified: "flash was programmed and verified",
  running: "the program ran",
};

const failedWords: Partial<Readonly<Record<Stage, string>>> = {
  "loader-run": "external loader",
  "server-ready": "start of the server",
  "target-connected": "connecting to the target",
  programmed: "programming",
  erased: "erasing",
  verified: "verification",
};

/** An explanation as its user reads it. */
export function explanationLines(file: string, explanation: LogExplanation): string[] {
  const { tools, session, findings, notes, excluded, remarks, failure } = explanation;
  const name = file === "-" ? "standard input" : baseName(file);
  if (tools.length === 0) {
    return [
      `${name}: no tool was recognised in ${explanation.lineCount} line${explanation.lineCount === 1 ? "" : "s"}, so nothing is concluded.`,
      ...labelled("Known:", [`output of ${Object.values(toolNames).join(", ")}`]),
    ];
  }
  const lines = [
    `${name}: ${tools.map(toolText).join(", ")}`,
    ...labelled(
      "Session:",
      [sessionText(session)].filter((text) => text !== ""),
    ),
    ...labelled(
      "Reached:",
      [reachedText(session)].filter((text) => text !== ""),
    ),
  ];
  // Where nothing failed, what is merely worth knowing is told in a line each.
  const grave = failure ? findings : findings.filter(({ severity = "error" }) => severity === "error");
  // What somebody asked about is answered with what to do.
  const answers = [...findings, ...notes].filter(({ code }) => code === "as-expected");
  const inFull = [...grave, ...answers].slice(0, IN_FULL);
  if (grave.length === 0) {
    lines.push(
      "",
      failure
        ? "A failure is seen, but what was read does not tell its cause."
        : "No failure is seen in what was read.",
    );
  }
  for (const finding of inFull) lines.push("", ...findingLines(finding));
  const rest = [...findings, ...notes].filter((each) => !inFull.includes(each)).slice(0, REST);
  if (rest.length > 0) {
    lines.push(
      "",
      ...labelled(
        "Also:",
        rest.map(({ cause, certainty, code }) => `${cause} (${certainty}) [${code}]`),
      ),
    );
  }
  if (excluded.length > 0) {
    lines.push(
      "",
      ...labelled(
        "Not:",
        excluded.map(({ what, evidence }) => `${what}. ${evidence.join("; ")}`),
      ),
    );
  }
  if (remarks.length > 0) {
    lines.push(
      "",
      ...labelled(
        "Log:",
        remarks.map(({ text, evidence }) => `${text} ${shortly(evidence)}`),
      ),
    );
  }
  return lines;
}

function toolText({ name, version }: SpokenTool): string {
  return version === undefined ? toolNames[name] : `${toolNames[name]} ${version}`;
}

function sessionText(session: SessionSummary): string {
  const id = session.deviceId === undefined ? undefined : `0x${session.deviceId.toString(16).toUpperCase()}`;
  const connects = { "under-reset": "connect under reset", normal: "normal connect", attach: "attach" } as const;
  const parts = [
    session.probe ?? (session.probeFirmware === undefined ? undefined : "ST-LINK"),
    session.probeFirmware,
    session.volts === undefined ? undefined : `${session.volts.toFixed(2)} V`,
    session.protocol?.toUpperCase(),
    session.wireClockKhz === undefined ? undefined : `${session.wireClockKhz} kHz`,
    session.connect === undefined ? undefined : connects[session.connect],
    id === undefined ? session.chip : session.chip === undefined ? `device ID ${id}` : `${session.chip} (${id})`,
    session.loader === undefined ? undefined : `external loader ${session.loader}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function reachedText({ reached, failedAt }: SessionSummary): string {
  const failed = failedAt === undefined ? undefined : (failedWords[failedAt] ?? failedAt);
  const far = reached === undefined ? undefined : stageWords[reached];
  return [far, failed === undefined ? undefined : `failed at: ${failed}`]
    .filter((part) => part !== undefined)
    .join("; ");
}

/** Of several lines the number alone. */
function shortly(evidence: readonly string[]): string {
  if (evidence.length === 0) return "";
  const numbers = evidence.map((line) => /^line (\d+)/.exec(line)?.[1]);
  if (numbers.some((each) => each === undefined)) return `(${evidence.join("; ")})`;
  return `(line${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")})`;
}
