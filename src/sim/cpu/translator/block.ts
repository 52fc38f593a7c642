/** How a block of translated code ends. */
export const End = {
  /** Goes on with the first successor. */
  FALL: 0,
  /** Leaves for the interpreter before the instruction at `leaveSlot`, for the reason `leaveWhy`. */
  LEAVE: 1,
  /** B: the first successor. */
  JUMP: 2,
  /** B<c>, CBZ, CBNZ: taken, not taken. */
  BRANCH: 3,
  /** BL into another region, which comes back to the first successor. */
  CALL: 4,
  /** BL, or BLX behind a guard, into a callee that is part of this region: the first successor. */
  INLINE: 5,
  /** BX, POP and LDM of PC; a second successor when conditional, the place to return to first when inlined. */
  RETURN: 6,
  /** BLX: comes back to the first successor. */
  DYNAMIC_CALL: 7,
  /** TBB, TBH: all successors, by distance. */
  TABLE: 8,
  /** An instruction that is done out of line and always goes elsewhere. */
  RARE: 9,
  /** No guest code: leads an entry in the middle to its loop; see routes.ts. */
  ROUTE: 10,
  /** No guest code: one of several entries of a loop, by the number that CHOOSE has set; see reducible.ts. */
  SELECT: 11,
  /** No guest code: sets `choice` for the selector that follows. */
  CHOOSE: 12,
  /** No guest code: stands before a BLX, and goes to the successor that is made for the target in its register. */
  GUARD: 13,
} as const;

/** Accesses by the same register with the same value; see access-groups.ts. */
export interface AccessGroup {
  readonly base: number;
  /** Where they begin, from what the register holds, and how many units of 1 << `scale` bytes they span. */
  readonly start: number;
  readonly scale: number;
  readonly units: number;
  /** Which local holds where that is in RAM. */
  readonly number: number;
  /** The one that looks for all. */
  readonly first: Instruction;
}

/** One instruction of a block. */
export interface Instruction {
  readonly slot: number;
  /** The opcode as it acts here: inside an IT block 16-bit ones do not set flags. */
  readonly op: number;
  readonly w: number;
  readonly imm: number;
  /** ITSTATE before it, 0 outside of IT blocks. */
  readonly it: number;
  /** The most cycles it takes. */
  readonly cost: number;
  /** What it does to the flags, the parts of them that it looks at, and whether anyone sees those that it sets; see flags.ts. */
  effect: number;
  looksAt: number;
  seen: boolean;
  group: AccessGroup | undefined;
}

/** A straight stretch of guest code: entered at its start alone. */
export class Block {
  readonly slot: number;
  /** Which inlined call it belongs to, 0 for the region itself. */
  readonly context: number;
  readonly code: Instruction[] = [];
  end: number = End.FALL;
  /** The slot of the instruction that is left to the interpreter, for LEAVE. */
  leaveSlot = 0;
  /** ITSTATE there. */
  leaveIt = 0;
  leaveWhy = 0;
  successors: Block[] = [];
  /** For TABLE: the distance in half-words of each successor. */
  distances: number[] = [];
  /**
   * For ROUTE: for each successor but the first, the greatest number of an entry that goes there, and whether it has
   * arrived then.
   */
  routes: { readonly last: number; readonly arrives: boolean }[] = [];
  /**
   * For ROUTE: the entries that mean the first successor, and the choice that a selector there is to make, -1 when
   * there is none.
   */
  ownRoutes: { readonly number: number; readonly choice: number }[] = [];
  /** For CHOOSE. */
  choice = 0;
  /** For INLINE: the context of the callee. */
  callee = 0;
  /** For GUARD: the register, and the targets that the successors are made for; the last one is for all others. */
  guard = { register: 0, targets: [] as number[] };
  cost = 0;
  /** Cycles that must be left on entry, this block's and those up to the next look at the budget; 0: no look here. */
  look = 0;
  /** Cycles that may follow this block before the next look. */
  beyond = 0;
  /** Position in reverse postorder, -1 until reached. */
  order = -1;
  predecessors: Block[] = [];
  dominator: Block | undefined;
  /** Flags as they stand on entry; see flags.ts. */
  flags = -1;
  /** Parts of the flags that are looked at, or stored, before they are set; see flags.ts. */
  flagsLookedAt = 0;
  flagsStored = 0;
  /** Registers that may be newer than the state block when it begins, and those that must be at hand; see registers.ts. */
  dirty = 0;
  live = 0;
  isHeader = false;
  /** Reached forward from more than one place. */
  isMerge = false;

  /** It stands for no guest code, and cannot be left for the interpreter. */
  get isRouting(): boolean {
    return this.end >= End.ROUTE;
  }

  constructor(slot: number, context: number) {
    this.slot = slot;
    this.context = context;
  }
}
