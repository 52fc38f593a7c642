import { ByteWriter, I32, I64, VOID, Wasm } from "./wasm-writer.ts";

/** Locals of a region: depth of calls (and entry above it) and address are the parameters; R0 to R14 follow. */
export const Local = {
  DEPTH: 0,
  PC: 1,
  R0: 2,
  NF: 17,
  ZF: 18,
  CF: 19,
  VF: 20,
  FA: 21,
  FB: 22,
  /** Where the flags are, while that varies. */
  KIND: 23,
  /** Offset of an access into its memory. */
  AT: 24,
  AT2: 25,
  X: 26,
  Y: 27,
  VALUE: 28,
  RESULT: 29,
  /** Where the region goes on to outside. */
  TO: 30,
  /** At which of its sites the region is left. */
  SITE: 31,
  /** Which loop the region is entered at; see routes.ts. */
  NEXT: 32,
  /** Which entry of a loop a selector goes to; see reducible.ts. */
  CHOICE: 33,
  /** Where the accesses of a group begin in RAM, for so many groups of a block. */
  GROUP: 34,
  /** Whether the condition of an IT block holds. */
  CONDITION: 40,
  /** Cycles left and instructions counted; see guest-memory.ts. */
  LEFT: 41,
  WIDE: 42,
} as const;

/** Groups of accesses in one block, at most. */
export const GROUPS = Local.CONDITION - Local.GROUP;

const I32_LOCALS = Local.LEFT - Local.R0;

/** Functions that a module imports, by index. */
export const Import = {
  LOAD1: 0,
  LOAD2: 1,
  LOAD4: 2,
  STORE1: 3,
  STORE2: 4,
  STORE4: 5,
  WRITTEN: 6,
  RARE: 7,
  /** Works out the flags in the state block. */
  UNPACK: 8,
} as const;
export const IMPORTS = 9;

/** Writes the body of a function: locals, constants, the state block, nested blocks. */
export class BodyWriter {
  readonly out = new ByteWriter();
  /** Offsets of branches in the body, and 1 or 0: taken mostly, or hardly ever. */
  readonly hints: number[] = [];
  /** Blocks and loops that are open. */
  depth = 0;

  op(code: number): void {
    this.out.byte(code);
  }

  constant(value: number): void {
    this.out.byte(Wasm.I32_CONST);
    this.out.signed(value);
  }

  constant64(value: number): void {
    this.out.byte(Wasm.I64_CONST);
    this.out.signed64(value);
  }

  get(local: number): void {
    this.out.byte(Wasm.LOCAL_GET);
    this.out.byte(local);
  }

  put(local: number): void {
    this.out.byte(Wasm.LOCAL_SET);
    this.out.byte(local);
  }

  tee(local: number): void {
    this.out.byte(Wasm.LOCAL_TEE);
    this.out.byte(local);
  }

  access(code: number, align: number, offset: number): void {
    this.out.byte(code);
    this.out.byte(align);
    this.out.unsigned(offset);
  }

  loadState(slot: number): void {
    this.constant(0);
    this.access(Wasm.I32_LOAD, 2, slot);
  }

  storeState(slot: number, local: number): void {
    this.constant(0);
    this.get(local);
    this.access(Wasm.I32_STORE, 2, slot);
  }

  storeConstant(slot: number, value: number): void {
    this.constant(0);
    this.constant(value);
    this.access(Wasm.I32_STORE, 2, slot);
  }

  call(index: number): void {
    this.out.byte(Wasm.CALL);
    this.out.unsigned(index);
  }

  /** Opens a block, a loop or an `if`; the result is its label. `likely` hints an `if`. */
  open(code: number, type: number = VOID, likely?: boolean): number {
    if (likely !== undefined) this.hints.push(this.out.length, likely ? 1 : 0);
    this.out.byte(code);
    this.out.byte(type);
    return ++this.depth;
  }

  otherwise(): void {
    this.out.byte(Wasm.ELSE);
  }

  close(): void {
    this.out.byte(Wasm.END);
    this.depth--;
  }

  branch(label: number): void {
    this.out.byte(Wasm.BR);
    this.out.unsigned(this.depth - label);
  }

  /** The locals of a region, as two groups. */
  declareLocals(): void {
    this.out.unsigned(2);
    this.out.unsigned(I32_LOCALS);
    this.out.byte(I32);
    this.out.unsigned(2);
    this.out.byte(I64);
  }
}
