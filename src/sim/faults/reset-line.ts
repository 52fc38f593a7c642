import { everyBoard, type Fault } from "./fault.ts";

export const resetFaults: readonly Fault[] = [
  {
    name: "nrst-open",
    family: "reset",
    description: "NRST of the probe is not connected",
    effect: "What the probe does to NRST does not reach the target: connecting under reset resets nothing.",
    boards: everyBoard,
    decides: "reset line",
    apply: (plan) => {
      plan.nrstOpen = true;
    },
  },
  {
    name: "nrst-low",
    family: "reset",
    description: "NRST is held low, by a short or a pressed reset button",
    effect:
      "The core stays in reset whatever the probe does: the debug port answers, DHCSR.S_RESET_ST stays set, the core " +
      "neither runs nor halts.",
    boards: everyBoard,
    decides: "reset line",
    apply: (plan) => {
      plan.nrstLow = true;
      plan.nrstOpen = true;
    },
  },
];
