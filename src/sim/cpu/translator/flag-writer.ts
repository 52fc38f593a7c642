import { BodyWriter, Import, Local } from "./body-writer.ts";
import { Flags, Part, partsAtHand, partsOf } from "./flags.ts";
import { Slot } from "./guest-memory.ts";
import { Wasm } from "./wasm-writer.ts";

/** Writes what translated code does with the flags: sets them, asks for them, stores them, moves them to where they are to be. */
export class FlagWriter extends BodyWriter {
  /** Where the flags are now; see {@link Flags}. */
  flags: number = Flags.STORED;

  /** N and Z from the result on the stack. */
  putResultFlags(): void {
    this.tee(Local.NF);
    this.put(Local.ZF);
    if (this.flags !== Flags.APART) this.flags &= ~Flags.RESULT_TOO;
  }

  /** C from the 0 or 1 on the stack. */
  putCarry(): void {
    this.put(Local.CF);
    if (this.flags !== Flags.APART) this.flags |= Flags.CARRY_APART;
  }

  /** Makes parts of the flags readable: those in the state block are worked out there and loaded. */
  require(parts: number): void {
    const missing = parts & ~partsAtHand(this.flags);
    if (missing === 0) return;
    if ((this.flags & Flags.VARIES) !== 0) throw new Error("translated code looks at flags whose place varies");
    this.call(Import.UNPACK);
    if ((this.flags & Flags.RESULT_TOO) !== 0) {
      this.#loadInto(Slot.NF, Local.NF);
      this.#loadInto(Slot.ZF, Local.ZF);
    }
    if ((this.flags & Flags.CARRY_APART) === 0) this.#loadInto(Slot.CF, Local.CF);
    this.#loadInto(Slot.VF, Local.VF);
    this.flags = Flags.APART;
  }

