import type { Fault } from "./fault.ts";

/** What is wrong on the desk, not on the bench. */
export const projectFaults: readonly Fault[] = [
  {
    name: "foreign-loader",
    family: "project",
    description: "the debug configuration names an external loader for another board",
    effect:
      "The server is started as with -el nand512w3a_stm3210e-eval.stldr: a loader for the NAND flash behind the FSMC of " +
      "the STM3210E-EVAL, neither of which is here.",
    boards: ["bluepill", "stm32469i-eval"],
    apply: (plan) => {
      plan.loaders.push("firmware/loaders/nand512w3a_stm3210e-eval.stldr");
    },
  },
];
