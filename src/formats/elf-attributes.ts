import { readU32 } from "../base/bytes.ts";
import { type ElfTables, malformed, SHT_ARM_ATTRIBUTES, sectionBytes } from "./elf.ts";

/** What the compiler noted of the processor it built for ("Addenda to, and Errata in, the ABI for the Arm Architecture"). */
export interface BuildAttributes {
  /** Tag_CPU_name, such as `Cortex-M3` or `7-M`. */
  readonly cpuName?: string;
  /** Tag_CPU_arch as its number, and in words. */
  readonly cpuArch?: number;
  readonly cpuArchName?: string;
  /** Tag_CPU_arch_profile: `M`, `A`, `R`, `S`. */
  readonly profile?: string;
  /** Tag_FP_arch: 0 when the program uses no floating-point hardware. */
  readonly fpArch?: number;
}

const TAG_FILE = 1;
const TAG_CPU_RAW_NAME = 4;
const TAG_CPU_NAME = 5;
const TAG_CPU_ARCH = 6;
const TAG_CPU_ARCH_PROFILE = 7;
const TAG_FP_ARCH = 10;
const TAG_COMPATIBILITY = 32;

/** Tag_CPU_arch by value, as far as the values name something a user knows. */
const architectures: Readonly<Record<number, string>> = {
  1: "ARMv4",
  2: "ARMv4T",
  3: "ARMv5T",
  4: "ARMv5TE",
  5: "ARMv5TEJ",
  6: "ARMv6",
  7: "ARMv6KZ",
  8: "ARMv6T2",
  9: "ARMv6K",
  10: "ARMv7",
  11: "ARMv6-M",
  12: "ARMv6S-M",
  13: "ARMv7E-M",
  14: "ARMv8-A",
  15: "ARMv8-R",
  16: "ARMv8-M Baseline",
  17: "ARMv8-M Mainline",
  21: "ARMv8.1-M Mainline",
};

/** The build attributes of the whole file; `undefined` when it has none. Throws `elf-malformed`. */
export function readBuildAttributes(elf: ElfTables): BuildAttributes | undefined {
  const section = elf.sections.find((candidate) => candidate.type === SHT_ARM_ATTRIBUTES);
  if (section === undefined) return undefined;
  const reader = new AttributeReader(sectionBytes(elf, section), elf.fileName);
  if (reader.byte() !== 0x41) throw malformed(elf.fileName, "its build attributes are of an unknown version");
  const values = new Map<number, number | string>();
  while (!reader.atEnd) {
    const vendor = reader.block(reader.length(0));
    if (vendor.text() !== "aeabi") continue;
    while (!vendor.atEnd) {
      const start = vendor.position;
      const scope = vendor.number();
      const scoped = vendor.block(vendor.length(vendor.position - start));
      while (scope === TAG_FILE && !scoped.atEnd) readAttribute(scoped, values);
    }
  }
  return summary(values);
}

function summary(values: ReadonlyMap<number, number | string>): BuildAttributes {
  const text = (tag: number): string | undefined => {
    const value = values.get(tag);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const number = (tag: number): number | undefined => {
    const value = values.get(tag);
    return typeof value === "number" ? value : undefined;
  };
  const cpuArch = number(TAG_CPU_ARCH);
  const profile = number(TAG_CPU_ARCH_PROFILE);
  return {
    cpuName: text(TAG_CPU_NAME) ?? text(TAG_CPU_RAW_NAME),
    cpuArch,
    cpuArchName: cpuArch === undefined ? undefined : (architectures[cpuArch] ?? `architecture ${cpuArch}`),
    profile: profile === undefined || profile === 0 ? undefined : String.fromCharCode(profile & 0x7f),
    fpArch: number(TAG_FP_ARCH),
  };
}

/** Tags above 32 carry text when odd and a number when even; those below, numbers but for the two names. */
function readAttribute(reader: AttributeReader, values: Map<number, number | string>): void {
  const tag = reader.number();
  if (tag === TAG_COMPATIBILITY) {
    reader.number();
    reader.text();
  } else if (tag === TAG_CPU_RAW_NAME || tag === TAG_CPU_NAME || (tag > TAG_COMPATIBILITY && tag % 2 === 1)) {
    values.set(tag, reader.text());
  } else {
    values.set(tag, reader.number());
  }
}

/** Walks through attribute data; running over its end is an error, never a loop. */
class AttributeReader {
  readonly #bytes: Uint8Array;
  readonly #fileName: string;
  position = 0;

  constructor(bytes: Uint8Array, fileName: string) {
    this.#bytes = bytes;
    this.#fileName = fileName;
  }

  get atEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  byte(): number {
    if (this.atEnd) throw this.#short();
    return this.#bytes[this.position++];
  }

  /** A ULEB128 number of at most 32 bits. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.#short();
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.position);
    if (end < 0) throw this.#short();
    const text = Buffer.from(this.#bytes.subarray(this.position, end)).toString("latin1");
    this.position = end + 1;
    return text;
  }

  /** A length word that counts itself and the `before` bytes in front of it; what is left of the stretch. */
  length(before: number): number {
    if (this.position + 4 > this.#bytes.length) throw this.#short();
    const rest = readU32(this.#bytes, this.position) - 4 - before;
    this.position += 4;
    if (rest < 0 || this.position + rest > this.#bytes.length) throw this.#short();
    return rest;
  }

  /** A reader of the next `length` bytes, which are stepped over. */
  block(length: number): AttributeReader {
    const block = new AttributeReader(this.#bytes.subarray(this.position, this.position + length), this.#fileName);
    this.position += length;
    return block;
  }

  #short(): Error {
    return malformed(this.#fileName, "its build attributes end in the middle");
  }
}
