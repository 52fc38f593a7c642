import { type Command, InvalidArgumentError } from "commander";
import { diagnose } from "../diagnose/diagnose.ts";
import { FactSet } from "../diagnose/fact-set.ts";
import type { Finding } from "../diagnose/finding.ts";
import { prejudgeLoader } from "../diagnose/loader/prejudge-loader.ts";
import { diagnoseProject, type ProjectSummary } from "../diagnose/project/diagnose-project.ts";
import type { LiveChip } from "../diagnose/project/project-chip.ts";
import { withUnknownCause } from "../diagnose/unknown-cause.ts";
import { probeSpecWithEngine } from "../session/engine-of-spec.ts";
import { type ResetPolicy, type Survey, survey } from "../session/survey/survey.ts";
import { doctorJson, doctorLines } from "./doctor-page.ts";
import { withEngineOption } from "./engine-option.ts";
import { loaderFolders, loaderFoldersVariable, openLoader } from "./find-loaders.ts";
import { clockNote } from "./one-shot.ts";
import { findProjectFiles } from "./project-files.ts";
import { type RecordOptions, recordChoice, withRecordOptions } from "./record-options.ts";
import { probeForms } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";
import { noticeLines } from "./words.ts";

interface DoctorOptions extends RecordOptions {
  readonly probe?: string;
  readonly engine?: string;
  readonly json?: boolean;
  /** `--reset`: true, `--no-reset`: false, neither: undefined. */
  readonly reset?: boolean;
  readonly frequency?: number;
  readonly extload?: readonly string[];
}

/** Adds `probity doctor`. `status` is told what the verb ends with: 1 when there is an error or a warning. */
export function addDoctorVerb(program: Command, terminal: Terminal, status: (code: number) => void): void {
  withEngineOption(withRecordOptions(program.command("doctor")))
    .description("look at probe, wires, chip and program, and at a project's files, and say what is wrong")
    .argument("[folder]", "folder of the project; without --probe it is looked at even when no probe is attached")
    .option("--probe <probe>", `${probeForms} (default: usb)`)
    .option("--frequency <kHz>", "highest wire clock to try", parseNumber)
    .option(
      "--reset",
      "allow resets: NRST is tested, and a faulting core halted for a moment; without it the target is reset only when it answers in no other way",
    )
    .option("--no-reset", "never reset the target")
    .option("--extload <file>", "an external loader to judge; may be given more than once", collect)
    .option("--json", "print JSON")
    .action(async (folder: string | undefined, options: DoctorOptions) => {
      const page = await examine(folder, options, terminal);
      if (options.json) terminal.out(`${JSON.stringify(doctorJson(page), null, 2)}\n`);
      else terminal.out(`${doctorLines(page).join("\n")}\n`);
      status(page.findings.some(({ severity = "error" }) => severity !== "note") ? 1 : 0);
    });
}

/** What the page of the doctor is made of. */
export interface DoctorPage {
  readonly probeText: string;
  /** Left out when only a project was to be looked at and no probe is attached. */
  readonly survey: Survey | undefined;
  readonly project: ExaminedProject | undefined;
  readonly findings: readonly Finding[];
}

export interface ExaminedProject {
  readonly folder: string;
  readonly summary: ProjectSummary;
  readonly notes: readonly string[];
}

async function examine(folder: string | undefined, options: DoctorOptions, terminal: Terminal): Promise<DoctorPage> {
  // A folder that is not there is told before anything takes time.
  const files = folder === undefined ? undefined : findProjectFiles(folder);
  const reset: ResetPolicy = options.reset === undefined ? "if-silent" : options.reset ? "yes" : "never";
  const probeText = options.probe ?? "usb";
  const note = (text: string): void => terminal.error(`${noticeLines(text).join("\n")}\n`);
  const waiting = progress(terminal);
  const found = await survey(probeSpecWithEngine(probeText, options.engine), undefined, {
    reset,
    record: recordChoice(options, note),
    note,
    frequency: options.frequency,
    thoroughWires: true,
    onStep: waiting.step,
  });
  waiting.end();
  const answered = new FactSet(found.facts).all("wire-answer").map(({ value }) => value.khz);
  const clock = clockNote(
    options.frequency,
    answered.find((khz) => khz !== undefined),
  );
  if (clock !== undefined) terminal.error(`${clock}\n`);
  const live = files !== undefined && options.probe === undefined && isWithoutProbe(found) ? undefined : found;
  const findings =
    live === undefined ? [] : complete([...diagnose(live.facts), ...loaderFindings(options, live)], live, reset);
  if (files === undefined) return { probeText, survey: live, project: undefined, findings: worstFirst(findings) };
  const project = diagnoseProject(files.files, {
    chip: liveChip(live),
    ...(live?.probe !== undefined && { probes: [live.probe.serial] }),
    complete: files.complete,
    unread: files.unread,
  });
  return {
    probeText,
    survey: live,
    project: { folder: files.folder, summary: project.summary, notes: [...files.notes, ...project.notes] },
    findings: worstFirst([...findings, ...project.findings]),
  };
}

function isWithoutProbe({ facts }: Survey): boolean {
  return facts.some(
    ({ kind, value }) => kind === "probe-trouble" && (value.what === "none-found" || value.what === "driver-missing"),
  );
}

/** The chip on the wires, for judging a project by. */
function liveChip(live: Survey | undefined): LiveChip | undefined {
  const chip = live?.chip;
  if (chip?.deviceId === undefined) return undefined;
  const { deviceId, name, flashBytes, ramRegions } = chip;
  return { deviceId, name, flashBytes: flashBytes > 0 ? flashBytes : undefined, ramRegions };
}

/** By severity; each in the order it came. */
function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = { error: 0, warning: 1, note: 2 } as const;
  return [...findings].sort((a, b) => rank[a.severity ?? "error"] - rank[b.severity ?? "error"]);
}

/** A target that does not answer is a failure even when no rule has a name for it. */
function complete(findings: readonly Finding[], { facts, core }: Survey, reset: ResetPolicy): readonly Finding[] {
  if (core !== undefined) return findings;
  const next =
    reset === "never"
      ? "Run it again without --no-reset: then it connects under reset, which tells a silent program from an open wire."
      : "Check the wires from end to end, and try another probe or board: then it is clear which side fails.";
  return withUnknownCause(findings, facts, { text: "the target does not answer", next });
}

/** Loaders that the command line or the bench's debug configuration names, judged for the chip that was found. */
function loaderFindings({ extload = [] }: DoctorOptions, { chip, configuration }: Survey): Finding[] {
  const folders = loaderFolders("", process.env[loaderFoldersVariable]);
  return [...extload, ...(configuration?.loaders ?? [])].flatMap((name) => {
    const loader = openLoader(name, folders);
    const target = {
      chip: chip?.row,
      chipName: chip?.name ?? "",
      deviceId: chip?.deviceId,
      ram: chip?.ramRegions ?? [],
    };
    const finding = prejudgeLoader(loader, target);
    return finding === undefined ? [] : [finding];
  });
}

/** One line on a terminal that says what is being done. */
function progress(terminal: Terminal): { readonly step: (doing: string) => void; readonly end: () => void } {
  if (!terminal.errorIsTerminal) return { step: () => {}, end: () => {} };
  return {
    step: (doing) => terminal.error(`\r\x1b[K${doing} ...`),
    end: () => terminal.error("\r\x1b[K"),
  };
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}
