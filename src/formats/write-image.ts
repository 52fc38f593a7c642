/** Data bytes in a record, as most tools make them. */
const RECORD_BYTES = 16;

/** An Intel HEX file with these bytes at `address` (Intel's specification of 1988; linear addresses). */
export function intelHexOf(address: number, data: Uint8Array): string {
  const lines: string[] = [];
  let upper = 0;
  for (const { at, piece } of records(address, data)) {
    if (at >>> 16 !== upper) {
      upper = at >>> 16;
      lines.push(hexRecord(4, 0, [upper >>> 8, upper & 0xff]));
    }
    lines.push(hexRecord(0, at & 0xffff, piece));
  }
  lines.push(hexRecord(1, 0, []));
  return `${lines.join("\n")}\n`;
}

/** A Motorola S-record file with these bytes at `address`: S3 records, 32-bit addresses. */
export function srecOf(address: number, data: Uint8Array): string {
  const lines = [sRecord("S0", [0, 0])];
  for (const { at, piece } of records(address, data)) lines.push(sRecord("S3", [...bigEndian(at), ...piece]));
  // S7 with 0 says that no start address is known.
  lines.push(sRecord("S7", bigEndian(0)));
  return `${lines.join("\n")}\n`;
}

/** Pieces that end at multiples of the record's length, so that none crosses a border of 64 KiB. */
function* records(address: number, data: Uint8Array): Iterable<{ readonly at: number; readonly piece: Uint8Array }> {
  for (let offset = 0; offset < data.length; ) {
    const at = address + offset;
    const length = Math.min(RECORD_BYTES - (at % RECORD_BYTES), data.length - offset);
    yield { at, piece: data.subarray(offset, offset + length) };
    offset += length;
  }
}

function hexRecord(type: number, address: number, data: Iterable<number>): string {
  const body = [...data];
  const bytes = [body.length, address >>> 8, address & 0xff, type, ...body];
  return `:${hexDigits(bytes)}${hexDigits([-sum(bytes) & 0xff])}`;
}

function sRecord(type: string, body: readonly number[]): string {
  const bytes = [body.length + 1, ...body];
  return `${type}${hexDigits(bytes)}${hexDigits([~sum(bytes) & 0xff])}`;
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

function hexDigits(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex").toUpperCase();
}
