import { BodyWriter } from "./body-writer.ts";
import { Flags } from "./flags.ts";
import { Slot } from "./guest-memory.ts";
import { type ByteWriter, I32, Wasm } from "./wasm-writer.ts";

const Local = { KIND: 0, A: 1, B: 2, RESULT: 3 } as const;
const LOCALS = 4;

/** Writes the function that works out the flags in the state block, so that each is in its own word there. */
export function writeUnpack(into: ByteWriter): void {
  const e = new BodyWriter();
  const load = (slot: number, local: number): void => {
    e.loadState(slot);
    e.put(local);
  };
  const openIf = (mask: number, value: number): void => {
    e.get(Local.KIND);
    e.constant(mask);
    e.op(Wasm.I32_AND);
    e.constant(value);
    e.op(Wasm.I32_EQ);
    e.open(Wasm.IF);
  };
  const exclusiveOr = (a: number, b: number): void => {
    e.get(a);
    e.get(b);
    e.op(Wasm.I32_XOR);
  };
  const result = (source: number): void => {
    e.get(Local.A);
    e.get(Local.B);
    e.op(source === Flags.BY_SUM ? Wasm.I32_ADD : Wasm.I32_SUB);
    e.put(Local.RESULT);
  };
  const carry = (source: number, left: number, right: number, compare: number): void => {
    openIf(Flags.SOURCE | Flags.CARRY_APART, source);
    e.constant(0);
    e.get(left);
    e.get(right);
    e.op(compare);
    e.access(Wasm.I32_STORE, 2, Slot.CF);
    e.close();
  };
  e.out.unsigned(1);
  e.out.unsigned(LOCALS);
  e.out.byte(I32);
  load(Slot.KIND, Local.KIND);
  load(Slot.FA, Local.A);
  load(Slot.FB, Local.B);
  for (const source of [Flags.BY_DIFFERENCE, Flags.BY_SUM]) {
    openIf(Flags.SOURCE, source);
    result(source);
    e.constant(0);
    exclusiveOr(Local.A, source === Flags.BY_SUM ? Local.RESULT : Local.B);
    exclusiveOr(source === Flags.BY_SUM ? Local.B : Local.A, Local.RESULT);
    e.op(Wasm.I32_AND);
    e.access(Wasm.I32_STORE, 2, Slot.VF);
    if (source === Flags.BY_SUM) carry(source, Local.RESULT, Local.A, Wasm.I32_LT_U);
    else carry(source, Local.A, Local.B, Wasm.I32_GE_U);
    openIf(Flags.RESULT_TOO, Flags.RESULT_TOO);
    e.storeState(Slot.NF, Local.RESULT);
    e.storeState(Slot.ZF, Local.RESULT);
    e.close();
    e.close();
  }
  e.storeConstant(Slot.KIND, Flags.APART);
  e.op(Wasm.END);
  into.unsigned(e.out.length);
  into.append(e.out.bytes);
}
