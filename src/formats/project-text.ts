import { lineCounter, projectFileError } from "./project-file-error.ts";

/** What no text for a person holds: control characters, marks that turn the direction of writing, bytes that are no UTF-8. */
const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\ufffd]+/gu;

/** A text as it may go to a terminal: what cannot be printed is one blank, and it is cut at `most` characters. */
export function printable(text: string, most = 60): string {
  // Only so much is looked at as can be shown.
  const clean = text.slice(0, 4 * most).replace(unprintable, " ");
  return text.length > 4 * most || clean.length > most ? `${clean.slice(0, Math.max(0, most - 3))}...` : clean;
}

/**
 * Refuses what is no file of a project at all, whatever its kind: an empty file, binary data, and one in which a merge
 * left both sides. Throws `project-file-empty`, `project-file-binary` and `project-file-conflict`, with file and line.
 */
export function checkText(text: string, fileName: string): void {
  if (text.replace(/^\ufeff/, "").trim() === "") {
    throw projectFileError("project-file-empty", fileName, undefined, "the file is empty", [
      "Take the file from version control or a backup; or delete it, and have the tool that owns it write it again.",
    ]);
  }
  const binary = text.search(/[\0-\x08\x0e-\x1f]/);
  if (binary >= 0 || (text.match(/\ufffd/g)?.length ?? 0) > text.length / 8) {
    const from = binary < 0 ? "" : `, from character ${binary + 1} on`;
    throw projectFileError("project-file-binary", fileName, undefined, `the file holds binary data, not text${from}`, [
      "Take the file from version control or a backup: it was overwritten, or saved in another encoding than UTF-8.",
    ]);
  }
  const conflict = text.search(/^(<{7} |={7}\r?$|>{7} )/m);
  if (conflict >= 0 && /^<{7} /m.test(text)) {
    const line = lineCounter(text)(conflict);
    throw projectFileError("project-file-conflict", fileName, line, "a merge left a conflict here (<<<<<<<)", [
      "Choose one of the two sides, and take out the lines with <<<<<<<, ======= and >>>>>>>.",
    ]);
  }
}
