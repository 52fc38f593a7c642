import { lineCounter, projectFileError } from "./project-file-error.ts";

/** A region of a linker script's MEMORY command. */
export interface MemoryRegion {
  readonly name: string;
  /** `rx`, `xrw`; empty when the script gives none. */
  readonly attributes: string;
  /** `undefined` when it depends on what only the linker knows. */
  readonly origin: number | undefined;
  /** Bytes. */
  readonly length: number | undefined;
  readonly line: number;
}

export interface LinkerScript {
  readonly fileName: string;
  readonly regions: readonly MemoryRegion[];
}

const ENTRY =
  /\s*([A-Za-z_.$][\w.$-]*)\s*(?:\(([^)]*)\))?\s*:\s*(?:ORIGIN|org|o)\s*=\s*([^,{}]+),\s*(?:LENGTH|len|l)\s*=\s*/y;

/**
 * Reads the MEMORY commands of a GNU linker script (ld manual, "MEMORY Command"). Numbers may be hexadecimal, octal or
 * decimal with K and M, and sums of them, of ORIGIN(), LENGTH() and of symbols that the script sets to such before.
 * Throws `linker-script-malformed` with file and line.
 */
export function readLinkerScript(text: string, fileName: string): LinkerScript {
  const fail = (line: number, what: string) =>
    projectFileError("linker-script-malformed", fileName, line, what, [
      "Compare the MEMORY command with the linker's manual; each region is NAME (rwx) : ORIGIN = ..., LENGTH = ...",
    ]);
  const clean = withoutComments(text, (offset) => fail(lineCounter(text)(offset), "a comment does not end"));
  const lineAt = lineCounter(clean);
  const symbols = assignments(clean);
  const regions: MemoryRegion[] = [];
  for (const match of clean.matchAll(/(?<![\w.$])MEMORY\s*\{/g)) {
    const start = match.index + match[0].length;
    const end = clean.indexOf("}", start);
    if (end < 0) throw fail(lineAt(match.index), "MEMORY { is not closed");
    const body = clean.slice(start, end);
    const bytesOf = (expression: string): number | undefined => evaluate(expression, symbols, regions);
    let at = 0;
    while (body.slice(at).trim() !== "") {
      ENTRY.lastIndex = at;
      const entry = ENTRY.exec(body);
      const line = lineAt(start + at + (body.slice(at).match(/^\s*/)?.[0].length ?? 0));
      if (entry === null) {
        const include = body.slice(at).match(/^\s*INCLUDE\s+\S+/);
        if (include === null) throw fail(line, "this is no region of a MEMORY command");
        at += include[0].length;
        continue;
      }
      const [whole, name, attributes, origin] = entry;
      const rest = body.slice(at + whole.length);
      const toEnd = rest.match(/^[^\n;]*/)?.[0] ?? "";
      // The next region may stand in the same line.
      const next = toEnd.search(/(?<=\s)[A-Za-z_.$][\w.$-]*\s*(\([^)]*\)\s*)?:/);
      const length = next < 0 ? toEnd : toEnd.slice(0, next);
      at += whole.length + length.length;
      while (body[at] === ";") at++;
      regions.push({
        name,
        attributes: (attributes ?? "").trim(),
        origin: bytesOf(origin),
        length: bytesOf(length),
        line,
      });
      if (regions.length > 1000) throw fail(line, "it has more than 1000 regions");
    }
  }
  return { fileName, regions };
}

/** Blanks in place of comments, so that lines stay. */
function withoutComments(text: string, fail: (offset: number) => Error): string {
  let result = "";
  let at = 0;
  for (;;) {
    const start = text.indexOf("/*", at);
    if (start < 0) return result + text.slice(at);
    const end = text.indexOf("*/", start + 2);
    if (end < 0) throw fail(start);
    result += text.slice(at, start) + text.slice(start, end + 2).replace(/[^\n]/g, " ");
    at = end + 2;
  }
}

/** Symbols set at the top of the script: `_flash_kept = 2K;`. Those with a meaning only for the linker stay unknown. */
function assignments(text: string): ReadonlyMap<string, number> {
  const symbols = new Map<string, number>();
  const once = new Set<string>();
  for (const [, name, expression] of text.matchAll(
    /(?:^|[;{}\n])[ \t]{0,200}([A-Za-z_]\w*)[ \t]{0,200}=([^;=<>?{}\n]{1,200});/g,
  )) {
    const value = evaluate(expression, symbols, []);
    if (value === undefined || once.has(name)) symbols.delete(name);
    else symbols.set(name, value);
    once.add(name);
  }
  return symbols;
}

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+)([kKmM]?)(?![\w])|(ORIGIN|LENGTH)\s*\(\s*([\w.$-]+)\s*\)|([A-Za-z_][\w]*)|([-+*/()]))/y;

/** Sums and products of numbers; `undefined` for anything else. */
function evaluate(
  expression: string,
  symbols: ReadonlyMap<string, number>,
  regions: readonly MemoryRegion[],
): number | undefined {
  const tokens: (number | string)[] = [];
  TOKEN.lastIndex = 0;
  while (expression.slice(TOKEN.lastIndex).trim() !== "") {
    const match = TOKEN.exec(expression);
    if (match === null || tokens.length > 200) return undefined;
    const [, number, unit, of, region, symbol, operator] = match;
    if (number !== undefined) tokens.push(numberOf(number) * ({ k: 1024, m: 1048576 }[unit.toLowerCase()] ?? 1));
    else if (operator !== undefined) tokens.push(operator);
    else {
      const found = regions.find(({ name }) => name === region);
      const value = of === undefined ? symbols.get(symbol) : of === "ORIGIN" ? found?.origin : found?.length;
      if (value === undefined) return undefined;
      tokens.push(value);
    }
  }
  const value = new Sum(tokens).value();
  return value !== undefined && value >= 0 && value <= 2 ** 32 ? Math.floor(value) : undefined;
}

/** A leading zero means octal, as in C. */
function numberOf(text: string): number {
  return /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

class Sum {
  #at = 0;
  readonly #tokens: readonly (number | string)[];

  constructor(tokens: readonly (number | string)[]) {
    this.#tokens = tokens;
  }

  value(): number | undefined {
    const value = this.#sum();
    return this.#at === this.#tokens.length ? value : undefined;
  }

  #sum(): number | undefined {
    let value = this.#product();
    while (this.#tokens[this.#at] === "+" || this.#tokens[this.#at] === "-") {
      const minus = this.#tokens[this.#at++] === "-";
      const next = this.#product();
      if (value === undefined || next === undefined) return undefined;
      value = minus ? value - next : value + next;
    }
    return value;
  }

  #product(): number | undefined {
    let value = this.#single();
    while (this.#tokens[this.#at] === "*" || this.#tokens[this.#at] === "/") {
      const divides = this.#tokens[this.#at++] === "/";
      const next = this.#single();
      if (value === undefined || next === undefined || (divides && next === 0)) return undefined;
      value = divides ? Math.floor(value / next) : value * next;
    }
    return value;
  }

  #single(): number | undefined {
    const token = this.#tokens[this.#at++];
    if (typeof token === "number") return token;
    if (token !== "(") return undefined;
    const value = this.#sum();
    return this.#tokens[this.#at++] === ")" ? value : undefined;
  }
}
