import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import { isElf, readElf } from "./elf.ts";
import { readIntelHex } from "./intel-hex.ts";
import type { Segment } from "./segments.ts";
import { readSrec } from "./srec.ts";

export type ImageFormat = "elf" | "intel-hex" | "srec" | "binary";

/** A program file ready to be flashed: pieces in address order that neither touch nor overlap. */
export interface Image {
  readonly format: ImageFormat;
  readonly segments: readonly Segment[];
  /** Where the program starts, when the file says so. */
  readonly entry?: number;
}

export interface ReadImageOptions {
  /** Where a raw binary belongs; ignored for formats that carry addresses. */
  readonly baseAddress?: number;
}

/** How each format is known: by its first bytes, else by what the file is called. */
const formats: readonly {
  format: Exclude<ImageFormat, "binary">;
  looks: (bytes: Uint8Array) => boolean;
  name: RegExp;
}[] = [
  { format: "elf", looks: isElf, name: /\.(elf|axf|out)$/i },
  { format: "intel-hex", looks: (bytes) => /^\s*:[0-9a-fA-F]{10}/.test(head(bytes)), name: /\.(hex|ihex|ihx)$/i },
  {
    format: "srec",
    looks: (bytes) => /^\s*S[0-35-9][0-9a-fA-F]{8}/.test(head(bytes)),
    name: /\.(srec|s19|s28|s37|mot|mhx)$/i,
  },
];

const readers = { elf: readElf, "intel-hex": readIntelHex, srec: readSrec } as const;

/**
 * Reads a program file of whatever format: ELF, Intel HEX or S-record by content, else raw binary, which needs
 * `baseAddress`. Throws what the reader throws, `image-empty`, `image-address` or `image-needs-address`.
 */
export function readImage(bytes: Uint8Array, fileName: string, options: ReadImageOptions = {}): Image {
  if (bytes.length === 0) {
    throw new ProbityError("image-empty", `${fileName} is empty.`, { remedy: ["Build the program again."] });
  }
  const found = formats.find((entry) => entry.looks(bytes)) ?? formats.find((entry) => entry.name.test(fileName));
  if (found === undefined) return readBinary(bytes, fileName, options);
  const { segments, entry } = readers[found.format](bytes, fileName);
  if (segments.length === 0) {
    throw new ProbityError("image-empty", `${fileName} holds nothing to load.`, {
      remedy: ["Check that the program was linked with a linker script for the chip."],
    });
  }
  return { format: found.format, segments, entry };
}

function readBinary(bytes: Uint8Array, fileName: string, { baseAddress }: ReadImageOptions): Image {
  if (baseAddress === undefined) {
    throw new ProbityError(
      "image-needs-address",
      `${fileName} is neither ELF nor Intel HEX nor S-record, so it is taken for a raw binary, and that needs an address.`,
      {
        facts: { length: bytes.length },
        remedy: [
          "Give the address it belongs to, such as 0x08000000.",
          "Or give the .elf or .hex file of the same build.",
        ],
      },
    );
  }
  if (baseAddress < 0 || baseAddress + bytes.length > 2 ** 32) {
    throw new ProbityError(
      "image-address",
      `${fileName} does not fit into the address space at ${hex32(baseAddress)}.`,
      {
        facts: { address: baseAddress, length: bytes.length },
        remedy: ["Give the address at which the flash begins, such as 0x08000000."],
      },
    );
  }
  return { format: "binary", segments: [{ address: baseAddress, data: bytes }] };
}

/** The first characters, without a byte order mark. */
function head(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 64)).replace(/^\u00ef\u00bb\u00bf/, "");
}
