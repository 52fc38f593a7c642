import { concat, readU16, writeU16 } from "../base/bytes.ts";
import { isProbityError } from "../base/errors.ts";
import type { MemoryPort, Probe } from "./memory-port.ts";

/** Opens the access port `ap` and gives the memory behind it. */
export async function openMemoryPort(probe: Probe, ap = 0): Promise<MemoryPort> {
  await probe.openAp?.(ap);
  return {
    ap,
    read: (address, length) => readAny(probe, ap, address, length),
    write: (address, data) => writeAny(probe, ap, address, data),
    readWord: (address) => probe.readWord(ap, address),
    writeWord: (address, value) => probe.writeWord(ap, address, value),
    readHalfWord: async (address) => readU16(await probe.readMemory(ap, address, 2, 16), 0),
    writeHalfWord: async (address, value) => {
      const bytes = new Uint8Array(2);
      writeU16(bytes, 0, value);
      await probe.writeMemory(ap, address, bytes, 16);
    },
    words: (operations) => probe.words(ap, operations),
    wordQueue: probe.wordQueue,
  };
}

/** Where a stretch of memory is cut: bytes before the first whole word, whole words, bytes after them. */
interface Cut {
  readonly head: number;
  readonly middle: number;
  readonly tail: number;
}

function cut(address: number, length: number): Cut {
  const head = Math.min(length, (4 - (address & 3)) & 3);
  const middle = (length - head) & ~3;
  return { head, middle, tail: length - head - middle };
}

/**
 * Reads any stretch. One aligned word is one transfer. Unaligned edges are read as whole words around the stretch when
 * that is plain memory (below the peripherals): a word more costs nothing, a second transfer does.
 */
async function readAny(probe: Probe, ap: number, address: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array();
  const { head, middle, tail } = cut(address, length);
  if (head === 0 && tail === 0) return probe.readMemory(ap, address, length, 32);
  if (isPlainMemory(address, length)) {
    const start = (address & ~3) >>> 0;
    const end = (address + length + 3) & ~3;
    const whole = await probe.readMemory(ap, start, (end - start) >>> 0, 32);
    return whole.slice(address - start, address - start + length);
  }
  const parts: Uint8Array[] = [];
  if (head > 0) parts.push(await readEdge(probe, ap, address, head));
  if (middle > 0) parts.push(await probe.readMemory(ap, address + head, middle, 32));
  if (tail > 0) parts.push(await readEdge(probe, ap, address + head + middle, tail));
  return concat(...parts);
}

/** Up to three bytes; an aligned pair as one half-word, so that a 16-bit register is read in one access. */
function readEdge(probe: Probe, ap: number, address: number, length: number): Promise<Uint8Array> {
  return byHalfWord(address, length, (width) => probe.readMemory(ap, address, length, width));
}

async function writeAny(probe: Probe, ap: number, address: number, data: Uint8Array): Promise<void> {
  if (data.length === 0) return;
  const { head, middle, tail } = cut(address, data.length);
  if (head > 0) await writeEdge(probe, ap, address, data.subarray(0, head));
  if (middle > 0) await probe.writeMemory(ap, address + head, data.subarray(head, head + middle), 32);
  if (tail > 0) await writeEdge(probe, ap, address + head + middle, data.subarray(head + middle));
}

function writeEdge(probe: Probe, ap: number, address: number, data: Uint8Array): Promise<void> {
  return byHalfWord(address, data.length, (width) => probe.writeMemory(ap, address, data, width));
}

/** Moves an edge in one access if it is a half-word and the probe's firmware has such accesses, else byte by byte. */
async function byHalfWord<Result>(
  address: number,
  length: number,
  move: (width: 8 | 16) => Promise<Result>,
): Promise<Result> {
  if (length !== 2 || address % 2 !== 0) return move(8);
  try {
    return await move(16);
  } catch (error) {
    if (!isProbityError(error, "probe-firmware-too-old")) throw error;
    return move(8);
  }
}

/** Code and SRAM regions of the ARMv7-M memory map (B3.1), where reading a byte too much has no effect. */
function isPlainMemory(address: number, length: number): boolean {
  return address < 0x22000000 && address + length <= 0x22000000;
}
