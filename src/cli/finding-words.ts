import type { Finding } from "../diagnose/finding.ts";

/** Columns that a line may take: those of the terminal, so that it does not break words, but not very many. */
const widthOfTerminal = (): number => Math.min(118, process.stdout.columns || 118);
const INDENT = 10;

/**
 * A finding as its user reads it: cause with its certainty and code, evidence, remedy; each on lines of its own. A note is
 * the cause of no trouble, and does not look like one.
 */
export function findingLines(finding: Finding): string[] {
  const isNote = finding.severity === "note";
  return [
    ...labelled(isNote ? "Note:" : "Cause:", [`${finding.cause} (${finding.certainty}) [${finding.code}]`]),
    ...labelled("Evidence:", finding.evidence),
    ...labelled(isNote ? "Advice:" : "Remedy:", finding.remedy),
  ];
}

/** Paragraphs behind a label, every further line indented like the first. */
export function labelled(
  label: string,
  paragraphs: readonly string[],
  indent = INDENT,
  width = widthOfTerminal(),
): string[] {
  const lines = paragraphs.flatMap((paragraph) =>
    wrap(paragraph, width - indent).map((line, i) => (i === 0 || paragraphs.length === 1 ? line : `  ${line}`)),
  );
  return lines.map((line, i) => `${(i === 0 ? label : "").padEnd(indent)}${line}`);
}

/** Words in lines of at most `width`; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    // Two columns are kept for the indent of continuation lines.
    if (line !== "" && line.length + 1 + word.length > width - (lines.length > 0 ? 2 : 0)) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}
