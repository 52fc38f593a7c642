import { hex32, readU32 } from "../base/bytes.ts";
import { isProbityError } from "../base/errors.ts";
import { type Designer, designerName, isSt } from "./designer.ts";
import type { MemoryPort } from "./memory-port.ts";

/** One component that a ROM table lists, or the table itself. */
export interface Component {
  /** Base of its last (or only) 4 KiB block. */
  readonly address: number;
  /** CIDR1[7:4]: 1 ROM table, 9 CoreSight component, 0xE generic (ADIv5 13.3); `undefined` when the preamble is wrong. */
  readonly class: number | undefined;
  readonly designer: Designer;
  readonly part: number;
  readonly revision: number;
  /** PIDR7–PIDR0 as one number in the manuals' order, as hexadecimal digits. */
  readonly pidr: string;
  /** Depth in the tree: 0 is the root table. */
  readonly depth: number;
  /** What ARM calls it, if the part number is known. */
  readonly name: string | undefined;
}

export interface RomTable {
  readonly address: number;
  /** The root table and everything below it, in the order of the entries. */
  readonly components: readonly Component[];
  /** Whose chip this is by the root table's PIDR: known name, or the code. */
  readonly designer: Designer | undefined;
  readonly designerName: string;
  readonly isSt: boolean;
  readonly part: number | undefined;
  /** What could not be read or does not fit, in words; the walk goes on without it. */
  readonly problems: readonly string[];
}

const romTableClass = 1;
const coreSightClass = 9;
const maximumDepth = 4;
const maximumComponents = 64;

/** Part numbers of ARM's components (CoreSight documentation); the same number may serve several cores. */
const armParts: Readonly<Record<number, string>> = {
  0: "SCS (Cortex-M3)",
  1: "ITM",
  2: "DWT",
  3: "FPB",
  8: "SCS (Cortex-M0/M0+)",
  10: "DWT (Cortex-M0/M0+)",
  11: "BPU",
  12: "SCS (Cortex-M4)",
  14: "FPB (Cortex-M7)",
  1137: "ROM table (Cortex-M0)",
  1216: "ROM table (Cortex-M0+)",
  1219: "ROM table (Cortex-M3)",
  1220: "ROM table (Cortex-M4)",
  1223: "ROM table (Cortex-M7)",
  2310: "CTI",
  2339: "TPIU (Cortex-M3)",
  2340: "ETM (Cortex-M3)",
  2341: "ETM (Cortex-M4)",
  2465: "TPIU (Cortex-M4)",
};

/**
 * Walks the ROM table at `base` (AP register BASE with its low bits cleared). Trace components read as zero unless
 * DEMCR.TRCENA is set before. Never rejects for what the target holds: faults and nonsense end up in `problems`.
 */
export function walkRomTable(port: MemoryPort, base: number): Promise<RomTable> {
  return walkFrom(port, base, maximumDepth);
}

/** The table at `base` alone, without what it lists: enough to tell whose chip this is. */
export function readRootTable(port: MemoryPort, base: number): Promise<RomTable> {
  return walkFrom(port, base, 0);
}

async function walkFrom(port: MemoryPort, base: number, deepest: number): Promise<RomTable> {
  const components: Component[] = [];
  const problems: string[] = [];
  const visited = new Set<number>();

  const walk = async (address: number, depth: number): Promise<void> => {
    if (visited.has(address) || components.length >= maximumComponents) return;
    visited.add(address);
    const component = await attempt(problems, `component at ${hex32(address)}`, () => identify(port, address, depth));
    if (component === undefined) return;
    components.push(component);
    if (component.class === undefined) {
      problems.push(`The component at ${hex32(address)} has no valid CIDR.`);
      return;
    }
    if (depth >= deepest) return;
    const isTable = component.class === romTableClass || (await isCoreSightTable(port, component, problems));
    if (!isTable) return;
    for (const entry of await entries(port, address, component.class, problems)) {
      await walk((address + (entry & 0xfffff000)) >>> 0, depth + 1);
    }
  };
  await walk(base >>> 0, 0);

  const root = components[0];
  return {
    address: base >>> 0,
    components,
    designer: root?.designer,
    designerName: root ? designerName(root.designer) : "unknown: the ROM table can't be read",
    isSt: root !== undefined && isSt(root.designer),
    part: root?.part,
    problems,
  };
}

/** Addresses of the words that tell what the component at `address` is. */
export function identificationWords(address: number): number[] {
  return Array.from({ length: 12 }, (_, word) => (address + 0xfd0 + 4 * word) >>> 0);
}

/** Reads PIDR4–7, PIDR0–3 and CIDR0–3, which lie together at 0xFD0–0xFFC. */
async function identify(port: MemoryPort, address: number, depth: number): Promise<Component> {
  const [first] = identificationWords(address);
  const bytes = await port.read(first, 48);
  const at = (offset: number): number => readU32(bytes, offset - 0xfd0) & 0xff;
  const pidr = [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xfd0, 0xfd4, 0xfd8, 0xfdc].map(at);
  const cidr = [0xff0, 0xff4, 0xff8, 0xffc].map(at);
  const preamble = cidr[0] === 0x0d && (cidr[1] & 0xf) === 0 && cidr[2] === 0x05 && cidr[3] === 0xb1;
  const designer = { bank: pidr[4] & 0xf, code: (pidr[1] >> 4) | ((pidr[2] & 7) << 4) };
  const part = pidr[0] | ((pidr[1] & 0xf) << 8);
  const isArm = designer.bank === 4 && designer.code === 0x3b;
  return {
    address,
    class: preamble ? cidr[1] >> 4 : undefined,
    designer,
    part,
    revision: pidr[2] >> 4,
    pidr: [...pidr]
      .reverse()
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(""),
    depth,
    name: isArm ? armParts[part] : undefined,
  };
}

/** Class-9 ROM tables of newer chips say so in DEVARCH (ADIv6 D3). */
async function isCoreSightTable(port: MemoryPort, component: Component, problems: string[]): Promise<boolean> {
  if (component.class !== coreSightClass) return false;
  const where = (component.address + 0xfbc) >>> 0;
  const devarch = await attempt(problems, `DEVARCH at ${hex32(where)}`, () => port.readWord(where));
  return devarch !== undefined && (devarch & 0xfff0ffff) >>> 0 === 0x47700af7;
}

/** The present entries of one table, up to the zero that ends it. */
async function entries(port: MemoryPort, address: number, kind: number, problems: string[]): Promise<number[]> {
  const found: number[] = [];
  const limit = kind === romTableClass ? 0xf00 : 0x800;
  for (let offset = 0; offset < limit; offset += 64) {
    const where = (address + offset) >>> 0;
    const bytes = await attempt(problems, `entries at ${hex32(where)}`, () => port.read(where, 64));
    if (bytes === undefined) return found;
    for (let i = 0; i < 64; i += 4) {
      const entry = readU32(bytes, i);
      if (entry === 0) return found;
      const present = kind === romTableClass ? (entry & 1) === 1 : (entry & 3) === 3;
      if (present) found.push(entry);
    }
  }
  return found;
}

async function attempt<Result>(
  problems: string[],
  what: string,
  read: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
    problems.push(`The ${what} can't be read: ${error.message}`);
    return undefined;
  }
}
