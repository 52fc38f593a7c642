import { Op } from "../opcodes.ts";
import type { AccessGroup, Block, Instruction } from "./block.ts";
import { GROUPS } from "./body-writer.ts";
import { isRare } from "./costs.ts";
import { registersWritten } from "./registers.ts";

/** Bytes from the first to the last that a group accesses, at most. */
const FARTHEST = 256;

/** A group while it is found. */
interface Found {
  readonly base: number;
  readonly members: Instruction[];
  low: number;
  high: number;
  scale: number;
  /** One of them is known to go to what is no plain memory. */
  goesOut: boolean;
}

/**
 * Finds accesses of a block that go by the same register with the same value, such as those to one structure or to the
 * stack: they lie in RAM together, and one look serves them all. The first looks; where they do not, the region is left
 * before it, and when that happens often each is looked at by itself. `goesOut` tells of a slot what is known.
 */
export function groupAccesses(blocks: readonly Block[], goesOut: (slot: number) => boolean): void {
  for (const block of blocks) groupIn(block, goesOut);
}

function groupIn({ code }: Block, goesOut: (slot: number) => boolean): void {
  if (code.length < 2) return;
  const open: (Found | undefined)[] = [];
  let count = 0;
  const close = (base: number): void => {
    const found = open[base];
    open[base] = undefined;
    if (found === undefined || found.members.length < 2 || found.goesOut || count === GROUPS) return;
    put(found, count++);
  };
  for (const instruction of code) {
    const { op, w, imm, it, slot } = instruction;
    if (isRare(op)) {
      for (let base = 0; base < 15; base++) close(base);
      continue;
    }
    const length = it === 0 ? lengthOf(instruction) : 0;
    if (length > 0) {
      const base = (w >>> 14) & 15;
      let found = open[base];
      if (found !== undefined && Math.max(found.high, imm + length) - Math.min(found.low, imm) > FARTHEST) {
        close(base);
        found = undefined;
      }
      if (found === undefined) {
        found = { base, members: [], low: imm, high: imm, scale: 0, goesOut: false };
        open[base] = found;
      }
      found.members.push(instruction);
      found.low = Math.min(found.low, imm);
      found.high = Math.max(found.high, imm + length);
      found.scale = Math.max(found.scale, scaleOf(op));
      if (goesOut(slot)) found.goesOut = true;
    }
    const written = registersWritten(instruction);
    for (let base = 0; written >>> base !== 0; base++) if (((written >>> base) & 1) !== 0) close(base);
  }
  for (let base = 0; base < 15; base++) close(base);
}

function put({ base, members, low, high, scale }: Found, number: number): void {
  const start = low & ~((1 << scale) - 1);
  const units = (high - start + (1 << scale) - 1) >>> scale;
  const group: AccessGroup = { base, start, scale, units, number, first: members[0] };
  for (const member of members) {
    // What lies askew to the rest would need a look of its own.
    if ((member.imm & ((1 << scaleOf(member.op)) - 1)) !== 0) return;
  }
  for (const member of members) member.group = group;
}

/** Bytes of an access by a register and a constant alone; 0 for anything else. */
function lengthOf({ op, w }: Instruction): number {
  const base = (w >>> 14) & 15;
  if (base === 15) return 0;
  if (op === Op.LDRD || op === Op.STRD) return w >>> 26 === 0 ? 8 : 0;
  if (op < Op.LDR || op > Op.STRH || ((w >>> 18) & 15) !== 15) return 0;
  return 1 << scaleOf(op);
}

function scaleOf(op: number): number {
  switch (op) {
    case Op.LDRB:
    case Op.LDRSB:
    case Op.STRB:
      return 0;
    case Op.LDRH:
    case Op.LDRSH:
    case Op.STRH:
      return 1;
    default:
      return 2;
  }
}
