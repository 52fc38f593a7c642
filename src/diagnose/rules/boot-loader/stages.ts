import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

const nothingElse = [
  "not-enough-to-tell",
  "flash-refused",
  "boot-loader-refuses",
  "boot-loader-silent",
  "probe-usb-trouble",
];

/** The firmware upgrade service of a chip with a radio core. */
export const fusRefuses: Rule = {
  name: "fus-refuses",
  why: "FUS runs on the second core, checks signature, place and version of what it is to install, and tells one of a few errors (AN5185, FUS states and errors).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const last = facts.last("fus");
    if (last === undefined || last.value.answer === "ok") return [];
    // The state that a tool could not read says less than an error that FUS told just before.
    const told = facts.last("fus", ({ answer }) => answer !== "ok" && answer !== "unknown");
    const { answer, text } = (told ?? last).value;
    return [
      conclusion("fus-refuses", {
        certainty: "likely",
        ...(answer !== "unknown" && { variant: answer }),
        values: { text },
        evidence: quotes(facts.last("image-file"), told, last),
        weight: 78,
        explains: nothingElse,
      }),
    ];
  },
};

function variantOf(step: "download" | "start" | "gadget", first: boolean): { variant?: string } {
  if (step === "gadget") return { variant: "gadget" };
  if (step === "download") return { variant: first ? "download-first" : "download" };
  return first ? {} : { variant: "second" };
}

/** A stage of an MP1's or MP2's start that was sent and does not run. */
export const stageNotStarted: Rule = {
  name: "boot-stage-not-started",
  why: "The boot ROM takes the first stage (TF-A or SPL) over USB or UART into SYSRAM, checks its header and, on a closed chip, its signature, and jumps there; that stage brings DDR up and takes the next one (AN5275; STM32MP1 boot chain). U-Boot comes up as a USB device of its own whose alternate settings bear the partitions' numbers; of users whose tool did not get them one ended at a virtual machine that took it.",
  conclude(facts: FactSet): readonly Conclusion[] {
    // What came first is what stopped it.
    const failed =
      facts.last("embedded-flashing", ({ step, done }) => step !== "download" && !done) ??
      facts.last("embedded-flashing", ({ step, done }) => step === "download" && !done);
    if (failed === undefined) return [];
    const { step } = failed.value;
    const over = facts.last(
      "embedded-flashing",
      ({ step: other, done, partition }) => other === step && done && partition === failed.value.partition,
    );
    if (over !== undefined && facts.before(failed, over)) return [];
    const first = failed.value.partition <= 1;
    return [
      conclusion("boot-stage-not-started", {
        certainty: "likely",
        ...variantOf(step, first),
        values: { partition: `0x${failed.value.partition.toString(16).padStart(2, "0")}` },
        evidence: quotes(facts.last("device-id"), facts.last("image-file"), failed),
        weight: 78,
        explains: nothingElse,
      }),
    ];
  },
};
