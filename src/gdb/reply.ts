import { isProbityError } from "../base/errors.ts";
import { type Payload, plainText } from "./packet-encoder.ts";

/** What a packet is answered with; `undefined` when the answer comes later or never. */
export type Reply = Payload | undefined;

export const OK = "OK";
/** The empty reply: this packet is not supported. */
export const unsupported = "";

/** Error numbers that we use; GDB only shows them. They are those of errno: EINVAL, EFAULT, EIO. */
export const malformed = "E16";
export const memoryError = "E0e";
export const inputOutputError = "E05";

/**
 * `E.`, the error's code, `.` and its message. GDB 13 shows what follows the second point where it shows a text at all
 * (hardware breakpoints), and the whole reply at registers; later ones show everything after the first.
 */
export function errorReply(error: unknown): string {
  const code = isProbityError(error) ? error.code : "error";
  return `E.${plainText(code)}.${plainText(messageOf(error)).replace(/\.$/, "")}`;
}

/** One line that says what went wrong. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message and, below it, what can be done. */
export function messageWithRemedy(error: unknown): string {
  const lines = [messageOf(error)];
  if (isProbityError(error)) lines.push(...error.remedy.map((remedy) => `  ${remedy}`));
  return lines.join("\n");
}

/** A packet whose arguments make no sense; it is answered with {@link malformed}. */
export class MalformedPacket extends Error {
  override readonly name = "MalformedPacket";
}
