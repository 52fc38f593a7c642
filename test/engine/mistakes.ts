/** A small mistake in the translator, by the place of its source that is changed. */
export interface Mistake {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Every differential test of the engine has to catch each of these. */
export const mistakes: readonly Mistake[] = [
  {
    what: "a wrong carry",
    file: "translator/flag-writer.ts",
    // The carry of a difference is no borrow.
    from: "this.op(Wasm.I32_GE_U);",
    to: "this.op(Wasm.I32_LT_U);",
  },
  {
    what: "a missed invalidation",
    file: "translator/translator.ts",
    from: "      hit = true;\n      this.#drop(region);",
    to: "      hit = true;",
  },
  {
    what: "a late interrupt",
    file: "translator/emit-flow.ts",
    from: "e.pushRunsOut(block.look);",
    to: "e.pushRunsOut(block.look - 40);",
  },
];