  #loadInto(slot: number, local: number): void {
    this.loadState(slot);
    this.put(local);
  }

  /** N and Z into their own locals. */
  separateResult(): void {
    this.require(Part.NZ);
    if ((this.flags & Flags.RESULT_TOO) === 0) return;
    this.#pushResultBy(this.flags & Flags.SOURCE);
    this.putResultFlags();
  }

  /** Works C out into its own local. */
  separateCarry(): void {
    this.require(Part.C);
    if (this.flags === Flags.APART || (this.flags & Flags.CARRY_APART) !== 0) return;
    this.#pushCarryBy(this.flags & Flags.SOURCE);
    this.putCarry();
  }

  /** Works the flags out into their own locals. */
  separateFlags(): void {
    this.require(Part.ALL);
    if (this.flags === Flags.APART) return;
    const source = this.flags & Flags.SOURCE;
    this.separateCarry();
    this.#pushOverflowBy(source);
    this.put(Local.VF);
    this.separateResult();
    this.flags = Flags.APART;
  }

  /** Stores the flags, for whoever goes on elsewhere. */
  storeFlags(): void {
    const { flags } = this;
    if (flags === Flags.STORED) return;
    if ((flags & Flags.VARIES) !== 0) throw new Error("translated code stores flags whose place varies");
    const source = flags & Flags.SOURCE;
    const resultApart = flags === Flags.APART || (flags & Flags.RESULT_TOO) === 0;
    const carryApart = flags === Flags.APART || (flags & Flags.CARRY_APART) !== 0;
    if (resultApart) {
      this.storeState(Slot.NF, Local.NF);
      this.storeState(Slot.ZF, Local.ZF);
    }
    if (carryApart) this.storeState(Slot.CF, Local.CF);
    if (source === Flags.IN_BLOCK) {
      this.constant(0);
      this.loadState(Slot.KIND);
      if (resultApart) {
        this.constant(~Flags.RESULT_TOO);
        this.op(Wasm.I32_AND);
      }
      if (carryApart) {
        this.constant(Flags.CARRY_APART);
        this.op(Wasm.I32_OR);
      }
      this.access(Wasm.I32_STORE, 2, Slot.KIND);
    } else {
      if (source === Flags.APART) this.storeState(Slot.VF, Local.VF);
      else {
        this.storeState(Slot.FA, Local.FA);
        this.storeState(Slot.FB, Local.FB);
      }
      this.storeConstant(Slot.KIND, flags);
    }
    this.flags = Flags.STORED;
  }

  /** For a block that has its flags elsewhere when it begins. */
  passFlags(to: number): void {
    if (to === this.flags) return;
    if (to === Flags.STORED) this.storeFlags();
    else if (to === Flags.APART) this.separateFlags();
    else {
      if ((to & Flags.RESULT_TOO) === 0) this.separateResult();
      if ((to & Flags.CARRY_APART) !== 0) this.separateCarry();
      if ((to & Flags.VARIES) !== 0) this.#letVary();
      else if (this.flags !== to) throw new Error("the flags of translated code are not where they were meant to be");
    }
    this.flags = to;
  }

  /** KIND tells where the flags are. */
  #letVary(): void {
    if ((this.flags & Flags.VARIES) === 0) this.constant(this.flags);
    else {
      this.get(Local.KIND);
      if ((this.flags & Flags.RESULT_TOO) === 0) {
        this.constant(~Flags.RESULT_TOO);
        this.op(Wasm.I32_AND);
      }
      if ((this.flags & Flags.CARRY_APART) !== 0) {
        this.constant(Flags.CARRY_APART);
        this.op(Wasm.I32_OR);
      }
    }
    this.put(Local.KIND);
  }

  #pushResultBy(source: number): void {
    this.get(Local.FA);
    this.get(Local.FB);
    this.op(source === Flags.BY_SUM ? Wasm.I32_ADD : Wasm.I32_SUB);
  }

  #pushCarryBy(source: number): void {
    if (source === Flags.BY_SUM) {
      this.#pushResultBy(source);
      this.get(Local.FA);
      this.op(Wasm.I32_LT_U);
    } else {
      this.get(Local.FA);
      this.get(Local.FB);
      this.op(Wasm.I32_GE_U);
    }
  }

  #pushOverflowBy(source: number): void {
    this.get(Local.FA);
    if (source === Flags.BY_SUM) this.#pushResultBy(source);
    else this.get(Local.FB);
    this.op(Wasm.I32_XOR);
    this.get(source === Flags.BY_SUM ? Local.FB : Local.FA);
    this.#pushResultBy(source);
    this.op(Wasm.I32_XOR);
    this.op(Wasm.I32_AND);
  }

  /** The number that N or Z goes by: `local`, unless both are still to be worked out. */
  #pushResult(local: number): void {
    if ((this.flags & Flags.RESULT_TOO) !== 0) this.#pushResultBy(this.flags & Flags.SOURCE);
    else this.get(local);
  }

  /** The carry, 0 or 1. */
  pushCarry(): void {
    this.require(Part.C);
    if (this.flags === Flags.APART || (this.flags & Flags.CARRY_APART) !== 0) this.get(Local.CF);
    else this.#pushCarryBy(this.flags & Flags.SOURCE);
  }

  /** A number whose sign is V. */
  #pushOverflow(): void {
    if (this.flags === Flags.APART) this.get(Local.VF);
    else this.#pushOverflowBy(this.flags & Flags.SOURCE);
  }

  /** 1 when a condition of 0 to 13 holds. */
  pushCondition(condition: number): void {
    this.require(partsOf(condition));
    if (this.flags === Flags.DIFFERENCE && comparisons[condition] !== 0) {
      this.get(Local.FA);
      this.get(Local.FB);
      this.op(comparisons[condition]);
      return;
    }
    switch (condition >>> 1) {
      case 0:
        this.#pushResult(Local.ZF);
        this.op(Wasm.I32_EQZ);
        break;
      case 1:
        this.pushCarry();
        break;
      case 2:
        this.#pushNegative(() => this.#pushResult(Local.NF));
        break;
      case 3:
        this.#pushNegative(() => this.#pushOverflow());
        break;
      case 4:
        this.pushCarry();
        this.#pushNonZero();
        this.op(Wasm.I32_AND);
        break;
      default:
        this.#pushNegative(() => {
          this.#pushResult(Local.NF);
          this.#pushOverflow();
          this.op(Wasm.I32_XOR);
        });
        this.op(Wasm.I32_EQZ);
        if (condition >>> 1 === 6) {
          this.#pushNonZero();
          this.op(Wasm.I32_AND);
        }
    }
    if ((condition & 1) !== 0) this.op(Wasm.I32_EQZ);
  }

  #pushNegative(push: () => void): void {
    push();
    this.constant(0);
    this.op(Wasm.I32_LT_S);
  }

  #pushNonZero(): void {
    this.#pushResult(Local.ZF);
    this.constant(0);
    this.op(Wasm.I32_NE);
  }
}

/** The comparison of FA and FB that decides a condition after a difference; 0 where it takes more. */
const comparisons = [
  Wasm.I32_EQ,
  Wasm.I32_NE,
  Wasm.I32_GE_U,
  Wasm.I32_LT_U,
  0,
  0,
  0,
  0,
  Wasm.I32_GT_U,
  Wasm.I32_LE_U,
  Wasm.I32_GE_S,
  Wasm.I32_LT_S,
  Wasm.I32_GT_S,
  Wasm.I32_LE_S,
] as const;
