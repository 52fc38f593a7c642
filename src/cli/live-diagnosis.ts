import { appendFileSync, writeFileSync } from "node:fs";
import { hex32, readU32 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { isProbityError, ProbityError } from "../base/errors.ts";
import type { Chip } from "../chips/chip.ts";
import { diagnose } from "../diagnose/diagnose.ts";
import { FactSet } from "../diagnose/fact-set.ts";
import { type Fact, fact } from "../diagnose/facts.ts";
import type { Finding } from "../diagnose/finding.ts";
import { withUnknownCause } from "../diagnose/unknown-cause.ts";
import type { ImageSegment } from "../flash/programmer.ts";
import { FindingError } from "../session/finding-error.ts";
import type { Session } from "../session/session.ts";
import { recordHaltedFault } from "../session/survey/core-steps.ts";
import { factsOfError } from "../session/survey/error-facts.ts";
import { FactRecorder, isLinkGone } from "../session/survey/fact-recorder.ts";
import { recordVoltage } from "../session/survey/probe-steps.ts";
import { recordResetFlags } from "../session/survey/watch-steps.ts";
import { measureInSession, smellsOfWires } from "../session/survey/wires-in-session.ts";
import { shortly } from "./doctor-page.ts";
import { findingLines, labelled } from "./finding-words.ts";
import { describeError } from "./words.ts";

/** When findings are told. */
export type Moment = "start" | "connect" | "load" | "run";

/** Findings told in full; of the others a line each: all of it has to fit one screen. */
const IN_FULL = 2;
const IN_SHORT = 3;

/** Findings of a session while it lives: what it was opened with, what it meets, and what is told of both. */
export class LiveDiagnosis {
  readonly recorder = new FactRecorder();
  readonly #tell: (moment: Moment, findings: readonly Finding[]) => void;
  /** Codes that were told as warnings, so that none comes twice. */
  readonly #told = new Set<string>();
  /** When the program was reset though nobody asked for it. */
  #resets: readonly number[] = [];
  #lastFault: string | undefined;
  /** The failure that was explained last, as long as nothing worked since. */
  #standing: { readonly code: string; readonly finding: Finding | undefined } | undefined;
  /** The finding that was told in full last. */
  #lastFailure: string | undefined;

  /** `tell` hears of every set of findings, for machines. */
  constructor(tell: (moment: Moment, findings: readonly Finding[]) => void = () => {}) {
    this.#tell = tell;
  }

  /** Lines for a start that failed: the findings, or the error's own words where there are none. */
  failed(error: unknown): string[] {
    // Where a replay ended nothing more is known of the target.
    if (isProbityError(error) && error.code.startsWith("replay-")) return describeError(error);
    const findings = error instanceof FindingError ? [error.finding] : this.#conclude();
    if (findings.some(isError)) return this.#report("start", findings);
    return this.#report("start", asTold(error, findings, this.recorder.facts), error);
  }

  /** One line for each thing that is or may go wrong, from what connecting has read anyway; none for a healthy board. */
  connected(): string[] {
    return this.#warn("connect", this.#conclude());
  }

  /** A loader whose Init() failed, and that was told already. */
  loaderFailed(finding: Finding): void {
    this.#tell("start", [finding]);
  }

  /** A refusal says all itself; machines hear of it like of any finding. */
  refused(error: unknown): void {
    this.#tell("load", asTold(error, [], this.recorder.facts));
  }

  /** Like {@link connected}, for an image that is about to be programmed. */
  loading(image: readonly ImageSegment[], flashBase: number | undefined): string[] {
    const about = imageFacts(image, flashBase);
    const findings = this.#conclude(about).filter(({ code }) => aboutLoading.has(code));
    return this.#warn(
      "load",
      findings.filter((each) => each.code !== "write-protected" || touches(this.recorder.facts, image)),
    );
  }

  /** What is told of work on flash that failed. */
  async loadFailed(error: unknown, session: Session, clock: Clock): Promise<Told> {
    const recorder = new FactRecorder();
    if (smellsOfWires(error, session.probe.badAnswers)) {
      await measureInSession(recorder, session, this.recorder.facts, clock).catch(() => undefined);
    }
    if (error instanceof FindingError) {
      const wires = this.#conclude(recorder.facts).filter(({ code }) => aboutWires.has(code));
      // What disturbed wires bring back may have looked like something else.
      const finding = wires.length === 0 ? error.finding : { ...error.finding, certainty: "possible" as const };
      return this.#failure("load", [...wires, finding], error);
    }
    recorder.add(...factsOfError(error, "programming"));
    await lookAgain(recorder, session);
    const findings = this.#conclude(recorder.facts).filter(isError);
    return this.#failure("load", findings.length > 0 ? findings : asTold(error, [], recorder.facts), error);
  }

  /** What is told of a failure at any other step for a debugger; `undefined` when it is a refusal that says all itself. */
  async stepFailed(error: unknown, session: Session, clock: Clock): Promise<Told | undefined> {
    if (!isProbityError(error) || !disturbance.test(error.code)) return undefined;
    const standing = this.#standing;
    // A debugger sends many packets: one finding is enough for all that fail alike.
    if (standing?.code === error.code) return { lines: [], error: named(standing.finding, error) };
    const recorder = new FactRecorder();
    if (smellsOfWires(error, session.probe.badAnswers)) {
      await measureInSession(recorder, session, this.recorder.facts, clock).catch(() => undefined);
    }
    const doing = "working for the debugger";
    recorder.add(...factsOfError(error, doing));
    if (/^(swd|jtag)-no-answer$/.test(error.code)) {
      recorder.read("target-lost", { during: "session" }, `the target stopped answering: ${error.message}`);
    }
    await lookAgain(recorder, session);
    const findings = this.#conclude(recorder.facts).filter(isError);
    return this.#failure("run", findings.length > 0 ? findings : asTold(error, [], recorder.facts), error);
  }

  /** Something worked: the next failure is a new one. */
  recovered(): void {
    this.#standing = undefined;
    this.#lastFailure = undefined;
  }

  /** Lines for a target that stopped answering. */
  async lost(error: unknown, session: Session, clock: Clock): Promise<Told> {
    const message = error instanceof Error ? error.message : String(error);
    const recorder = new FactRecorder();
    if (!isLinkGone(error) && smellsOfWires(error, session.probe.badAnswers)) {
      await measureInSession(recorder, session, this.recorder.facts, clock).catch(() => undefined);
    }
    const clocksKept = session.keepsDebugClocks;
    const kept = clocksKept ? ", with the debug clocks kept on (DBGMCU)" : "";
    const what = `the target stopped answering while its program ran${kept}: ${message}`;
    recorder.add(...factsOfError(error, "looking at the core"));
    if (!isProbityError(error) || !isLinkGone(error)) {
      recorder.read("target-lost", { during: "run", clocksKept }, what);
    }
    await lookAgain(recorder, session);
    const findings = this.#conclude(recorder.facts).filter(isError);
    if (findings.length > 0) return this.#failure("run", findings, error);
    this.#tell("run", findings);
    return { lines: [`Cause:    ${message}`], error };
  }

  /** Lines for a target that answers again: why it did not, where that shows now. */
  async found(session: Session): Promise<string[]> {
    const recorder = new FactRecorder();
    recorder.read("target-back", {}, "the target answers again");
    await recordPowerLoss(recorder, session);
    const findings = this.#conclude(recorder.facts).filter(({ code }) => code === "supply-dips");
    if (findings.length > 0) this.#tell("run", findings);
    return page(findings);
  }

  /** Lines once a program has been reset again and again while it ran; empty before that and after it was told. */
  async resetSeen(session: Session, clock: Pick<Clock, "now">, chip: Chip | undefined): Promise<string[]> {
    const now = clock.now();
    this.#resets = [...this.#resets.filter((time) => now - time < RESET_WINDOW), now];
    const count = this.#resets.length;
    const milliseconds = Math.round(now - this.#resets[0]);
    if (count < RESETS_TO_TELL || this.#told.has("resets-seen")) return [];
    this.#told.add("resets-seen");
    const recorder = new FactRecorder();
    const what = `${count} resets in ${(milliseconds / 1000).toFixed(2)} s while the program ran (DHCSR.S_RESET_ST)`;
    recorder.read("resets-seen", { count, milliseconds }, what);
    const look = (): Promise<void> => recordResetFlags(recorder, session.core.port, chip);
    await recorder.step("reading the reset flags", () => session.exclusive(look)).catch(() => undefined);
    await recordPowerLoss(recorder, session);
    const findings = this.#conclude(recorder.facts).filter(({ code }) => aboutResets.has(code));
    this.#tell("run", findings);
    return page(findings);
  }

  /** Lines for a core that halted in a fault handler; empty for any other stop, and for the fault that was told last. */
  async halted(session: Session): Promise<string[]> {
    const recorder = new FactRecorder();
    await quietly(recorder, session, () => recordHaltedFault(recorder, session.core));
    const findings = diagnose(recorder.facts).filter(({ code }) => code === "firmware-faults");
    const cause = findings[0]?.cause;
    if (cause === undefined || cause === this.#lastFault) return [];
    this.#lastFault = cause;
    this.#tell("run", findings);
    return page(findings);
  }

  /** A failure in full, and in a line when it is the one that was told last. */
  #failure(moment: Moment, findings: readonly Finding[], error: unknown): Told {
    const finding = findings[0]?.code === "not-enough-to-tell" ? undefined : findings[0];
    if (isProbityError(error)) this.#standing = { code: error.code, finding };
    const key = findings[0] && `${findings[0].code} ${findings[0].cause}`;
    const again = key !== undefined && key === this.#lastFailure;
    this.#lastFailure = key;
    if (!again) return { lines: this.#report(moment, findings, error), error: named(finding, error) };
    // A machine may count loads: it hears of each.
    if (moment === "load") this.#tell(moment, findings);
    return { lines: [`The same as before: ${shortly(findings[0])}; see above.`], error: named(finding, error) };
  }

  /** Tells the findings, and makes the lines of them; an error that names its own cause has words of its own. */
  #report(moment: Moment, findings: readonly Finding[], error?: unknown): string[] {
    this.#tell(moment, findings);
    const ownWords = error !== undefined && isProbityError(error) && findings[0]?.code === error.code;
    return ownWords ? describeError(error) : page(findings);
  }

  #conclude(more: readonly Fact[] = []): Finding[] {
    const facts = [...this.recorder.facts, ...more];
    return diagnose(facts).filter((finding) => !isNoNews(finding, facts));
  }

  #warn(moment: Moment, findings: readonly Finding[]): string[] {
    const fresh = findings.filter(({ code, severity }) => severity !== "note" && !this.#told.has(code));
    for (const { code } of fresh) this.#told.add(code);
    if (fresh.length > 0) this.#tell(moment, fresh);
    return fresh.map((finding) => `Warning: ${shortly(finding)}`);
  }
}

/** What is told of a failure. */
export interface Told {
  /** For the server's console. */
  readonly lines: readonly string[];
  /** For the debugger: an error that names the cause, else the one that came. */
  readonly error: unknown;
}

/** Errors that come from probe, wires or a target gone wrong; all others are refusals that say why themselves. */
const disturbance =
  /^(link|swd|jtag|debug)-|^probe-(failed|command-refused|short-reply|mode-stuck)$|^core-(halt-timeout|held-in-reset|reset-failed|not-found)$|^access-port-/;

/** The error under the name of its cause, where that is known and not the error's own. */
function named(finding: Finding | undefined, error: unknown): unknown {
  if (finding === undefined || (isProbityError(error) && error.code === finding.code)) return error;
  return new FindingError(finding, error);
}

/** So many resets that nobody asked for are no accident. */
const RESETS_TO_TELL = 3;
/** Milliseconds in which they have to come. */
const RESET_WINDOW = 30_000;
const aboutResets: ReadonlySet<string> = new Set(["watchdog-resets", "resets-again-and-again", "supply-dips"]);

/** Findings that concern an image. */
const aboutLoading: ReadonlySet<string> = new Set([
  "image-too-large",
  "write-protected",
  "read-protected",
  "vector-table-empty",
  "target-voltage-low",
]);

/** Where nothing runs yet, an erased vector table is how a new chip looks. */
function isNoNews({ code }: Finding, facts: readonly Fact[]): boolean {
  const set = new FactSet(facts);
  if (code !== "vector-table-empty" || set.has("core", ({ state }) => state === "lockup")) return false;
  const table = set.last("vector-table");
  if (table === undefined) return true;
  return table.source.from === "target" && table.value.stackPointer === table.value.resetVector;
}

function isError({ severity = "error" }: Finding): boolean {
  return severity === "error";
}

/** Findings in full as far as they fit, the others in a line. */
function page(findings: readonly Finding[]): string[] {
  const lines = findings.slice(0, IN_FULL).flatMap((finding) => findingLines(finding));
  const rest = findings.slice(IN_FULL, IN_FULL + IN_SHORT);
  return rest.length === 0 ? lines : [...lines, ...labelled("Also:", rest.map(shortly))];
}

/** Codes of errors that are symptoms: what stands behind them is not told by their words. */
const symptom = /^(swd|jtag|memory|core|debug|algorithm)-|^probe-(failed|command-refused|short-reply|mode-stuck)$/;

/** Findings that make all that came over the wires doubtful. */
const aboutWires: ReadonlySet<string> = new Set(["wire-noisy", "wire-clock-too-fast"]);

/** For machines: an error that names its own cause as a finding of its code, else that the cause is not known. */
function asTold(error: unknown, others: readonly Finding[], facts: readonly Fact[]): readonly Finding[] {
  if (isProbityError(error) && !symptom.test(error.code)) {
    const evidence = Object.entries(error.facts).map(([name, value]) => `${name} = ${String(value)}`);
    const { code, message: cause, remedy } = error;
    return [{ code, certainty: "certain", cause, evidence, remedy }, ...others];
  }
  const text = error instanceof Error ? error.message : String(error);
  const next = "Run `probity doctor --reset`: it looks at probe, wires and chip step by step.";
  return withUnknownCause(others, facts, { text, next });
}

/** What an image is, for the rules that look at it before it is programmed. */
function imageFacts(image: readonly ImageSegment[], flashBase: number | undefined): Fact[] {
  const source = (what: string) => ({ from: "option", text: what }) as const;
  const parts = image.map(({ address, data }): Fact => {
    const what = `the image: ${data.length} bytes at ${hex32(address)}`;
    return fact("image-part", { address, size: data.length }, source(what)) as Fact;
  });
  const first = image.find(({ address, data }) => address === flashBase && data.length >= 8);
  if (first === undefined) return parts;
  const table = { at: first.address, stackPointer: readU32(first.data, 0), resetVector: readU32(first.data, 4) };
  const what = `the image's vector table: SP ${hex32(table.stackPointer)}, reset vector ${hex32(table.resetVector)}`;
  return [...parts, fact("vector-table", table, source(what)) as Fact];
}

/** Whether the image goes to pages that are write-protected. */
function touches(facts: readonly Fact[], image: readonly ImageSegment[]): boolean {
  const pages = new FactSet(facts).last("write-protection")?.value.pages ?? [];
  // A group ends where the next one may begin; 4 KiB are the smallest there are.
  return pages.some((start) =>
    image.some(({ address, data }) => address < start + 0x1000 && address + data.length > start),
  );
}

/** What may be asked of a session at any time: the voltage, and whether the debug registers were lost. */
async function lookAgain(recorder: FactRecorder, session: Session): Promise<void> {
  await quietly(recorder, session, async () => {
    await recordVoltage(recorder, session.probe, " now");
  });
  await recordPowerLoss(recorder, session);
}

async function recordPowerLoss(recorder: FactRecorder, session: Session): Promise<void> {
  await quietly(recorder, session, async () => {
    if (!(await session.lostPower())) return;
    recorder.read("power-lost", {}, "debug registers were cleared meanwhile, which only a loss of power does");
  });
}

/** A look that may fail like all before it. */
async function quietly(recorder: FactRecorder, session: Session, look: () => Promise<void>): Promise<void> {
  await recorder.step("looking again", () => session.exclusive(look)).catch(() => undefined);
}

/** Findings as one JSON object a line: `{"moment":"start","findings":[...]}`. Throws `findings-file-unwritable`. */
export function findingsFile(path: string): (moment: Moment, findings: readonly Finding[]) => void {
  try {
    writeFileSync(path, "");
  } catch (cause) {
    const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ProbityError("file-unwritable", `The file for findings, ${path}, cannot be written (${system}).`, {
      facts: { path, system },
      remedy: ["Give --findings-json a path that this user may write."],
      cause,
    });
  }
  return (moment, findings) => appendFileSync(path, `${JSON.stringify({ moment, findings })}\n`);
}
