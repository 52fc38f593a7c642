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
    // ST's boot loader is not asked for it.
    if (facts.has("option", ({ name }) => name === "boot-loader")) return [];
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

/** F1's value line, of which tools are known that read 0 over an ST-LINK/V1. */
const misread = new Set([0x420, 0x428]);

/** A tool that shows a flash of 0 KiB could not read the size register, or did not find it where it looked. */
export const flashSizeZero: Rule = {
  name: "flash-size-zero-from-log",
  why: "The size register is written by the factory; it reads 0 when its memory is shut to the debugger, as by read protection, or in chips that are not ST's (RM0008 30.1.1).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const size = facts.last("flash-size");
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    // Newer tools name the chip and not its id.
    const named = facts.last("chip-name", ({ name, by }) => by === "tool" && /^(?:STM32)?F1/i.test(name));
    const chip = id ?? named;
    if (size === undefined || size.value.kib !== 0 || size.source.from !== "log" || chip === undefined) return [];
    if (facts.has("read-protection") || facts.has("stage", ({ stage, reached }) => reached && stage === "programmed"))
      return [];
    const refused = facts.last("flash-trouble", ({ reason }) => reason === "size");
    const evidence = quotes(chip, size, refused);
    // A tool that has no right address for a group's size register reads 0 as well: older ones on L1 and value line.
    const certain =
      id === undefined
        ? !/value/i.test(named?.value.name ?? "")
        : chipByDeviceId(id.value.id)?.family === "STM32F1" && !misread.has(id.value.id);
    // Held in reset a chip answers with an ID, and reads 0 for what its flash would have to give.
    const silent = facts.first("wire-answer", ({ answer }) => answer === "none");
    if (silent !== undefined && silent.source.from === "log" && facts.before(silent, chip)) {
      const seen = { evidence: [...quotes(silent), ...evidence] };
      const known =
        "it did not answer at first, and when it did its flash read as of no size, which is what a chip that is held in reset gives";
      return [
        conclusion("firmware-disables-swd", {
          certainty: "likely",
          variant: "likely",
          values: { known },
          ...seen,
          weight: 74,
          explains: ["not-enough-to-tell", "image-outside-flash", "wires-open"],
        }),
        conclusion("firmware-low-power", {
          certainty: "possible",
          variant: "possible",
          ...seen,
          weight: 46,
        }),
        conclusion("read-protected", { certainty: "possible", variant: "size", evidence, weight: 40 }),
      ];
    }
    return [
      conclusion("read-protected", {
        certainty: certain ? "likely" : "possible",
        variant: "size",
        evidence,
        weight: certain ? 86 : 58,
        // No address lies in a flash of no size.
        explains: ["not-enough-to-tell", "image-outside-flash", "flash-refused", "flash-protected"],
      }),
      conclusion("chip-not-genuine", { certainty: "possible", variant: "doubtful", evidence, weight: 30 }),
    ];
  },
};
