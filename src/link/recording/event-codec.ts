import { concat } from "../../base/bytes.ts";
import { Cursor, OutOfBytes, varint } from "./cursor.ts";
import type { Exchange, RecordedError, RecordedEvent } from "./exchange.ts";

/**
 * How an event lies in a block (docs/recording.md, "The file"): a byte of flags, times as 64-bit floats (so that a replay
 * takes the same decisions to the last bit), the command without its trailing zeros, then lengths and bytes.
 */
const flag = { trace: 1, wait: 2, write: 4, error: 8, sameStart: 16, redacted: 32, otherLength: 64 } as const;

const NOTHING = new Uint8Array(0);

/** The bytes of `event`; `previousEnd` is the time at which the event before it in the same block ended. */
export function encodeEvent(event: RecordedEvent, previousEnd: number | undefined): Uint8Array {
  if (event.kind === "wait") {
    return concat(Uint8Array.of(flag.wait), float(event.milliseconds), float(event.ended));
  }
  const { command, write, readLength, data, error } = event;
  const sameStart = event.started === previousEnd;
  const otherLength = error === undefined && data.length !== readLength;
  const flags =
    (event.kind === "trace" ? flag.trace : 0) |
    (write === undefined ? 0 : flag.write) |
    (error === undefined ? 0 : flag.error) |
    (sameStart ? flag.sameStart : 0) |
    (event.redacted === true ? flag.redacted : 0) |
    (otherLength ? flag.otherLength : 0);
  const parts: Uint8Array[] = [Uint8Array.of(flags)];
  if (!sameStart) parts.push(float(event.started));
  parts.push(float(event.ended));
  const trimmed = withoutTrailingZeros(command);
  parts.push(varint(trimmed.length), trimmed);
  if (write !== undefined) parts.push(varint(write.length), write);
  parts.push(varint(readLength));
  if (error !== undefined) {
    const text = new TextEncoder().encode(JSON.stringify(error));
    parts.push(varint(text.length), text);
  } else {
    if (otherLength) parts.push(varint(data.length));
    parts.push(data);
  }
  return concat(...parts);
}

/** The event in `bytes`; an exchange gets `number`. `undefined` when the bytes are none. */
export function decodeEvent(
  bytes: Uint8Array,
  number: number,
  previousEnd: number | undefined,
): RecordedEvent | undefined {
  const cursor = new Cursor(bytes);
  try {
    const event = decode(cursor, number, previousEnd);
    return cursor.left === 0 ? event : undefined;
  } catch (error) {
    if (error instanceof OutOfBytes || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function decode(cursor: Cursor, number: number, previousEnd: number | undefined): RecordedEvent | undefined {
  const flags = cursor.byte();
  if (flags === flag.wait) {
    return { kind: "wait", milliseconds: cursor.float(), ended: cursor.float() };
  }
  if (flags & (flag.wait | 0x80)) return undefined;
  const sameStart = (flags & flag.sameStart) !== 0;
  if (sameStart && previousEnd === undefined) return undefined;
  const started = sameStart ? (previousEnd as number) : cursor.float();
  const ended = cursor.float();
  const trimmed = cursor.take(cursor.varint());
  const trace = (flags & flag.trace) !== 0;
  if (trimmed.length > (trace ? 0 : 16)) return undefined;
  const command = new Uint8Array(trace ? 0 : 16);
  command.set(trimmed);
  const write = flags & flag.write ? cursor.take(cursor.varint()) : undefined;
  const readLength = cursor.varint();
  const exchange: Exchange = {
    kind: trace ? "trace" : "transfer",
    number,
    started,
    ended,
    command,
    write,
    readLength,
    data: NOTHING,
    ...(flags & flag.redacted && { redacted: true }),
  };
  if (flags & flag.error) {
    const error = errorIn(new TextDecoder().decode(cursor.take(cursor.varint())));
    return error && { ...exchange, error };
  }
  const length = flags & flag.otherLength ? cursor.varint() : readLength;
  return { ...exchange, data: cursor.take(length) };
}

function errorIn(text: string): RecordedError | undefined {
  const value = JSON.parse(text) as Partial<RecordedError> | null;
  if (value === null || typeof value.code !== "string" || typeof value.message !== "string") return undefined;
  const facts = typeof value.facts === "object" && value.facts !== null ? value.facts : {};
  const remedy = Array.isArray(value.remedy) ? value.remedy.map(String) : [];
  return { code: value.code, message: value.message, facts, remedy };
}

function withoutTrailingZeros(bytes: Uint8Array): Uint8Array {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return bytes.subarray(0, length);
}

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}
