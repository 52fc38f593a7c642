/** What a packet can carry: text (one byte a character) or bytes. */
export type Payload = string | Uint8Array;

const REPEAT = 0x2a;

/** Bytes that mean something to the framing and so are escaped inside a payload. */
function mustEscape(byte: number): boolean {
  return byte === 0x23 || byte === 0x24 || byte === 0x7d || byte === REPEAT;
}

/**
 * Binary data as a packet may carry it: `#`, `$`, `}` and `*` become `}` and the byte with bit 5 inverted (GDB manual,
 * "Binary Data").
 */
export function escapeBinary(data: Uint8Array): Uint8Array {
  let extra = 0;
  for (const byte of data) if (mustEscape(byte)) extra++;
  if (extra === 0) return data;
  const out = new Uint8Array(data.length + extra);
  let at = 0;
  for (const byte of data) {
    if (mustEscape(byte)) {
      out[at++] = 0x7d;
      out[at++] = byte ^ 0x20;
    } else out[at++] = byte;
  }
  return out;
}

/**
 * Run-length encoding of an already escaped payload: a byte, `*`, and the number of further repeats plus 29. Counts
 * that would read `#` or `$` (6 and 7 repeats) are shortened to 5 (GDB manual, "Overview").
 */
export function runLengthEncode(payload: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < payload.length; ) {
    const byte = payload[i];
    let run = 1;
    while (run < 98 && payload[i + run] === byte) run++;
    let repeats = run - 1;
    if (repeats === 6 || repeats === 7) repeats = 5;
    if (repeats >= 3) {
      out.push(byte, REPEAT, repeats + 29);
      i += repeats + 1;
    } else {
      out.push(byte);
      i++;
    }
  }
  return Uint8Array.from(out);
}

/**
 * A whole packet, `$payload#checksum`. Bytes of a binary payload are escaped; a text payload is sent as it is and must
 * not hold `#`, `$`, `}` or `*` (see {@link plainText}).
 */
export function framePacket(payload: Payload, options: { readonly runLength?: boolean } = {}): Uint8Array {
  let body = typeof payload === "string" ? Buffer.from(payload, "latin1") : escapeBinary(payload);
  if (options.runLength) body = runLengthEncode(body);
  const frame = new Uint8Array(body.length + 4);
  frame[0] = 0x24;
  frame.set(body, 1);
  let sum = 0;
  for (const byte of body) sum = (sum + byte) & 0xff;
  frame.set(Buffer.from(`#${sum.toString(16).padStart(2, "0")}`, "latin1"), body.length + 1);
  return frame;
}

/** `text` with everything replaced that a text payload must not hold. GDB does not unescape error texts. */
export function plainText(text: string): string {
  return text.replace(/[#$}*]/g, "_").replace(/[^\x20-\x7e]/g, " ");
}

/** Text as hexadecimal digits of its UTF-8 bytes, for `O` packets and `qRcmd`. */
export function hexText(text: string): string {
  return Buffer.from(text, "utf8").toString("hex");
}
