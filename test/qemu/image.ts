import { writeU16, writeU32 } from "../../src/base/bytes.ts";
import type { Surroundings } from "./body.ts";
import { allPrimaries, type Drawn, drawCase } from "./case.ts";
import * as layout from "./layout.ts";
import type { Segment } from "./qemu.ts";
import { Random } from "./random.ts";

/** A case in a batch, and where it lies. */
export interface PlacedCase extends Drawn {
  readonly index: number;
  /** First instruction that sets the case up. */
  readonly entry: number;
  readonly dataAddress: number;
  readonly resultAddress: number;
}

/** Many cases as one program: each sets registers and flags, executes its body, stores what it left, and goes on. */
export interface Batch {
  readonly cases: readonly PlacedCase[];
  /** Memory that holds the code, and all of its bytes. */
  readonly code: layout.Memory;
  readonly codeBytes: Uint8Array;
  /** Vector table and start code, always at 0. */
  readonly startBytes: Uint8Array;
  readonly dataBytes: Uint8Array;
  /** Where the program ends, and where any exception ends. */
  readonly stop: number;
  readonly faultStop: number;
  /** CONTROL during the cases. */
  readonly control: number;
}

const startCode = 0x100;
/** Address of the word that holds where the first case begins. */
const firstCaseLiteral = startCode + 0x28;
const faultStop = 0x140;
const prologueSize = 24;
const landingSize = 8;

/** Where the cases of a batch lie and, `far`, where their long branches may go. */
const regions = [
  { code: layout.lowMemory, start: 0x1_0000, limit: 0xd_0000, far: [0xd_0000, 0x40_0000] },
  { code: layout.highMemory, start: 0x1_0000, limit: 0xd_0000, far: [0xd_0000, 0x100_0000] },
  { code: layout.highMemory, start: 0xf0_0000, limit: 0xff_0000, far: [0x1_0000, 0xf0_0000] },
] as const;

/** Draws cases from number `first` on until the batch is full or `count` are in it. */
export function buildBatch(seed: number, first: number, count: number, primaries = allPrimaries): Batch {
  const number = first; // batches differ by where they begin
  const choice = new Random(seed, 0x8000_0000 + number);
  const region = choice.pick(regions);
  const { code } = region;
  const codeBytes = new Uint8Array(code.size).fill(layout.undefinedInstruction & 0xff);
  const takenFar = new Set<number>();
  const cases: PlacedCase[] = [];
  let cursor = code.base + region.start;
  const limit = code.base + region.limit - 0x3000;

  while (cases.length < Math.min(count, layout.batchLimit) && cursor < limit) {
    const slot = cases.length;
    const index = first + slot;
    const random = new Random(seed, index);
    const dataAddress = layout.dataBase + slot * layout.dataSize;
    const resultAddress = layout.resultBase + slot * layout.resultSize;
    const start = cursor + 2 * random.below(2);
    let entry = start;
    const place = (back: number): { surroundings: Surroundings; first: number } => {
      entry = start + back;
      const surroundings: Surroundings = {
        back: start,
        start: entry,
        reserveFar: (address) => reserve(takenFar, address, code.base + region.far[0], code.base + region.far[1]),
        randomFar(source) {
          const near = source.oneIn(4) && region.start < region.far[0]; // within reach of the conditional branch, too
          return (
            code.base + region.far[0] + 2 * source.below((near ? 0x4_0000 : region.far[1] - region.far[0] - 16) / 2)
          );
        },
      };
      return { surroundings, first: entry + prologueSize };
    };
    const drawn = drawCase(primaries, index, random, place, dataAddress, resultAddress);
    const placed: PlacedCase = { ...drawn, index, entry, dataAddress, resultAddress };
    cases.push(placed);
    cursor = writeCase(codeBytes, code.base, placed);
  }
  // The jump to the next case is the last thing known of each.
  const stop = cursor;
  const put = codeWriter(codeBytes, code.base);
  for (const [slot, { entry }] of cases.entries()) {
    if (slot > 0) put(jumpAddress(cases[slot - 1]), branch(jumpAddress(cases[slot - 1]), entry));
  }
  put(jumpAddress(cases[cases.length - 1]), branch(jumpAddress(cases[cases.length - 1]), stop));
  put(stop, [0xe7fe]); // B to itself

  const control = choice.below(4);
  const startBytes = code === layout.lowMemory ? codeBytes : new Uint8Array(0x200);
  writeStart(startBytes, control, cases[0].entry);
  const dataBytes = new Uint8Array(cases.length * layout.dataSize);
  for (const [slot, { body }] of cases.entries()) dataBytes.set(body.data, slot * layout.dataSize);
  return { cases, code, codeBytes, startBytes, dataBytes, stop, faultStop, control };
}

/** What has to be in memory for the batch to run, from its case number `first` on. */
export function segmentsOf(batch: Batch, first = 0): Segment[] {
  const start = Uint8Array.from(batch.startBytes);
  writeU32(start, firstCaseLiteral, batch.cases[first].entry + 1);
  const segments: Segment[] = [{ address: 0, bytes: start }];
  if (batch.startBytes !== batch.codeBytes) segments.push({ address: batch.code.base, bytes: batch.codeBytes });
  segments.push({ address: layout.dataBase, bytes: batch.dataBytes });
  return segments;
}

function reserve(taken: Set<number>, address: number, low: number, high: number): boolean {
  if (address < low || address + landingSize > high) return false;
  const cells = [address >>> 3, (address + landingSize - 1) >>> 3];
  if (cells.some((cell) => taken.has(cell))) return false;
  for (const cell of cells) taken.add(cell);
  return true;
}

