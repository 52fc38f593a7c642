import { everyBoard, type Fault } from "./fault.ts";

const MS = 1e6;

/** The supply, and the lead by which the probe looks at it. */
export const powerFaults: readonly Fault[] = [
  {
    name: "no-power",
    family: "power",
    description: "the board has no supply",
    effect: "VDD and VTref are at 0 V: the probe measures 0.00 V, and nothing answers on SWD.",
    boards: everyBoard,
    decides: "supply",
    apply: (plan) => {
      plan.board.voltage = 0;
    },
  },
  {
    name: "low-voltage",
    family: "power",
    description: "the supply is far below what the chip needs",
    effect:
      "VDD stays below the power-down threshold (1.88 V on an STM32F103, 1.68 V on an STM32F469): the chip is held in " +
      "power-on reset, its debug port too, while VTref shows the voltage.",
    boards: everyBoard,
    decides: "supply",
    parameters: [{ key: "volts", description: "VDD in volts", initial: 1.6, minimum: 0.1, maximum: 1.8 }],
    apply: (plan, bench) => {
      plan.board.voltage = bench.parameter("volts");
    },
  },
  {
    name: "vtref-open",
    family: "power",
    description: "VTref of the probe is not connected",
    effect: "The probe measures 0.00 V, and all else works: an ST-LINK/V2 does not feed its level shifters from there.",
    boards: everyBoard,
    apply: (plan) => {
      plan.vtrefOpen = true;
    },
  },
  {
    name: "brown-out",
    family: "power",
    description: "the supply gives way while flash is erased",
    effect:
      "3 ms into each erase VDD falls to 1.4 V for 2 ms: power-on reset in the middle of it (RCC_CSR.PORRSTF), RAM is " +
      "lost, the debug port sleeps until it is connected to anew.",
    boards: everyBoard,
    decides: "supply",
    apply: (plan) => {
      plan.board.weakSupply = { volts: 1.4, after: 3 * MS, lasts: 2 * MS };
    },
  },
];
