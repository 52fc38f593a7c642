import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { concat, readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { crc32 } from "../../base/crc32.ts";
import { Cursor, OutOfBytes, varint } from "./cursor.ts";

/** The first bytes of every recording; the last one is the version of the format. */
export const magic = Uint8Array.of(0x50, 0x52, 0x42, 0x52, 0x45, 0x43, 0x0a, 1);

/** What a block holds. */
export const blockType = { header: 1, events: 2, end: 3 } as const;

const marker = Uint8Array.of(0xa7, 0x42, 0x4c, 0x4b);
/** marker, type, first exchange, index, length, packed length, CRC. */
const HEAD = 4 + 1 + 4 + 4 + 4 + 4 + 4;
/** A writer ends a block long before; a reader refuses to unpack more. */
const LARGEST = 16 * 1024 * 1024;

/** One stretch of a recording, packed by itself, so that what lies behind a damaged one can still be read. */
export interface Block {
  readonly type: number;
  readonly index: number;
  /** Number of the first exchange in it, or of the next one where it holds none. */
  readonly firstExchange: number;
  /** The records in it, as far as they are right. */
  readonly records: readonly Uint8Array[];
  /** Why it ends before its end: a sentence without a full stop. */
  readonly damage?: string;
  /** Where it stands in the file, and where the next one does. */
  readonly offset: number;
  readonly next: number;
}

/**
 * Bytes of a block. Each record is followed by 16 bits of a CRC that runs on through the block, which tell the first wrong
 * record; a CRC over the packed bytes tells that there is one.
 */
export function packBlock(
  type: number,
  index: number,
  firstExchange: number,
  records: readonly Uint8Array[],
): Uint8Array {
  let sum = crc32(Uint8Array.of(type, index & 0xff));
  const parts: Uint8Array[] = [];
  for (const record of records) {
    sum = crc32(record, sum);
    const check = new Uint8Array(2);
    writeU16(check, 0, sum & 0xffff);
    parts.push(varint(record.length), record, check);
  }
  const plain = concat(...parts);
  const packed = deflateRawSync(plain);
  const head = new Uint8Array(HEAD);
  head.set(marker);
  head[4] = type;
  for (const [i, value] of [firstExchange, index, plain.length, packed.length].entries())
    writeU32(head, 5 + 4 * i, value);
  writeU32(head, HEAD - 4, crc32(packed, crc32(head.subarray(4, HEAD - 4))));
  return concat(head, packed);
}

/** The block that begins at `offset`; `undefined` where none does. */
export function unpackBlock(bytes: Uint8Array, offset: number): Block | undefined {
  if (!marker.every((byte, i) => bytes[offset + i] === byte) || offset + HEAD > bytes.length) return undefined;
  const head = bytes.subarray(offset, offset + HEAD);
  const [firstExchange, index, length, packedLength, sum] = [0, 1, 2, 3, 4].map((i) => readU32(head, 5 + 4 * i));
  const packed = bytes.subarray(offset + HEAD, offset + HEAD + packedLength);
  const whole = packed.length === packedLength;
  const right = whole && sum === crc32(packed, crc32(head.subarray(4, HEAD - 4)));
  const type = head[4];
  const { records, complete } = recordsIn(inflate(packed, Math.min(length, LARGEST)), type, index);
  const damage = !whole ? "the file is cut off here" : !right || !complete ? "bytes were changed here" : undefined;
  const next = offset + HEAD + packed.length;
  return { type, index, firstExchange, records, offset, next, ...(damage !== undefined && { damage }) };
}

/** Where the next block begins at or after `offset`, `undefined` when there is none. */
export function findBlock(bytes: Uint8Array, offset: number): number | undefined {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(marker, offset);
  return at < 0 ? undefined : at;
}

function recordsIn(plain: Uint8Array, type: number, index: number): { records: Uint8Array[]; complete: boolean } {
  const records: Uint8Array[] = [];
  const cursor = new Cursor(plain);
  let sum = crc32(Uint8Array.of(type, index & 0xff));
  try {
    while (cursor.left > 0) {
      const record = cursor.take(cursor.varint());
      sum = crc32(record, sum);
      if (readU16(cursor.take(2), 0) !== (sum & 0xffff)) return { records, complete: false };
      records.push(record);
    }
    return { records, complete: true };
  } catch (error) {
    if (error instanceof OutOfBytes) return { records, complete: false };
    throw error;
  }
}

/** What can be unpacked of `packed`: all of it, or as far as it makes sense. */
function inflate(packed: Uint8Array, length: number): Uint8Array {
  const upTo = (end: number): Uint8Array | undefined => {
    try {
      return inflateRawSync(packed.subarray(0, end), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: Math.max(1, length),
      });
    } catch {
      return undefined;
    }
  };
  const all = upTo(packed.length);
  if (all !== undefined) return new Uint8Array(all);
  let best = new Uint8Array(0);
  let [low, high] = [0, packed.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const part = upTo(middle);
    if (part === undefined) high = middle;
    else {
      low = middle;
      best = new Uint8Array(part);
    }
  }
  return best;
}
