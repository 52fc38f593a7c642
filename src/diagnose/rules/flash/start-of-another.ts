import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { startsLate } from "../board/late-start.ts";
import { FLASH } from "../memory-map.ts";

/** Within the parts that were programmed, which a linker may leave gaps between. */
function isWithin(pc: number, parts: readonly FactOf<"image-part">[]): boolean {
  const ends = parts.map(({ value }) => value.address + (value.size ?? 0));
  return pc >= Math.min(...parts.map(({ value }) => value.address)) && pc < Math.max(...ends);
}

/** A program that was loaded behind the start of flash, where another one runs, from the reset on and for good. */
export const startOfAnother: Rule = {
  name: "start-of-another-from-log",
  why: "A reset takes SP and PC from the start of flash (ARMv7-M B1.5.5; RM0008 3.4), whatever address the program was loaded to: that one runs when what is there jumps to it.",
  conclude(facts: FactSet) {
    const first = startsLate(facts);
    const written = facts.last("stage", ({ stage, reached }) => stage === "programmed" && reached);
    if (first === undefined || written === undefined) return [];
    const parts = facts.all("image-part", ({ address }) => address >>> 24 === 0x08);
    const stop = facts.last("stop", ({ pc }) => pc !== undefined);
    const pc = stop?.value.pc;
    if (stop === undefined || pc === undefined || !facts.before(written, stop)) return [];
    const stray = stop.value.function === undefined && pc >>> 24 === 0x08 && !isWithin(pc, parts);
    const met = facts.has("stage", ({ stage, reached }) => stage === "running" && reached);
    if (!stray || met) return [];
    return [
      conclusion("elf-starts-late", {
        certainty: "likely",
        severity: "warning",
        variant: "unreached",
        values: {
          program: facts.last("image-file")?.value.path ?? "The program",
          address: hex32(first.value.address),
          start: hex32(FLASH),
          pc: hex32(pc),
        },
        evidence: quotes(first, written, stop),
        weight: 56,
        explains: ["not-enough-to-tell", "breakpoints-unmet"],
      }),
    ];
  },
};
