import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hex32 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { isProbityError, ProbityError } from "../base/errors.ts";
import { sectorAt } from "../flash/loader/sector-plan.ts";
import { FindingError } from "../session/finding-error.ts";
import type { LoadedMemory } from "../session/loaded-memory.ts";

/** What of a NAND flash is there for sure: makers allow some 2 % of bad blocks. */
const NAND_SHARE = 0.9;

/** One step of a loader's test, as it went. */
export interface LoaderTestStep {
  readonly step: "init" | "read" | "erase" | "write" | "verify" | "restore";
  readonly milliseconds: number;
  /** Bytes moved; 0 where none are. */
  readonly bytes: number;
}

export interface LoaderTestOptions {
  readonly clock: Clock;
  /** An address in the sector to test; the last sector unless given (of a NAND flash, one before blocks may be missing). */
  readonly address?: number;
  readonly onStep?: (step: LoaderTestStep) => void;
}

export interface LoaderTestResult {
  readonly sector: { readonly address: number; readonly size: number };
  readonly steps: readonly LoaderTestStep[];
}

/**
 * Tries a loader on one sector: Init, read, erase, write, read back, and the content as it was before. The content is
 * kept in a file until it is back; an error says where when it could not be put back. Rejects with what the loader did
 * wrong, `loader-test-not-erased` or `flash-verify-failed`, and with what became of the sector.
 */
export async function testLoader(loaded: LoadedMemory, options: LoaderTestOptions): Promise<LoaderTestResult> {
  const { memory } = loaded;
  const { device } = memory;
  // A NAND flash with bad blocks ends before its last address.
  const usual = device.start + (device.kind === "NAND flash" ? Math.floor(device.size * NAND_SHARE) : device.size - 1);
  const address = options.address ?? usual;
  if (!memory.contains(address)) {
    throw new ProbityError("loader-test-outside", `${hex32(address)} is not in the ${loaded.name}.`, {
      facts: { address, memoryBase: device.start, memoryBytes: device.size },
      remedy: [`Give an address from ${hex32(device.start)} to ${hex32(device.start + device.size - 1)}.`],
    });
  }
  const sector = sectorAt(device, address);
  const steps: LoaderTestStep[] = [];
  const timed = async <Result>(step: LoaderTestStep["step"], bytes: number, work: () => Promise<Result>) => {
    const started = options.clock.now();
    const result = await loaded.run(work, true);
    const done = { step, bytes, milliseconds: options.clock.now() - started };
    steps.push(done);
    options.onStep?.(done);
    return result;
  };
  const before = await (async () => {
    await timed("init", 0, () => memory.init());
    return timed("read", sector.size, () => memory.read(sector.address, sector.size));
  })().catch((error: unknown) => {
    throw withNote(error, "Nothing was erased or written.");
  });
  const kept = join(tmpdir(), `probity-sector-${process.pid}-${hex32(sector.address)}.bin`);
  writeFileSync(kept, before);
  try {
    await changeAndCheck(loaded, sector, timed);
  } catch (error) {
    await putBack(loaded, sector.address, before).catch(() => {
      throw notPutBack(error, sector.address, kept);
    });
    rmSync(kept, { force: true });
    throw withNote(error, `The sector at ${hex32(sector.address)} was put back: it holds what it held before.`);
  }
  await timed("restore", sector.size, () => putBack(loaded, sector.address, before)).catch((error: unknown) => {
    throw notPutBack(error, sector.address, kept);
  });
  rmSync(kept, { force: true });
  return { sector, steps };
}

async function changeAndCheck(
  loaded: LoadedMemory,
  { address, size }: LoaderTestResult["sector"],
  timed: <Result>(step: LoaderTestStep["step"], bytes: number, work: () => Promise<Result>) => Promise<Result>,
): Promise<void> {
  const { memory } = loaded;
  const { device } = memory;
  if (device.sectors.length > 0) {
    await timed("erase", size, () => memory.erase(address, size));
    const erased = await loaded.run(() => memory.read(address, size), true);
    const at = erased.findIndex((byte) => byte !== device.erasedValue);
    if (at >= 0) {
      throw new ProbityError(
        "loader-test-not-erased",
        `SectorErase() reported success, but ${hex32(address + at)} does not read as erased.`,
        {
          facts: { address: address + at, expected: device.erasedValue, found: erased[at] },
          remedy: ["The loader does not suit this memory, or the memory is write-protected."],
        },
      );
    }
  }
  const data = pattern(address, size);
  await timed("write", size, () => memory.program([{ address, data }]));
  await timed("verify", size, () => memory.verify([{ address, data }]));
}

async function putBack(loaded: LoadedMemory, address: number, data: Uint8Array): Promise<void> {
  await loaded.run(() => loaded.memory.program([{ address, data }], { verify: true }), true);
}

/** Bytes that differ from place to place, so that a swapped address line shows. */
function pattern(address: number, length: number): Uint8Array {
  let state = (address ^ 0x9e3779b9) >>> 0 || 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state >>> 11;
  });
}

/** The same error, which says also what became of the sector. */
function withNote(error: unknown, note: string): unknown {
  if (error instanceof FindingError) {
    const { finding } = error;
    return new FindingError({ ...finding, evidence: [...finding.evidence, note] }, error);
  }
  if (!isProbityError(error)) return error;
  const { code, message, facts, remedy } = error;
  return new ProbityError(code, `${message} ${note}`, { facts, remedy, cause: error });
}

function notPutBack(cause: unknown, address: number, kept: string): ProbityError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ProbityError("loader-test-not-restored", `The sector at ${hex32(address)} could not be put back: ${why}`, {
    facts: { address, kept },
    remedy: [`Its content is in ${kept}: program it with \`probity flash\` and --address ${hex32(address)}.`],
    cause,
  });
}
