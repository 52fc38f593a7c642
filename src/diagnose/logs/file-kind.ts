/** Files that are given for logs and are none: programs, pictures, archives, images of memory. */
import { encodingOf } from "./decode.ts";

/** What a file is that is no text of a tool. */
export interface FileKind {
  /** With its article: `an ELF program`. */
  readonly name: string;
  /** Which verb or step serves it, if one does. */
  readonly remedy?: string;
}

const elf: FileKind = {
  name: "an ELF program",
  remedy:
    "For a program: `probity doctor` in its project's folder. For an external loader (.stldr): `probity loader info FILE`.",
};
const image: FileKind = {
  name: "an image of a program",
  remedy: "`probity doctor` in the project's folder looks at what is to be programmed.",
};
const archive: FileKind = { name: "an archive", remedy: "Take the log out of it, and explain that." };
const picture: FileKind = {
  name: "a picture",
  remedy: "Copy the text out of the window that it shows, or save the log to a file, and explain that.",
};

/** Marks at the start of a file (each format's own specification). */
const marks: readonly (readonly [bytes: readonly (number | undefined)[], kind: FileKind])[] = [
  [[0x7f, 0x45, 0x4c, 0x46], elf],
  [[0x89, 0x50, 0x4e, 0x47], picture],
  [[0xff, 0xd8, 0xff], picture],
  [[0x47, 0x49, 0x46, 0x38], picture],
  [[0x42, 0x4d, undefined, undefined, undefined, undefined, 0, 0, 0, 0], picture],
  [[0x50, 0x4b, 0x03, 0x04], archive],
  [[0x1f, 0x8b], { ...archive, remedy: "Unpack it (gzip -d) and explain what it holds." }],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], archive],
  [[0x42, 0x5a, 0x68], archive],
  [[0x28, 0xb5, 0x2f, 0xfd], archive],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], archive],
  [[0x52, 0x61, 0x72, 0x21], archive],
  [[0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e, 0x0a], { name: "a library of object files" }],
  [[0x25, 0x50, 0x44, 0x46], { name: "a PDF document", remedy: "Copy the log's text out of it, and explain that." }],
  [[0x55, 0x46, 0x32, 0x0a], image],
  [[0x44, 0x66, 0x75, 0x53, 0x65, 0x01], image],
  [[0x00, 0x61, 0x73, 0x6d], { name: "a WebAssembly program" }],
  [[0xcf, 0xfa, 0xed, 0xfe], { name: "a program for macOS" }],
  [[0xca, 0xfe, 0xba, 0xbe], { name: "a program for macOS or Java" }],
];

/** Bytes that are looked at; a shorter file is looked at whole. */
export const LOOKED_AT = 0x4000;
/** Bytes that no text has, beyond the few that a serial line or a cut paste leaves. */
const MOST_ODD = 0.06;
/** Lines of a text that are records of a memory image. */
const MOST_RECORDS = 0.9;

/** What a file is, by its first bytes, when it is no log; `undefined` for any text. */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  const start = bytes.subarray(0, LOOKED_AT);
  for (const [mark, kind] of marks) {
    if (start.length >= mark.length && mark.every((byte, i) => byte === undefined || byte === start[i])) return kind;
  }
  const wide = encodingOf(start).startsWith("utf-16");
  if (!wide && isVectorTable(start)) return image;
  if (wide) {
    // Image data with many zero bytes looks like it, but has no line that is text.
    return looksWritten(new TextDecoder(encodingOf(start)).decode(start)) ? undefined : { name: "binary data" };
  }
  if (start[0] === 0x4d && start[1] === 0x5a && start.includes(0)) return { name: "a program for Windows" };
  let odd = 0;
  for (const byte of start) if (byte < 0x20 ? !blank.has(byte) : byte === 0x7f) odd++;
  if (odd > start.length * MOST_ODD) return { name: "binary data" };
  return records(start);
}

/** Tab, line ends, form feed, and what progress bars and colours use: bell, backspace, escape. */
const blank = new Set([0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b]);

function looksWritten(text: string): boolean {
  const letters = text.replace(/[^\x20-\x7e\t\r\n\u00a0-\u024f\u0370-\u04ff\u3000-\u9fff\uac00-\ud7a3]/g, "");
  return letters.length > text.length * (1 - MOST_ODD);
}

/** A raw image for a Cortex-M: initial stack pointer in RAM, reset vector in flash with the Thumb bit (ARMv7-M B1.5.3). */
function isVectorTable(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack = view.getUint32(0, true);
  const reset = view.getUint32(4, true);
  return stack >>> 24 >= 0x10 && stack >>> 24 <= 0x38 && stack % 4 === 0 && reset >>> 24 === 0x08 && reset % 2 === 1;
}

/** Intel HEX and Motorola S-records: text that is an image. */
function records(bytes: Uint8Array): FileKind | undefined {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/, 200);
  // The last one may be cut.
  const whole = (lines.length > 1 ? lines.slice(0, -1) : lines).filter((line) => line.trim() !== "");
  const hex = whole.filter((line) => /^:(?:[0-9a-f]{2}){5,}\s*$/i.test(line)).length;
  const srec = whole.filter((line) => /^S[0-9](?:[0-9a-f]{2}){3,}\s*$/i.test(line)).length;
  if (whole.length === 0) return undefined;
  if (hex >= whole.length * MOST_RECORDS) return { ...image, name: "an image of a program (Intel HEX)" };
  if (srec >= whole.length * MOST_RECORDS) return { ...image, name: "an image of a program (Motorola S-records)" };
  return undefined;
}