const bodyEnd = ({ body }: Drawn): number => body.firstAddress + 2 * body.halfwords.length;

/** Where the case's last code begins: it stores what the body left. Behind the landings, if there are any nearby. */
function epilogueOf(placed: PlacedCase): number {
  const { body } = placed;
  if (body.landings.length === 0 && body.tables.length === 0) return bodyEnd(placed);
  let end = bodyEnd(placed) + 4;
  for (const landing of body.landings) if (isNear(placed, landing)) end = Math.max(end, landing + landingSize);
  for (const { address, bytes } of body.tables) end = Math.max(end, address + bytes.length);
  return (end + 1) & ~1;
}

const isNear = (placed: PlacedCase, landing: number): boolean =>
  landing >= bodyEnd(placed) && landing < bodyEnd(placed) + 0x1_0000;

const jumpAddress = (placed: PlacedCase): number => epilogueOf(placed) + 16;

type Put = (address: number, halfwords: readonly number[]) => void;

function codeWriter(bytes: Uint8Array, base: number): Put {
  return (address, halfwords) => {
    for (const [i, halfword] of halfwords.entries()) writeU16(bytes, address - base + 2 * i, halfword);
  };
}

/** Writes all of a case but the jump to the next; returns the first address behind it. */
function writeCase(bytes: Uint8Array, base: number, placed: PlacedCase): number {
  const { entry, body, registers, flags, resultRegister: result } = placed;
  const put = codeWriter(bytes, base);
  const epilogue = epilogueOf(placed);
  const table = (epilogue + 20 + 3) & ~3;
  const literal = (at: number, address: number): number => address - ((at + 4) & ~3);

  put(entry, [0xf8df, literal(entry, table)]); // LDR r0, flags
  put(entry + 4, [0xf380, 0x8800]); // MSR APSR_nzcvq, r0
  put(entry + 8, [0xf8df, 0xd000 | literal(entry + 8, table + 4)]); // LDR sp, …
  put(entry + 12, adr(12, literal(entry + 12, table + 8)));
  put(entry + 16, [0xe89c, 0x5fff]); // LDM r12, {r0-r12, lr}
  // By a branch backwards to the body: an engine that translates begins with what is branched back to.
  const detour = table + 4 * 16;
  put(entry + 20, branch(entry + 20, detour));
  put(detour, branch(detour, body.firstAddress));

  put(body.firstAddress, body.halfwords);
  if (epilogue !== bodyEnd(placed)) put(bodyEnd(placed), branch(bodyEnd(placed), epilogue));
  for (const [i, landing] of body.landings.entries()) {
    put(landing, [0xf200 | result, (result << 8) | (4 * (i + 1))]); // ADDW result, result, #…: shows where it landed
    put(landing + 4, branch(landing + 4, epilogue));
  }
  for (const { address, bytes: content } of body.tables) bytes.set(content, address - base);

  const scratch = result === 0 ? 1 : 0;
  put(epilogue, [0xe880 | result, 0x5fff]); // STM result, {r0-r12, lr}
  put(epilogue + 4, [0xf3ef, 0x8000 | (scratch << 8)]); // MRS scratch, APSR
  put(epilogue + 8, [0xf8c0 | result, (scratch << 12) | 56]); // STR scratch, [result, #56]
  put(epilogue + 12, [0xf8c0 | result, (13 << 12) | 60]); // STR sp, [result, #60]

  const words = [flags, registers[13], ...registers.slice(0, 13), registers[14]];
  for (const [i, word] of words.entries()) writeU32(bytes, table - base + 4 * i, word);
  return detour + 4;
}

/** ADR.W (T3): PC and a positive offset. */
function adr(register: number, offset: number): number[] {
  return [0xf20f | (((offset >> 11) & 1) << 10), (((offset >> 8) & 7) << 12) | (register << 8) | (offset & 0xff)];
}

/** B.W (T4). */
export function branch(from: number, to: number): number[] {
  const offset = to - (from + 4);
  const sign = offset < 0 ? 1 : 0;
  const j1 = ((offset >> 23) & 1) ^ sign ^ 1;
  const j2 = ((offset >> 22) & 1) ^ sign ^ 1;
  const first = 0xf000 | (sign << 10) | ((offset >> 12) & 0x3ff);
  return [first, 0x9000 | (j1 << 13) | (j2 << 11) | ((offset >> 1) & 0x7ff)];
}

/** Vector table and start code: sets PSP and CONTROL, and goes to the first case. */
function writeStart(bytes: Uint8Array, control: number, first: number): void {
  for (let vector = 0; vector < 64; vector++) writeU32(bytes, 4 * vector, faultStop + 1);
  writeU32(bytes, 0, layout.mainStack);
  writeU32(bytes, 4, startCode + 1);
  const put = codeWriter(bytes, 0);
  put(startCode, [0x4807, 0xf380, 0x8809]); // LDR r0, PSP's value; MSR PSP, r0
  put(startCode + 6, [0x4807, 0xf380, 0x8814]); // LDR r0, CONTROL's value; MSR CONTROL, r0
  put(startCode + 12, [0xf3bf, 0x8f6f, 0xf8df, 0xf014]); // ISB; LDR pc, the first case
  writeU32(bytes, startCode + 0x20, layout.processStack);
  writeU32(bytes, startCode + 0x24, control);
  writeU32(bytes, firstCaseLiteral, first + 1);
  put(faultStop, [0xe7fe]); // B to itself
}
