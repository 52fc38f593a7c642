/**
 * Cleans one line of a paste: what terminals, forums, mail programs and other tools put around a tool's own words goes.
 */

/** A line's own words. */
export interface CleanText {
  readonly text: string;
  /** Seconds since start and function, from the prefix of ST's log file. */
  readonly seconds?: number;
  readonly functionName?: string;
  /** What a poster wrote behind the tool's words. */
  readonly note?: string;
}

/** Longer lines are cut: no tool says more in one, and a pattern's time grows with length. */
export const LONGEST_LINE = 4000;
/** Most overwritten states (progress bars) that are looked at in one line. */
const MOST_PARTS = 40;

/** Anything that only the thorough way takes off. */
const unusual = /[^\x20-\x7e]|\d bytes[A-Za-z]|\[[\d;]{0,12}m|&[#a-z]|<\/?[a-z]|`|^\s*[>|$#*-]|\\n/i;

/** The texts of a line: one, or several where a carriage return or `<br>` parts them; none when nothing is left. */
export function cleanLine(raw: string): CleanText[] {
  const line = raw.length > LONGEST_LINE ? raw.slice(0, LONGEST_LINE) : raw;
  const parts = unusual.test(line) ? unwrapped(line) : [line];
  const found: CleanText[] = [];
  for (const part of parts) {
    const text = withoutPrefixes(part);
    if (text.text !== "") found.push(text);
  }
  return found;
}

/** Markup, colours and odd blanks off; parts that overwrite one another apart. */
function unwrapped(line: string): string[] {
  let text = line;
  for (let round = 0; round < 3 && /&[#a-z]/i.test(text); round++) text = withoutEntities(text);
  text = text
    // Colours and cursor moves (ECMA-48), titles of terminals, and colours whose escape character was lost.
    .replace(/\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?/g, "")
    .replace(/(?:\x1b\[|\x9b)[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(/\x1b[ -~]/g, "")
    .replace(/(?:\u241b|\^\[)?\[(?:\d{1,3};?){0,4}m(?!\w{1,40}\])/g, "")
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\v\f]/g, " ")
    .replace(/[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]/g, "")
    .replace(/[\u2018\u2019\u201a\u2032]/g, "'")
    .replace(/[\u201c\u201d\u201e\u2033]/g, '"')
    .replace(/\u2026/g, "...")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    // Full-width forms of ASCII's signs, letters and digits, which East Asian keyboards write.
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/<br ?\/?>|<\/(?:p|div|li|tr)>/gi, "\r")
    .replace(
      /<\/?(?:p|div|span|pre|code|b|i|u|em|strong|font|ul|ol|li|tr|td|table|blockquote|samp|kbd|tt|a|hr|img)(?: [^<>]{0,300})?\/?>/gi,
      "",
    )
    .replace(/^\s*(?:```|~~~)\w*\s*/, "")
    .replace(/`/g, "")
    // An error printed behind a progress bar that has not ended its line.
    .replace(/(\d bytes|% ?|\d\/\d{1,9})(?=(?:dfu-util: |Error|Write \d|Failed |Got ))/g, "$1\r");
  if (text.includes("\\n")) text = withoutEscapes(text);
  return text
    .split("\r", MOST_PARTS)
    .map((part) => part.replace(/[\x00-\x08\x0e-\x1f\x7f]/g, ""))
    .filter((part) => part.trim() !== "");
}

/** Text that stands escaped in a string: GDB's machine interface (`~"text\n"`), a value of JSON. */
const escaped = /^\s*(?:[~&@]"|\{?\s*"[\w.-]{1,40}"\s*:\s*"|\d{0,6}[\^*=][\w-]{1,40},.{0,40}=")/;

function withoutEscapes(text: string): string {
  if (!escaped.test(text)) return text;
  return text
    .replace(/^\s*[~&@]"/, "")
    .replace(/\\n"?\s*,?$/, "")
    .replace(/(?<!\\)\\n/g, "\r")
    .replace(/\\(["\\])/g, "$1");
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  hellip: "...",
  ndash: "-",
  mdash: "-",
  lsquo: "'",
  rsquo: "'",
  ldquo: '"',
  rdquo: '"',
  copy: "(c)",
  reg: "(R)",
};

function withoutEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|([a-z]{2,8}));?/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code < 0x10000 ? String.fromCharCode(code) : whole;
  });
}

/** `> > ` of mail and Markdown, and a Markdown list's or table's mark. */
const quoteMarks = /^(?:\s*>){1,6}(?=\s|$|[^\s=>])\s?/;
/** Prompts, each with what follows it. */
const prompt =
  /^(?:\((?:gdb|arm-gdb|lldb)\)|PS [A-Z]:\\[^>]{0,200}>|[A-Z]:\\[^>]{0,200}>|(?:\([\w.-]{1,40}\) ?)?[\w.-]{1,40}@[\w.-]{1,60}[: ][^$#%>]{0,120}[$#%]|\[[\w.-]{1,40}@[\w.-]{1,60} [^\]]{0,120}\][$#]|[$%#\u276f\u279c](?= [a-z~./\\]))\s*/i;

/** Time stamps of other tools: CI, serial terminals, GUIs, journals. */
const stamps: readonly RegExp[] = [
  // 2024-05-01T12:00:00.123Z, [2024-05-01 12:00:00,123], 2024/05/01 12:00:00 -
  /^\[?\d{4}[-/.]\d{2}[-/.]\d{2}[T _]\d{1,2}:\d{2}(?::\d{2})?(?:[.,:]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?\]?(?:\s+\d{2}[OE](?=\s))?\s*(?:[-|>:]+(?= ))?\s*/,
  // May  1 12:00:00 host prog[123]:
  /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})? [\w.-]{1,64} [\w./-]{1,64}(?:\[\d{1,8}\])?: /,
  // 12:00:00:123 : , [12:00:00.123], 12:00:00.123 ->
  /^\[?\d{1,2}:\d{2}:\d{2}(?:[.,:]\d{1,9})?\]?\s*(?:AM|PM)?\s*(?:->|=>|[-:|>](?=\s|$))?\s*/i,
  // [   12.345678] of a kernel or of `ts -s`
  /^\[ *\d{1,7}\.\d{6}\] /,
  // [INFO] of a program that passes a tool's lines on
  /^\[(?:INFO|DEBUG|WARN|WARNING|ERROR|TRACE|stdout|stderr)\]:?\s+/,
  // an item of a list
  /^[-*\u2022] (?=[A-Z])/,
  // name  | text of docker compose; 12 | text of a listing
  /^(?:[\w.-]{1,40} {0,20}\| |\d{1,6} ?\| )/,
];

/** The prefix of ST's log file. */
const logPrefix = /^\[ *(\d{1,7}\.\d{3})\] ?([A-Za-z_]\w{0,80})\(\):?\s*/;
/** The same where it stands in a line a second time. */
const innerPrefix = /\[ *\d{1,7}\.\d{3}\] ?[A-Za-z_]\w{0,80}\(\):?\s*/g;

/** A key that a terminal shows, with the next line printed behind it: `^CRemote communication error.` */
const controlKey = /^(?:\^[CDZ\\])+ {0,3}(?=\S)/;

/** What OpenOCD puts before a line's text at debug level 3: number, milliseconds, source file, function. */
const openocdDebug =
  /^((?:(?:Debug|Info|Warn|Error|User) {0,1}: )?)(?:\d{1,9} \d{1,10} )?[\w-]{1,40}\.[ch]:\d{1,6} \w{1,80}\(\): ?/;

/** What an annotation has in it. */
const annotated = /\s(?:<[-=]|\/\/|# |[\u2190\u21d0\u27f5\u2b05\ud83d])/;
/** What a poster wrote behind a tool's words: an arrow that points back at them, or a comment set off by blanks. */
const annotation = /(?:\s(?:\u2190|\u21d0|\u27f5|\u2b05|\u{1f448}|<-{2,4}|<={2,4})|\s{2,}(?:<[-=]|\/\/|#(?=\s))).*$/u;

function withoutPrefixes(part: string): CleanText {
  let text = part.trim();
  const first = text.charCodeAt(0);
  // Most lines begin with a letter that starts none of these.
  const plain = first >= 0x61 && first <= 0x7a;
  if (first === 0x3e) text = text.replace(quoteMarks, "").trimStart();
  for (let round = 0; round < 3; round++) {
    const prefix = logPrefix.exec(text);
    if (prefix !== null) {
      const rest = text.slice(prefix[0].length);
      return {
        text: (rest.includes("():") ? rest.replace(innerPrefix, "") : rest).trim(),
        seconds: Number(prefix[1]),
        functionName: prefix[2],
      };
    }
    const before = text;
    for (const stamp of stamps) {
      if (plain && !text.includes(" | ")) break;
      const stripped = text.replace(stamp, "");
      if (stripped !== text) {
        text = stripped.trimStart();
        break;
      }
    }
    if (text === before) break;
  }
  text = text.replace(prompt, "").replace(controlKey, "").replace(openocdDebug, "$1");
  if (text.includes("():")) text = text.replace(innerPrefix, "");
  const own = annotated.test(text) ? text.replace(annotation, "").trim() : "";
  return own === "" || own === text.trim() ? { text: text.trim() } : { text: own, note: text.slice(own.length) };
}
