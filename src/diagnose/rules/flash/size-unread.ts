import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** A tool that did not believe the size register, or could not read it. */
export const flashSizeAssumed: Rule = {
  name: "flash-size-assumed-from-log",
  why: "F_SIZE is written by the factory with the size in KiB (RM0008 30.1.1); a tool that finds 0 or 0xFFFF there, or cannot read it, takes the largest of the group.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const size = facts.last("flash-size");
    if (size?.value.assumed !== true || size.source.from !== "log") return [];
    return [
      conclusion("flash-size-wrong", {
        certainty: "likely",
        variant: "assumed",
        values: { kib: size.value.kib, chip: "", raw: "", assumed: "" },
        evidence: quotes(facts.last("device-id"), size),
        weight: 55,
      }),
    ];
  },
};

/** A tool that shows a flash of 0 KiB could not read the size register, or did not find it where it looked. */
export const flashSizeZero: Rule = {
  name: "flash-size-zero-from-log",
  why: "The size register is written by the factory; it reads 0 when its memory is shut to the debugger, as by read protection, or in chips that are not ST's (RM0008 30.1.1).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const size = facts.last("flash-size");
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    if (size === undefined || size.value.kib !== 0 || size.source.from !== "log" || id === undefined) return [];
    if (facts.has("read-protection") || facts.has("stage", ({ stage, reached }) => reached && stage === "programmed"))
      return [];
    const evidence = quotes(id, size);
    return [
      conclusion("read-protected", {
        certainty: "possible",
        values: { level: "" },
        evidence,
        weight: 58,
        explains: ["not-enough-to-tell"],
      }),
      conclusion("chip-not-genuine", { certainty: "possible", variant: "doubtful", evidence, weight: 30 }),
    ];
  },
};
