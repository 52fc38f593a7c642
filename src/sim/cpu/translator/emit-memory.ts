import { loadStoreKinds, POST_INDEX } from "../decode-32-memory.ts";
import { Op } from "../opcodes.ts";
import type { AccessGroup } from "./block.ts";
import { Import, Local } from "./body-writer.ts";
import type { Emitter } from "./emitter.ts";
import { EXIT_MISS, packPlace } from "./exit-info.ts";
import { Slot, STEADY_ENTRIES } from "./guest-memory.ts";
import { I32, VOID, Wasm } from "./wasm-writer.ts";

interface Kind {
  /** Log2 of the size. */
  readonly scale: number;
  readonly wasm: number;
  readonly outOfLine: number;
  /** Sign extension of what the call gives, 0 for none. */
  readonly extend: number;
}

const kinds = new Map<number, Kind>([
  [Op.LDR, { scale: 2, wasm: Wasm.I32_LOAD, outOfLine: Import.LOAD4, extend: 0 }],
  [Op.LDRB, { scale: 0, wasm: Wasm.I32_LOAD8_U, outOfLine: Import.LOAD1, extend: 0 }],
  [Op.LDRSB, { scale: 0, wasm: Wasm.I32_LOAD8_S, outOfLine: Import.LOAD1, extend: Wasm.I32_EXTEND8_S }],
  [Op.LDRH, { scale: 1, wasm: Wasm.I32_LOAD16_U, outOfLine: Import.LOAD2, extend: 0 }],
  [Op.LDRSH, { scale: 1, wasm: Wasm.I32_LOAD16_S, outOfLine: Import.LOAD2, extend: Wasm.I32_EXTEND16_S }],
  [Op.STR, { scale: 2, wasm: Wasm.I32_STORE, outOfLine: Import.STORE4, extend: 0 }],
  [Op.STRB, { scale: 0, wasm: Wasm.I32_STORE8, outOfLine: Import.STORE1, extend: 0 }],
  [Op.STRH, { scale: 1, wasm: Wasm.I32_STORE16, outOfLine: Import.STORE2, extend: 0 }],
]);

/** Is the access at `local` (an offset into a memory of `size` bytes) aligned and inside? One comparison for both. */
function pushInside(e: Emitter, local: number, scale: number, size: number, words = 1): void {
  e.get(local);
  if (scale > 0) {
    e.constant(scale);
    e.op(Wasm.I32_ROTR);
  }
  e.constant(Math.max(0, (size >>> scale) - words + 1));
  e.op(Wasm.I32_LT_U);
}

/** The same for words from `base` on, a multiple of four away. SP is one itself. */
function pushWordsInside(e: Emitter, local: number, base: number, words: number): void {
  const { size } = e.around.ram;
  if (base === 13) pushInside(e, local, 0, size, words * 4);
  else pushInside(e, local, 2, size, words);
}

/** AT: the offset of the address into RAM. */
function setOffset(e: Emitter, base: number, index: number, shift: number, imm: number): void {
  e.getR(base);
  if (index !== 15) {
    e.getR(index);
    if (shift !== 0) {
      e.constant(shift);
      e.op(Wasm.I32_SHL);
    }
    e.op(Wasm.I32_ADD);
  }
  const displacement = (imm - e.around.ram.base) | 0;
  if (displacement !== 0) {
    e.constant(displacement);
    e.op(Wasm.I32_ADD);
  }
  e.put(Local.AT);
}

/** AT2: the offset into the read-only memory, of the address that AT stands for. */
function setReadOnlyOffset(e: Emitter): void {
  e.get(Local.AT);
  e.constant((e.around.ram.base - e.around.rom.base) | 0);
  e.op(Wasm.I32_ADD);
  e.put(Local.AT2);
}

function pushAddress(e: Emitter): void {
  e.get(Local.AT);
  e.constant(e.around.ram.base | 0);
  e.op(Wasm.I32_ADD);
}

/** What the call out of line gets behind the address and the value. */
function pushPlace(e: Emitter): void {
  e.pushCycles();
  e.constant(packPlace(e.cyclesAfter + e.instruction.cost - 1, e.block.beyond));
}

/** VALUE: the register of a peripheral that AT stands for, if it is kept as steady; `otherwise` writes what is done else. */
function loadSteady(e: Emitter, otherwise: () => void): void {
  pushAddress(e);
  e.tee(Local.AT2);
  e.constant(1);
  e.op(Wasm.I32_SHL);
  e.constant((STEADY_ENTRIES - 1) << 3);
  e.op(Wasm.I32_AND);
  e.tee(Local.VALUE);
  e.access(Wasm.I32_LOAD, 2, Slot.STEADY);
  e.get(Local.AT2);
  e.op(Wasm.I32_EQ);
  e.open(Wasm.IF, VOID, true);
  e.get(Local.VALUE);
  e.access(Wasm.I32_LOAD, 2, Slot.STEADY + 4);
  e.put(Local.VALUE);
  e.otherwise();
  otherwise();
  e.close();
}

