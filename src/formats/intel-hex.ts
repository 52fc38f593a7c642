import * as library from "nrf-intel-hex";
import { type FoundSegment, joinSegments, type TextImage } from "./segments.ts";
import { hexBytes, type Line, lineError, recordLines } from "./text-lines.ts";

type Blocks = Map<number, Uint8Array>;

// The package is CommonJS: its class is `module.exports`, which Node and bundlers show as `default`, once or twice.
const outer = library as unknown as { readonly default: { readonly default?: unknown } };
const MemoryMap = (outer.default.default ?? outer.default) as { fromHex(text: string): Blocks };

/** Record types of Intel HEX; the others (0 and 3) need no treatment of ours. */
const END_OF_FILE = 1;
const SEGMENT_BASE = 2;
const LINEAR_BASE = 4;
const START_ADDRESS = 5;

const END_RECORD = ":00000001FF";
const code = "hex-malformed";

/**
 * Reads an Intel HEX file. nrf-intel-hex checks and joins the records of one base address at a time, so that addresses
 * up to 0xFFFFFFFF work and an error can name its line. Throws `hex-malformed` (facts: line), `image-overlap`.
 */
export function readIntelHex(bytes: Uint8Array, fileName: string): TextImage {
  const lines = recordLines(bytes);
  const pieces: FoundSegment[] = [];
  let entry: number | undefined;
  let base = 0;
  let run: Line[] = [];
  const closeRun = (): void => {
    pieces.push(...readRun(run, base, fileName));
    run = [];
  };
  for (const [index, line] of lines.entries()) {
    const record = checkedRecord(line, fileName);
    const type = record[3];
    if (type === END_OF_FILE) {
      readRun([line], 0, fileName);
      closeRun();
      const next = lines[index + 1];
      if (next !== undefined)
        throw lineError(code, fileName, next.number, "there is more after the end-of-file record");
      return { segments: joinSegments(pieces, fileName), entry };
    }
    if (type === SEGMENT_BASE || type === LINEAR_BASE || type === START_ADDRESS) {
      const wanted = type === START_ADDRESS ? 4 : 2;
      if (record[0] !== wanted) {
        throw lineError(
          code,
          fileName,
          line.number,
          `a record of type ${type} carries ${wanted} bytes, this one ${record[0]}`,
        );
      }
      readRun([line], 0, fileName);
    }
    if (type === START_ADDRESS) entry = new DataView(record.buffer, record.byteOffset).getUint32(4);
    if (type === SEGMENT_BASE || type === LINEAR_BASE) {
      closeRun();
      base = ((record[4] << 8) | record[5]) * (type === LINEAR_BASE ? 0x10000 : 0x10);
    } else {
      run.push(line);
    }
  }
  const last = lines.at(-1);
  throw lineError(
    code,
    fileName,
    last?.number ?? 1,
    last === undefined
      ? "the file is empty"
      : "the file ends without an end-of-file record (:00000001FF), so it was cut short",
  );
}

/** The bytes of a record, when the line has the shape of one; what is in it is the library's to check. */
function checkedRecord(line: Line, fileName: string): Uint8Array {
  if (!line.text.startsWith(":")) throw lineError(code, fileName, line.number, "a record begins with a colon");
  if (!/^:(?:[0-9a-fA-F]{2}){5,260}$/.test(line.text)) {
    throw lineError(code, fileName, line.number, "a record is 5 to 260 bytes in pairs of hexadecimal digits");
  }
  return hexBytes(line.text, 1);
}

/** Reads records that share a base address. */
function readRun(run: readonly Line[], base: number, fileName: string): FoundSegment[] {
  if (run.length === 0) return [];
  const isEnd = run.length === 1 && hexBytes(run[0].text, 1)[3] === END_OF_FILE;
  const text = [...run.map((line) => line.text), ...(isEnd ? [] : [END_RECORD])].join("\n");
  let blocks: Blocks;
  try {
    blocks = MemoryMap.fromHex(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const record = /\brecord (\d+)/i.exec(message);
    const line = record === null ? run[0] : (run[Number(record[1]) - 1] ?? run[0]);
    throw lineError(code, fileName, line.number, describe(message, line));
  }
  const lines = run.length === 1 ? `line ${run[0].number}` : `lines ${run[0].number} to ${run[run.length - 1].number}`;
  return [...blocks].map(([address, data]) => ({ address: base + address, data, origin: lines }));
}

/** What the library found, in one clause. */
function describe(message: string, line: Line): string {
  const bytes = hexBytes(line.text, 1);
  if (message.startsWith("Checksum failed")) {
    const wanted = /should be ([0-9a-f]+)/.exec(message)?.[1] ?? "";
    return `the checksum is 0x${line.text.slice(-2).toLowerCase()} and should be 0x${wanted.padStart(2, "0")}`;
  }
  if (message.startsWith("Mismatched record length")) {
    return `the record announces ${bytes[0]} data bytes and has ${bytes.length - 5}`;
  }
  if (message.startsWith("Duplicated data")) return "an earlier record has the same address";
  if (message.startsWith("Overlapping")) return "records from this one on claim the same address twice";
  if (message.includes("wraps over")) return "the data crosses a 64-KiB border";
  if (message.startsWith("Invalid record type")) return `there is no record type ${bytes[3]}`;
  if (message.includes("must have 0000")) return "a record without data has the address 0000";
  return message.replace(/\.$/, "");
}
