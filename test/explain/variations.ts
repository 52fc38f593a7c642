/** Ways in which a log changes between the tool and whoever reads it. */

export interface Decoration {
  readonly name: string;
  /** Something may be lost by it. */
  readonly loses?: boolean;
  readonly apply: (lines: readonly string[]) => Uint8Array;
}

const text = (lines: readonly string[], end = "\n"): Uint8Array => Buffer.from(lines.join(end));
const clock = (i: number, digits: number): string =>
  `12:${String(Math.floor(i / 60) % 60).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}${digits > 0 ? `:${String((i * 37) % 1000).padStart(digits, "0")}` : ""}`;
const htmlOf = (line: string): string =>
  line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** At a terminal's width, in the middle of words. */
function wrapped(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => line.match(new RegExp(`.{1,${width}}`, "g")) ?? [""]);
}

export const decorations: readonly Decoration[] = [
  { name: "with Windows line ends", apply: (lines) => text(lines, "\r\n") },
  { name: "as UTF-16 with a mark", apply: (lines) => Buffer.from(`\ufeff${lines.join("\r\n")}`, "utf16le") },
  { name: "as UTF-16 without a mark", apply: (lines) => Buffer.from(lines.join("\r\n"), "utf16le") },
  { name: "quoted in a mail", apply: (lines) => text(lines.map((line) => `> > ${line}`)) },
  {
    name: "in a Markdown fence with prose around",
    apply: (lines) => text(["Hello, I get this:", "```", ...lines, "```", "What is wrong?"]),
  },
  { name: "escaped for HTML, twice", apply: (lines) => text(lines.map((line) => htmlOf(htmlOf(line)))) },
  { name: "as HTML with <br>", apply: (lines) => text(["<p>", ...lines.map((line) => `${htmlOf(line)}<br>`), "</p>"]) },
  { name: "with hard blanks", apply: (lines) => text(lines.map((line) => line.replace(/ /g, "\u00a0"))) },
  { name: "in colours", apply: (lines) => text(lines.map((line) => `\x1b[1;31m${line}\x1b[0m`)) },
  {
    name: "with a CI's stamps",
    apply: (lines) => text(lines.map((line, i) => `2024-05-01T${clock(i, 0)}.1234567Z ${line}`)),
  },
  { name: "with a window's stamps", apply: (lines) => text(lines.map((line, i) => `${clock(i, 3)} : ${line}`)) },
  { name: "with a terminal's stamps", apply: (lines) => text(lines.map((line, i) => `[${clock(i, 0)}.123] ${line}`)) },
  {
    name: "in a journal",
    apply: (lines) => text(lines.map((line, i) => `May  1 ${clock(i, 0)} host server[42]: ${line}`)),
  },
  {
    name: "with trailing blanks and empty lines between",
    apply: (lines) => text(lines.flatMap((line) => [`${line}   `, ""])),
  },
  { name: "wrapped at 100 columns", loses: true, apply: (lines) => text(wrapped(lines, 100)) },
  { name: "after a build", apply: (lines) => text([...build, ...lines]) },
];

const build = [
  "arm-none-eabi-gcc -mcpu=cortex-m3 -c ../Core/Src/main.c -o Core/Src/main.o",
  "../Core/Src/main.c:88:12: warning: unused variable 'error' [-Wunused-variable]",
  "arm-none-eabi-size   firmware.elf ",
  "   text\t   data\t    bss\t    dec\t    hex\tfilename",
  "   9124\t     20\t   1572\t  10716\t   29dc\tfirmware.elf",
  "Finished building: firmware.elf",
  "",
];

/** Cut at the top and at the end. */
export function* shortened(lines: readonly string[]): Generator<readonly string[]> {
  const step = Math.max(1, Math.floor(lines.length / 12));
  for (let cut = step; cut < lines.length; cut += step) {
    yield lines.slice(cut);
    yield lines.slice(0, -cut);
  }
}