/** The value that is loaded into VALUE; `finish` completes the instruction when the region is left behind it. */
function loadValue(e: Emitter, kind: Kind, finish: () => void): void {
  if (e.goesOut && kind.wasm === Wasm.I32_LOAD) loadSteady(e, () => loadAnywhere(e, kind, finish));
  else loadAnywhere(e, kind, finish);
}

function loadAnywhere(e: Emitter, kind: Kind, finish: () => void): void {
  const { ram, rom } = e.around;
  pushInside(e, Local.AT, kind.scale, ram.size);
  e.open(Wasm.IF, VOID, true);
  e.get(Local.AT);
  e.access(kind.wasm, kind.scale, ram.bytes.byteOffset);
  e.put(Local.VALUE);
  e.otherwise();
  if (rom.size > 0) {
    setReadOnlyOffset(e);
    pushInside(e, Local.AT2, kind.scale, rom.size);
    e.open(Wasm.IF);
    e.get(Local.AT2);
    e.access(kind.wasm, kind.scale, rom.bytes.byteOffset);
    e.put(Local.VALUE);
    e.otherwise();
  }
  if (e.goesOut) {
    pushAddress(e);
    pushPlace(e);
    e.call(kind.outOfLine);
    if (kind.extend !== 0) e.op(kind.extend);
    e.put(Local.VALUE);
    e.checkStatus(finish);
  } else e.leaveBefore(EXIT_MISS);
  if (rom.size > 0) e.close();
  e.close();
}

/** A load from a fixed address in read-only memory or RAM. False when it is elsewhere. */
function loadFixed(e: Emitter, kind: Kind, address: number, a: number): boolean {
  for (const { base, size, bytes } of [e.around.rom, e.around.ram]) {
    const offset = (address - base) >>> 0;
    if (offset + (1 << kind.scale) > size || (address & ((1 << kind.scale) - 1)) !== 0) continue;
    e.constant(0);
    e.access(kind.wasm, kind.scale, bytes.byteOffset + offset);
    e.putR(a);
    return true;
  }
  return false;
}

function storeValue(e: Emitter, kind: Kind, a: number, finish: () => void): void {
  const { ram } = e.around;
  pushInside(e, Local.AT, kind.scale, ram.size);
  e.open(Wasm.IF, VOID, true);
  e.get(Local.AT);
  e.getR(a);
  e.access(kind.wasm, kind.scale, ram.bytes.byteOffset);
  checkPage(e, 1 << kind.scale, finish);
  e.otherwise();
  if (e.goesOut) {
    pushAddress(e);
    e.getR(a);
    pushPlace(e);
    e.call(kind.outOfLine);
    e.checkStatus(finish);
  } else e.leaveBefore(EXIT_MISS);
  e.close();
}

/** After a store to RAM at AT: it may have changed code. */
function checkPage(e: Emitter, length: number, finish: () => void): void {
  if (e.around.marksAt < 0) return;
  pushMarks(e, Math.ceil(length / 4));
  e.open(Wasm.IF, VOID, false);
  pushAddress(e);
  e.constant(length);
  e.call(Import.WRITTEN);
  e.open(Wasm.IF);
  finish();
  e.leaveAfter();
  e.close();
  e.close();
}

/** The marks of so many words from AT on, not zero when one of them holds code: as few loads as cover them. */
function pushMarks(e: Emitter, words: number): void {
  const wide = words >= 4 ? 4 : words >= 2 ? 2 : 1;
  const load = wide === 4 ? Wasm.I32_LOAD : wide === 2 ? Wasm.I32_LOAD16_U : Wasm.I32_LOAD8_U;
  for (let first = 0; ; first = Math.min(first + wide, words - wide)) {
    e.get(Local.AT);
    e.constant(2);
    e.op(Wasm.I32_SHR_U);
    e.access(load, 0, e.around.marksAt + first);
    if (first > 0) e.op(Wasm.I32_OR);
    if (first + wide >= words) return;
  }
}

/** For one of a group of accesses: where they begin in RAM is in its local, and that all lie there is certain. */
function lookAtGroup(e: Emitter, { base, start, scale, units, number, first }: AccessGroup): void {
  if (first !== e.instruction) return;
  const { ram } = e.around;
  e.getR(base);
  e.constant((start - ram.base) | 0);
  e.op(Wasm.I32_ADD);
  e.put(Local.GROUP + number);
  if (scale === 2) pushWordsInside(e, Local.GROUP + number, base, units);
  else pushInside(e, Local.GROUP + number, scale, ram.size, units);
  e.op(Wasm.I32_EQZ);
  e.open(Wasm.IF, VOID, false);
  e.leaveBefore(EXIT_MISS);
  e.close();
}

