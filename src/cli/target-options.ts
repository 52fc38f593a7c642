import { type Command, InvalidArgumentError } from "commander";
import { withEngineOption } from "./engine-option.ts";
import { withRecordOptions } from "./record-options.ts";

/** The forms of `--probe`, for the help of every verb. */
export const probeForms = "usb, usb:SERIAL, tcp:HOST[:PORT][/SERIAL], sim:BOARD[?key=value&...], or replay:FILE";

/** The options that every verb with a target takes: `TargetOptions` of one-shot.ts. */
export function withTargetOptions(command: Command): Command {
  return withEngineOption(withRecordOptions(command).option("--probe <probe>", probeForms, "usb"))
    .option("--frequency <kHz>", "highest wire clock", parsePositive)
    .option("--under-reset", "connect under reset")
    .option("--json", "print JSON")
    .option("--findings-json <file>", "write what is found to be wrong: one JSON object a line")
    .option("--loader-timeout <seconds>", "longest time for one call of a loader's function", parseSeconds, 10);
}

/** `--loader`, for verbs that reach memories outside of the chip. */
export function withLoaderOption(command: Command): Command {
  return command.option(
    "--loader <file>",
    "external memory loader or flash algorithm; may be given more than once",
    collect,
  );
}

/** For an option that may be given more than once. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** A 32-bit address, decimal or hexadecimal. */
export function parseAddress(text: string): number {
  const value = unsigned(text);
  if (value !== undefined && value < 2 ** 32) return value;
  throw new InvalidArgumentError("Give an address such as 0x08000000.");
}

/** A number of bytes, decimal or hexadecimal; K and M stand for 1024 and 1024 times that. */
export function parseLength(text: string): number {
  const [, digits, unit] = /^(\w+?)(K|KiB|M|MiB)?$/i.exec(text) ?? [];
  const value = digits === undefined ? undefined : unsigned(digits);
  const factor = unit === undefined ? 1 : /^k/i.test(unit) ? 1024 : 1024 * 1024;
  if (value !== undefined && value > 0 && value * factor <= 2 ** 32) return value * factor;
  throw new InvalidArgumentError("Give a number of bytes above 0, such as 256, 0x100 or 64K.");
}

/** Bits of one access. */
export function parseWidth(text: string): 8 | 16 | 32 {
  const value = Number(text);
  if (value === 8 || value === 16 || value === 32) return value;
  throw new InvalidArgumentError("Give 8, 16 or 32.");
}

/** A decimal or hexadecimal number without a sign; `undefined` for anything else. */
export function unsigned(text: string): number | undefined {
  return /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : undefined;
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}

/** As the server's option of that name. */
function parseSeconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= 3600) return value;
  throw new InvalidArgumentError("Give a number of seconds from 1 to 3600.");
}
