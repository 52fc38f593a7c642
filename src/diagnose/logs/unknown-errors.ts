import { saysFailure } from "./last-resort.ts";
import type { LogLine, LogReader } from "./log-reader.ts";

/** Errors that are kept: the last ones, for what ended a session stands at its end. */
const KEPT = 20;

/** Words with which a tool begins a line about a failure; pyOCD has a letter for the level, stlink's tools a word. */
const beginsAsError =
  /^(?:\S{1,40}:\d+: |\[?[\w.-]{2,24}\]?: )?(?:\[?(?:fatal|critical|error)\b|error\b|failed to\b|could ?n[o']t\b|cannot\b|can't\b|unable to\b|thread '.{0,40}' panicked|no matching\b|.{0,40}\bdoesn't support\b)/i;
/** A program that ended by itself: words of the shell, the C library or Windows. */
const crashed =
  /\bsegmentation fault\b|\(core dumped\)|^(?:aborted|bus error|illegal instruction|killed)\b|\b0xc0000005\b|terminate called after throwing/i;
/** GDB's machine interface: the record of a command that failed. */
const resultOfError = /(?:^|[\s>\d])\^error,msg="/;
const ofAnExpression =
  /variable object|no symbol|in current context|no frame|no registers|cannot access memory|undefined (?:\w+ )?command|attempt to (?:use|take)/i;
const levelOfError = /^\s*(?:\d{7} [CEF] |\S{0,30} ?(?:ERROR|FATAL|CRITICAL)\b)/;

const pythonFrame = /^File "[^"]{1,250}", line \d{1,6}, in \S/;

/** An error's own words: of a record of GDB's machine interface its message. */
export function wordsOf(text: string): string {
  const start = resultOfError.exec(text);
  return start === null ? text : text.slice(start.index + start[0].length).replace(/"$/, "");
}

/** Whether a line says that something failed, or did not work. */
export function looksLikeError(text: string): boolean {
  return beginsAsError.test(text) || /^(?:reason *:|[\w.]{1,60}:\d{2,5}: |libusb_\w+\(\) )/i.test(text);
}

/** A line that begins as an error does, and the readers that have its words: those of tools that may not have spoken. */
export interface UnknownError {
  readonly line: LogLine;
  readonly understoodBy: readonly LogReader[];
}

/** Lines that say that something failed in words that no reader has whose tool spoke. */
export class UnknownErrors {
  readonly #lines: UnknownError[] = [];
  readonly #faint: UnknownError[] = [];
  /** The line before was a frame of Python's traceback: what follows is a line of source. */
  #inFrame = false;

  /** Looks at a line; `raw` has the prefixes that cleaning takes off. */
  take(line: LogLine, raw: string, understoodBy: readonly LogReader[]): void {
    const source = this.#inFrame;
    this.#inFrame = pythonFrame.test(line.text);
    if (source) return;
    // A compiler speaks: what it says of a source file is no debug tool's failure.
    if (/^\S{1,200}\.(?:c|cc|cpp|cxx|h|hpp|s|ino|rs):\d+/i.test(line.text)) return;
    const plain = beginsAsError.test(line.text) || crashed.test(line.text) || levelOfError.test(raw.slice(0, 80));
    if (!plain && !saysFailure(line.text) && !resultOfError.test(line.text)) return;
    // "Error:" alone is the head of what follows.
    if (line.text.replace(/[^\p{L}\p{N}]/gu, "").length < 8) return;
    // A front end asks for what it watches again and again, whether it is in scope or not.
    if (resultOfError.test(line.text) && ofAnExpression.test(line.text)) return;
    const kept = plain ? this.#lines : this.#faint;
    kept.push({ line, understoodBy });
    if (kept.length > KEPT) kept.shift();
  }

  /** Lines that say so less plainly: somewhere in them. */
  get faint(): readonly UnknownError[] {
    return this.#faint;
  }

  get lines(): readonly UnknownError[] {
    return this.#lines;
  }
}
