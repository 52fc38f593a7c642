import { everyBoard, type Fault, type FaultFamily, f1Boards } from "./fault.ts";

const common = {
  family: "firmware" as FaultFamily,
  decides: "program" as const,
  refusesKeys: ["elf"],
};

/** Long enough for the watchdog to have bitten. */
const SOME_TIME = 120;

/** Programs in flash, and their absence: firmware/faults/ has the sources. */
export const firmwareFaults: readonly Fault[] = [
  {
    ...common,
    name: "swd-off",
    description: "the program switches the debug port off right after reset",
    effect:
      "AFIO_MAPR.SWJ_CFG = 100 (STM32F4: PA13 and PA14 become inputs): nothing answers on SWD until NRST is low. " +
      "Connecting under reset works.",
    boards: everyBoard,
    apply: (plan, { board }) => {
      plan.program = f1Boards.includes(board) ? "firmware/faults/swd-off.elf" : "firmware/faults/swd-off-stm32f4.elf";
    },
  },
  {
    ...common,
    name: "stop-mode",
    description: "the program enters STOP mode and does not wake",
    effect:
      "All clocks stand, the debug port's too (DBGMCU_CR.DBG_STOP is 0): nothing answers on SWD until a reset. Connecting " +
      "under reset works.",
    boards: f1Boards,
    apply: (plan) => {
      plan.program = "firmware/faults/stop-mode.elf";
    },
  },
  {
    ...common,
    name: "iwdg-reset",
    description: "the program starts the independent watchdog and never feeds it",
    effect:
      "The chip is reset every 51 ms, and RCC_CSR.IWDGRSTF is set. A halted core is reset, too, unless DBGMCU says otherwise.",
    boards: everyBoard,
    apply: (plan) => {
      plan.program = "firmware/faults/iwdg-reset.elf";
      plan.poweredFor = SOME_TIME;
    },
  },
  {
    ...common,
    name: "bus-fault",
    description: "the program reads an address at which nothing answers",
    effect:
      "BusFault, escalated to HardFault: CFSR.PRECISERR and BFARVALID, HFSR.FORCED, BFAR 0x2F000004; the handler loops " +
      "with the stacked frame untouched.",
    boards: everyBoard,
    apply: (plan) => {
      plan.program = "firmware/faults/bus-fault.elf";
    },
  },
  {
    ...common,
    name: "lockup",
    description: "there is no program: flash is erased",
    effect: "Stack pointer and reset vector read 0xFFFFFFFF: a fault whose handler is not there either, LOCKUP.",
    boards: everyBoard,
    apply: (plan) => {
      plan.program = null;
    },
  },
];
