import { isProbityError } from "../base/errors.ts";
import type { Finding } from "../diagnose/finding.ts";
import { FindingError } from "../session/finding-error.ts";
import { DiagnosedError } from "./diagnosed-error.ts";
import type { Terminal } from "./terminal.ts";

/** What a verb under `--json` writes to stdout when it fails: this and nothing else (docs/json.md). */
export interface ErrorDocument {
  readonly error: {
    /** Stable, for programs. */
    readonly code: string;
    /** One sentence. */
    readonly cause: string;
    /** Figures behind it; addresses are numbers. */
    readonly facts: Readonly<Record<string, string | number | boolean>>;
    readonly remedy: readonly string[];
  };
  /** What was found to be behind it, most likely first; empty where the error names its own cause. */
  readonly findings: readonly Finding[];
}

/** The result of a verb, for people or for programs. */
export interface VerbResult {
  /** Whether `--json` was given. */
  readonly json: boolean | undefined;
  readonly value: unknown;
  readonly lines: () => readonly string[];
}

/** Writes a result to stdout: `value` as one JSON document, or the lines. Every verb's result goes through here. */
export function printResult(terminal: Terminal, { json, value, lines }: VerbResult): void {
  if (json) printJson(terminal, value);
  else for (const line of lines()) terminal.out(`${line}\n`);
}

/** One JSON document. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** Whether a command line asks for JSON, though it may be wrong in other ways. */
export function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).includes("--json");
}

/** An error as programs read it. */
export function errorDocument(error: unknown): ErrorDocument {
  const met = error instanceof DiagnosedError ? error.cause : error;
  const findings =
    error instanceof DiagnosedError ? error.findings : error instanceof FindingError ? [error.finding] : [];
  if (isProbityError(met)) {
    const { code, message: cause, facts, remedy } = met;
    return { error: { code, cause, facts, remedy }, findings };
  }
  const cause = met instanceof Error ? met.message : String(met);
  const remedy = ["Please report it with the command line and what it printed."];
  return { error: { code: "internal-error", cause, facts: {}, remedy }, findings };
}
