import { FactSet } from "../diagnose/fact-set.ts";
import type { Finding } from "../diagnose/finding.ts";
import { probeName } from "../session/survey/probe-steps.ts";
import type { Survey } from "../session/survey/survey.ts";
import type { DoctorPage } from "./doctor.ts";
import { findingLines, labelled } from "./finding-words.ts";

/** Findings told in full; of the others one line each. */
const IN_FULL = 3;
/** So many have a line; the rest is counted. */
const IN_SHORT = 15;

/** The page: what was found, then what is wrong, worst first, and what is merely worth knowing under a heading of its own. */
export function doctorLines(page: DoctorPage): string[] {
  const rows = [...(page.survey === undefined ? [] : liveTable(page.probeText, page.survey)), ...projectTable(page)];
  const lines = rows.flatMap(([label, text]) => (text === "" ? [] : labelled(label, [text])));
  const wrong = page.findings.filter(({ severity }) => severity !== "note");
  const notes = page.findings.filter(({ severity }) => severity === "note");
  if (wrong.length === 0) lines.push("", "Nothing is wrong.");
  if (page.project !== undefined && page.project.notes.length > 0)
    lines.push("", ...labelled("Note:", page.project.notes));
  lines.push(...told(wrong, IN_FULL));
  if (notes.length > 0) lines.push("", "Worth knowing", ...told(notes, Math.max(IN_FULL - wrong.length, 0)));
  return lines;
}

/** So many findings in full, and the others in a line each. */
function told(findings: readonly Finding[], inFull: number): string[] {
  const lines = findings.slice(0, inFull).flatMap((finding) => ["", ...findingLines(finding)]);
  const rest = findings.slice(inFull);
  if (rest.length === 0) return lines;
  const more = rest.length - IN_SHORT;
  const short = rest.slice(0, IN_SHORT).map(shortly);
  const label = inFull === 0 ? "Notes:" : "Also:";
  return [...lines, "", ...labelled(label, more > 0 ? [...short, `and ${more} more; --json has them all`] : short)];
}

/** A finding in a line. */
export function shortly({ cause, certainty, code }: Finding): string {
  return `${cause} (${certainty}) [${code}]`;
}

/** The page for machines: every fact that was read, and the findings. */
export function doctorJson({ probeText, survey, project, findings }: DoctorPage): Record<string, unknown> {
  return {
    probe: survey === undefined ? undefined : probeText,
    firmware: survey?.probe?.firmware,
    chip: survey?.chip?.name,
    state: survey?.core?.state,
    project,
    findings,
    facts: (survey?.facts ?? []).map(({ kind, value, source }) => ({
      kind,
      value,
      read: source.from === "target" ? source.what : source,
    })),
  };
}

type TableRow = readonly [label: string, text: string];

/** What was looked at in the project, and the chip it was judged by. */
function projectTable({ project, survey }: DoctorPage): TableRow[] {
  if (project === undefined) return [];
  const { chip, iocs, program, configurations } = project.summary;
  const parts = join(program, ...iocs, configurations.length === 0 ? undefined : configurations.join(", "));
  return [
    ...(survey === undefined ? [["Probe:", "none is attached: only the project was looked at"] as const] : []),
    ["Project:", parts === "" ? `${project.folder}: nothing that could be looked at` : parts],
    ["For:", chip === undefined ? "" : `${chip.name} (${chip.from})`],
  ];
}

function liveTable(probeText: string, survey: Survey): TableRow[] {
  const facts = new FactSet(survey.facts);
  const { probe, chip, core } = survey;
  const volts = facts.last("voltage");
  const clock = facts.last("wire-clock");
  const dpidr = facts.last("idcode");
  const follows = facts.last("nrst-follows");
  const size = chip === undefined || chip.flashBytes === 0 ? undefined : `${chip.flashBytes / 1024} KiB of flash`;
  const answered = facts.all("wire-answer", ({ answer: got }) => got === "ok");
  const underReset = answered.length > 0 && answered.every(({ value }) => value.manner === "under-reset");
  const answer =
    clock !== undefined || answered.length > 0
      ? `answers${underReset ? " only under reset" : ""}${clock === undefined ? "" : `${underReset ? "," : ""} at ${clock.value.khz} kHz`}`
      : "does not answer";
  return [
    [
      "Probe:",
      probe === undefined ? `${probeText}: not opened` : `${probeName(probe)}, ${probe.firmware}, ${probe.serial}`,
    ],
    [
      "Wires:",
      probe === undefined
        ? ""
        : join(
            volts && `${volts.value.volts.toFixed(2)} V`,
            `SWD ${answer}`,
            dpidr && `DPIDR 0x${dpidr.value.value.toString(16).padStart(8, "0")}`,
            nrstText(follows?.value.follows),
          ),
    ],
    [
      "Chip:",
      chip === undefined
        ? ""
        : join(
            chip.name,
            chip.deviceId === undefined ? undefined : `device ID 0x${chip.deviceId.toString(16)}`,
            chip.revision && `revision ${chip.revision}`,
            size,
            core?.identity.name,
          ),
    ],
    ["Core:", core === undefined ? "" : coreText(core.state)],
  ];
}

function nrstText(follows: boolean | undefined): string {
  if (follows === undefined) return "NRST not tested (--reset does)";
  return follows ? "NRST works" : "NRST has no effect";
}

function coreText(state: string): string {
  return state === "in-reset" ? "held in reset" : state === "lockup" ? "in lockup" : state;
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(", ");
}
