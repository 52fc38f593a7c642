/** Bytes in a line. */
const LINE = 16;

/**
 * Memory as lines for people: address, values of `width` bits (little-endian, as the core sees them), and for bytes the
 * characters. A line that is like the one before it is shown as one `*`, however many follow.
 */
export function hexDump(address: number, data: Uint8Array, width: 8 | 16 | 32 = 8): string[] {
  const lines: string[] = [];
  let before: string | undefined;
  for (let offset = 0; offset < data.length; offset += LINE) {
    const piece = data.subarray(offset, offset + LINE);
    const isLast = offset + LINE >= data.length;
    const content = Buffer.from(piece).toString("latin1");
    if (content === before && !isLast) {
      if (lines[lines.length - 1] !== "*") lines.push("*");
      continue;
    }
    before = content;
    const values = valuesOf(piece, width).padEnd((LINE / (width / 8)) * (width / 4 + 1));
    const characters = width === 8 ? ` |${content.replace(/[^ -~]/g, ".")}|` : "";
    lines.push(`${(address + offset).toString(16).padStart(8, "0")}  ${values}${characters}`.trimEnd());
  }
  return lines;
}

function valuesOf(piece: Uint8Array, width: 8 | 16 | 32): string {
  const size = width / 8;
  return Array.from({ length: Math.ceil(piece.length / size) }, (_, i) => {
    const bytes = [...piece.subarray(i * size, (i + 1) * size)].reverse();
    return Buffer.from(bytes).toString("hex");
  }).join(" ");
}
