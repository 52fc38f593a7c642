import { crc32 } from "../base/crc32.ts";
import { ProbityError } from "../base/errors.ts";
import type { Core } from "../cortexm/core.ts";
import { AlgorithmRunner } from "./algorithm-runner.ts";
import { crc32Algorithm } from "./algorithms/crc32.ts";

/** RAM that an algorithm may borrow. */
export interface RamArea {
  readonly base: number;
  readonly size: number;
}

const TABLE_BYTES = 1024;
const STACK_BYTES = 128;
/** Bytes of RAM that {@link targetCrc32} borrows. */
export const crc32RamBytes = crc32Algorithm.code.length + TABLE_BYTES + STACK_BYTES;

/**
 * Milliseconds for a byte at which a core at 1 MHz is still in time (12 cycles a byte), and a start allowance.
 */
const PATIENCE_PER_BYTE = 0.05;
const PATIENCE = 1000;

/**
 * The CRC-32 of GDB's `qCRC` (as `crc32` of `base/`) over target memory, computed on the target: nothing but the sum
 * crosses the wires. The core must be halted; registers and RAM are put back. A stretch that lies in the borrowed
 * RAM itself is read and summed here instead. Rejects with `memory-fault` (facts: address) when nothing answers in
 * the stretch, `algorithm-timeout`, `algorithm-fault`.
 */
export async function targetCrc32(core: Core, ram: RamArea, address: number, length: number): Promise<number> {
  if (length === 0) return 0xffffffff;
  const overlaps = address < ram.base + crc32RamBytes && address + length > ram.base;
  if (overlaps || ram.size < crc32RamBytes) return crc32(await core.port.read(address, length));
  const { code, entry } = crc32Algorithm;
  const table = ram.base + code.length;
  const stackTop = (table + TABLE_BYTES + STACK_BYTES) & ~7;
  const runner = await AlgorithmRunner.begin(core);
  try {
    await runner.memory.save(ram.base, crc32RamBytes);
    await runner.load(ram.base, code);
    const parameters = [address, length, table];
    await runner.call({ entry: ram.base + entry, parameters, stackTop, returnTo: ram.base });
    return (await runner.wait(PATIENCE + length * PATIENCE_PER_BYTE)) >>> 0;
  } catch (error) {
    throw asMemoryFault(error, address, length);
  } finally {
    await runner.end();
  }
}

/** A bus fault inside the stretch is the stretch's fault, not the algorithm's. */
function asMemoryFault(error: unknown, address: number, length: number): unknown {
  if (!(error instanceof ProbityError) || error.code !== "algorithm-fault") return error;
  const { bfar, cfsr } = error.facts;
  const valid = typeof cfsr === "number" && (cfsr & 0x8000) !== 0;
  if (!valid || typeof bfar !== "number" || bfar < address || bfar >= address + length) return error;
  return new ProbityError("memory-fault", `Nothing answers at address 0x${bfar.toString(16).padStart(8, "0")}.`, {
    facts: { address: bfar },
    remedy: ["Check the address against the chip's memory map."],
    cause: error,
  });
}
