import { ProbityError } from "../../base/errors.ts";

/** `0` or `1`. */
export function parseBit(key: string, text: string): number {
  if (text === "0" || text === "1") return Number(text);
  throw badValue(key, text, `${key} is one bit.`, `Write ${key}=0 or ${key}=1.`);
}

/** A byte, in decimal or as `0x5A`. */
export function parseByte(key: string, text: string): number {
  const value = /^(0x[0-9a-f]{1,2}|\d{1,3})$/i.test(text) ? Number(text) : Number.NaN;
  if (value <= 0xff) return value;
  throw badValue(key, text, `${key} is one byte.`, `Write ${key}=0 to ${key}=255, or ${key}=0x00 to ${key}=0xFF.`);
}

/** The error that a value does not fit. */
export function badValue(key: string, value: string, message: string, remedy: string): ProbityError {
  return new ProbityError("option-byte-value", message, { facts: { key, value }, remedy: [remedy] });
}

/** The error that there is no such option. */
export function unknownOption(family: string, key: string, keys: readonly string[]): ProbityError {
  return new ProbityError("option-byte-unknown", `The ${family} has no option "${key}".`, {
    facts: { key },
    remedy: [`The options are: ${keys.join(", ")}. Nothing was changed.`],
  });
}
