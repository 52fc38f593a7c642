import { printable } from "./project-text.ts";

/** What is wrong at a place of a JSON text at which a parser stopped, in plain words. `column` counts from 1. */
export function jsonTrouble(text: string, offset: number, column: number | undefined): string {
  const rest = text.slice(offset).trimStart();
  // A bracket, a comma or a value that nothing follows: the end of the file was cut off.
  if (rest === "" || /^([{[,:]|[\w.+-]+|"[^"\n]*")$/.test(rest.trimEnd()))
    return "the file ends too early: a bracket, a quote or a comment is not closed";
  const found = rest[0];
  const before = text.slice(0, offset).trimEnd().at(-1) ?? "";
  const place = column === undefined ? "" : ` at column ${column}`;
  if (found === "\\" || text[offset - 1] === "\\")
    return `a backslash${place} stands alone; in JSON a backslash is written twice: \\\\`;
  if (found === "'") return `text in single quotes${place}; JSON has double quotes alone`;
  if (found === "," && before === ",") return `a comma too many${place}`;
  if (/["{[]/.test(found) && /["}\]\w]/.test(before)) return `a comma is missing before ${name(rest)}${place}`;
  if (/[}\]]/.test(found) && before === ":") return `a value is missing before ${found}${place}`;
  if (/\w/.test(found) && before === ":") return `${name(rest)}${place} is no value that JSON knows`;
  if (/\w/.test(found) && /[{,[]/.test(before)) return `${name(rest)}${place} has to stand in double quotes`;
  const opened = (text.match(/[{[]/g)?.length ?? 0) > (text.match(/[}\]]/g)?.length ?? 0);
  if (/^[}\]]\s*$/.test(rest) && opened) return "the file ends too early: a bracket is not closed";
  return `${name(rest)} cannot stand there${place === "" ? "" : ` (${place.slice(4)})`}`;
}

/** What begins here, as far as it is worth showing. */
function name(rest: string): string {
  return printable(/^"[^"\n]*"|^[\w.+-]+|^[\s\S]/.exec(rest)?.[0] ?? "", 40);
}
