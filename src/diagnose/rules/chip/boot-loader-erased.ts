import { hex32 } from "../../../base/bytes.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

const ERASED = 0xffff_ffff;

/** A chip without the boot loader that ST leaves in each. */
export const bootLoaderErased: Rule = {
  name: "boot-loader-erased",
  why: "ST programs its boot loader into system memory before a chip is sold (AN2606), and that memory begins with the loader's own stack pointer: erased, it cannot start. Compatible chips come with another loader or none.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    const base = id === undefined ? undefined : chipByDeviceId(id.value.id)?.systemMemory?.base;
    const word = facts.first("system-memory-word", ({ address, value }) => address === base && value === ERASED);
    if (id === undefined || base === undefined || word === undefined) return [];
    // Protection may hide what is there.
    if (facts.has("read-protection", ({ on }) => on)) return [];
    const silent = facts.last("boot-loader", ({ answer }) => answer !== "ok");
    return [
      conclusion("chip-not-genuine", {
        certainty: "likely",
        ...(silent !== undefined && { severity: "error" }),
        variant: "loaderless",
        values: { address: hex32(base) },
        evidence: quotes(silent, id, word),
        weight: 76,
        explains: ["boot-loader-silent", "boot-loader-garbled", "not-enough-to-tell"],
      }),
    ];
  },
};
