import { type FoundSegment, joinSegments, type TextImage } from "./segments.ts";
import { hexBytes, type Line, lineError, recordLines } from "./text-lines.ts";

const code = "srec-malformed";

/** Bytes of the address field, by record type (S4 does not exist). */
const addressBytes: Readonly<Record<string, number>> = {
  S0: 2,
  S1: 2,
  S2: 3,
  S3: 4,
  S5: 2,
  S6: 3,
  S7: 4,
  S8: 3,
  S9: 2,
};
const dataTypes = new Set(["S1", "S2", "S3"]);
const countTypes = new Set(["S5", "S6"]);
const endTypes = new Set(["S7", "S8", "S9"]);

interface SRecord {
  readonly type: string;
  readonly address: number;
  readonly data: Uint8Array;
}

/**
 * Reads a Motorola S-record file (S19, S28, S37). Every checksum and the record count, if there is one, are checked;
 * a file without its end record was cut short. Throws `srec-malformed` (facts: line), `image-overlap`.
 */
export function readSrec(bytes: Uint8Array, fileName: string): TextImage {
  const lines = recordLines(bytes);
  const pieces: FoundSegment[] = [];
  for (const [index, line] of lines.entries()) {
    const { type, address, data } = parse(line, fileName);
    if (dataTypes.has(type)) pieces.push({ address, data, origin: `line ${line.number}` });
    if (countTypes.has(type) && address !== pieces.length) {
      throw lineError(
        code,
        fileName,
        line.number,
        `the file should hold ${address} data records and holds ${pieces.length}`,
      );
    }
    if (endTypes.has(type)) {
      const next = lines[index + 1];
      if (next !== undefined) throw lineError(code, fileName, next.number, "there is more after the end record");
      return { segments: joinSegments(pieces, fileName), entry: address === 0 ? undefined : address };
    }
  }
  const last = lines.at(-1);
  throw lineError(
    code,
    fileName,
    last?.number ?? 1,
    last === undefined
      ? "the file is empty"
      : "the file ends without an end record (S7, S8 or S9), so it was cut short",
  );
}

function parse(line: Line, fileName: string): SRecord {
  const fail = (what: string): never => {
    throw lineError(code, fileName, line.number, what);
  };
  const type = line.text.slice(0, 2).toUpperCase();
  const width = addressBytes[type];
  if (width === undefined) return fail("a record begins with S0 to S9, S4 excepted");
  if (!/^..(?:[0-9a-fA-F]{2})+$/.test(line.text)) return fail("a record is made of pairs of hexadecimal digits");
  const bytes = hexBytes(line.text, 2);
  if (bytes[0] !== bytes.length - 1) {
    return fail(`the record announces ${bytes[0]} bytes and has ${bytes.length - 1}`);
  }
  if (bytes.length < width + 2) return fail(`a record of type ${type} has an address of ${width} bytes and a checksum`);
  const sum = ~bytes.subarray(0, -1).reduce((total, byte) => total + byte, 0) & 0xff;
  const found = bytes[bytes.length - 1];
  if (sum !== found) {
    return fail(
      `the checksum is 0x${found.toString(16).padStart(2, "0")} and should be 0x${sum.toString(16).padStart(2, "0")}`,
    );
  }
  const address = bytes.subarray(1, 1 + width).reduce((total, byte) => total * 256 + byte, 0);
  return { type, address, data: bytes.slice(1 + width, -1) };
}