/** LDR to STRH of a group. */
function emitGrouped(e: Emitter, kind: Kind, group: AccessGroup, loads: boolean, a: number, imm: number): void {
  lookAtGroup(e, group);
  const place = e.around.ram.bytes.byteOffset + imm - group.start;
  e.get(Local.GROUP + group.number);
  if (loads) {
    e.access(kind.wasm, kind.scale, place);
    e.putR(a);
    return;
  }
  e.getR(a);
  e.access(kind.wasm, kind.scale, place);
  checkGroupPage(e, group, imm, 1 << kind.scale);
}

function checkGroupPage(e: Emitter, group: AccessGroup, imm: number, length: number): void {
  if (e.around.marksAt < 0) return;
  e.get(Local.GROUP + group.number);
  e.constant(imm - group.start);
  e.op(Wasm.I32_ADD);
  e.put(Local.AT);
  checkPage(e, length, () => {});
}

/** LDR to STRH with an offset. */
export function emitLoadStore(e: Emitter, op: number, w: number, imm: number): void {
  const a = (w >>> 10) & 15;
  const b = (w >>> 14) & 15;
  const c = (w >>> 18) & 15;
  const kind = kinds.get(op)!;
  const { group } = e.instruction;
  if (group !== undefined) {
    emitGrouped(e, kind, group, op < Op.STR, a, imm);
    return;
  }
  if (op >= Op.STR) {
    setOffset(e, b, c, w >>> 26, imm);
    storeValue(e, kind, a, () => {});
    return;
  }
  if (b === 15 && c === 15 && loadFixed(e, kind, imm, a)) return;
  setOffset(e, b, c, w >>> 26, imm);
  const finish = (): void => {
    e.get(Local.VALUE);
    e.putR(a);
  };
  loadValue(e, kind, finish);
  finish();
}

/** The forms that write their base back. */
export function emitWriteBack(e: Emitter, w: number, imm: number): void {
  const a = (w >>> 10) & 15;
  const b = (w >>> 14) & 15;
  const d = (w >>> 22) & 15;
  const op = loadStoreKinds[d & 7];
  const kind = kinds.get(op)!;
  const update = (): void => {
    e.getR(b);
    e.constant(imm);
    e.op(Wasm.I32_ADD);
    if (b === 13) {
      e.constant(~3);
      e.op(Wasm.I32_AND);
    }
    e.putR(b);
  };
  setOffset(e, b, 15, 0, (d & POST_INDEX) !== 0 ? 0 : imm);
  if (op >= Op.STR) {
    storeValue(e, kind, a, update);
    update();
    return;
  }
  const finish = (): void => {
    e.get(Local.VALUE);
    e.putR(a);
    update();
  };
  loadValue(e, kind, finish);
  finish();
}

/**
 * Several words in a row: from RAM at AT, or from the read-only memory. `body` gets the local that holds the offset and
 * where the memory begins. Elsewhere it is the interpreter's.
 */
function severalWords(
  e: Emitter,
  count: number,
  base: number,
  readOnly: boolean,
  body: (local: number, memory: number) => void,
): void {
  const { ram, rom } = e.around;
  pushWordsInside(e, Local.AT, base, count);
  e.open(Wasm.IF, VOID, true);
  body(Local.AT, ram.bytes.byteOffset);
  e.otherwise();
  if (readOnly && rom.size > 0) {
    setReadOnlyOffset(e);
    pushInside(e, Local.AT2, 2, rom.size, count);
    e.open(Wasm.IF);
    body(Local.AT2, rom.bytes.byteOffset);
    e.otherwise();
    e.leaveBefore();
    e.close();
  } else e.leaveBefore();
  e.close();
}

/** LDRD and STRD of a group. */
function emitGroupedDual(e: Emitter, group: AccessGroup, loads: boolean, a: number, d: number, imm: number): void {
  lookAtGroup(e, group);
  const place = e.around.ram.bytes.byteOffset + imm - group.start;
  [a, d].forEach((register, index) => {
    e.get(Local.GROUP + group.number);
    if (!loads) e.getR(register);
    e.access(loads ? Wasm.I32_LOAD : Wasm.I32_STORE, 2, place + index * 4);
    if (loads) e.putR(register);
  });
  if (!loads) checkGroupPage(e, group, imm, 8);
}

/** LDRD and STRD. */
export function emitDual(e: Emitter, op: number, w: number, imm: number): void {
  const a = (w >>> 10) & 15;
  const b = (w >>> 14) & 15;
  const d = (w >>> 22) & 15;
  const mode = w >>> 26;
  const { group } = e.instruction;
  if (group !== undefined) {
    emitGroupedDual(e, group, op === Op.LDRD, a, d, imm);
    return;
  }
  setOffset(e, b, 15, 0, mode === 2 ? 0 : imm);
  const update = (): void => {
    if (mode === 0) return;
    pushAddress(e);
    if (mode === 2) {
      e.constant(imm);
      e.op(Wasm.I32_ADD);
    }
    e.putR(b);
  };
  severalWords(e, 2, b, op === Op.LDRD, (local, memory) => {
    if (op === Op.LDRD) {
      e.get(local);
      e.access(Wasm.I32_LOAD, 2, memory);
      e.put(Local.X);
      e.get(local);
      e.access(Wasm.I32_LOAD, 2, memory + 4);
      e.putR(d);
      e.get(Local.X);
      e.putR(a);
      return;
    }
    e.get(local);
    e.getR(a);
    e.access(Wasm.I32_STORE, 2, memory);
    e.get(local);
    e.getR(d);
    e.access(Wasm.I32_STORE, 2, memory + 4);
    checkPage(e, 8, update);
  });
  update();
}

/** LDM and STM, PUSH and POP; the word for PC goes to TO, untested. */
export function emitMultiple(e: Emitter, op: number, w: number, imm: number): void {
  const b = (w >>> 14) & 15;
  const count = (w >>> 18) & 15;
  const decrements = w >>> 26 !== 0;
  const writesBack = ((w >>> 10) & 15) !== 0;
  const loads = op !== Op.STM;
  setOffset(e, b, 15, 0, decrements ? -count * 4 : 0);
  const update = (): void => {
    if (!writesBack) return;
    pushAddress(e);
    if (!decrements) {
      e.constant(count * 4);
      e.op(Wasm.I32_ADD);
    }
    e.putR(b);
  };
  severalWords(e, count, b, loads, (local, memory) => {
    let at = memory;
    if (loads && (imm & 0x8000) !== 0) {
      // PC first: what is no plain branch is left to the interpreter, with nothing done yet.
      e.get(local);
      e.access(Wasm.I32_LOAD, 2, memory + (count - 1) * 4);
      e.put(Local.TO);
      e.get(Local.TO);
      pushPlainTarget(e);
      e.op(Wasm.I32_EQZ);
      e.open(Wasm.IF, VOID, false);
      e.leaveBefore();
      e.close();
    }
    for (let register = 0; register < 15; register++) {
      if (((imm >>> register) & 1) === 0) continue;
      e.get(local);
      if (loads) {
        e.access(Wasm.I32_LOAD, 2, at);
        e.putR(register);
      } else {
        e.getR(register);
        e.access(Wasm.I32_STORE, 2, at);
      }
      at += 4;
    }
    if (!loads) checkPage(e, count * 4, update);
  });
  update();
}

/** 1 when the target on the stack has bit 0 set and is no EXC_RETURN. */
export function pushPlainTarget(e: Emitter): void {
  // With bit 0 on top, both are one range.
  e.constant(1);
  e.op(Wasm.I32_ROTR);
  e.constant(0x8000_0000 | 0);
  e.op(Wasm.I32_SUB);
  e.constant(0xf000_0000 >>> 1);
  e.op(Wasm.I32_LT_U);
}

/** The distance that TBB or TBH reads, into VALUE; what lies neither in RAM nor in read-only memory is left alone. */
export function emitTableRead(e: Emitter, op: number, w: number, imm: number): void {
  const b = (w >>> 14) & 15;
  const c = (w >>> 18) & 15;
  const scale = op === Op.TBH ? 1 : 0;
  const { ram, rom } = e.around;
  e.getR(b);
  e.getR(c);
  if (scale !== 0) {
    e.constant(1);
    e.op(Wasm.I32_SHL);
  }
  e.op(Wasm.I32_ADD);
  e.constant((imm - ram.base) | 0);
  e.op(Wasm.I32_ADD);
  e.put(Local.AT);
  setReadOnlyOffset(e);
  const wasm = scale === 0 ? Wasm.I32_LOAD8_U : Wasm.I32_LOAD16_U;
  pushInside(e, Local.AT2, scale, rom.size);
  e.open(Wasm.IF, I32);
  e.get(Local.AT2);
  e.access(wasm, scale, rom.bytes.byteOffset);
  e.otherwise();
  pushInside(e, Local.AT, scale, ram.size);
  e.op(Wasm.I32_EQZ);
  e.open(Wasm.IF);
  e.leaveBefore();
  e.close();
  e.get(Local.AT);
  e.access(wasm, scale, ram.bytes.byteOffset);
  e.close();
  e.put(Local.VALUE);
}
