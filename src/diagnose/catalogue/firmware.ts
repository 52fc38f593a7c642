import type { FindingKind } from "./finding-kind.ts";

const reachable = [
  "Connect under reset (gdbserver -k, --under-reset): then its program does not run yet. NRST has to be wired.",
] as const;

/** What the target's own program does to the session. */
export const firmware = [
  {
    code: "firmware-disables-swd",
    title: "The program switches the debug port off",
    cause:
      "The program switches SWD off {after}: under reset the target answers, and while its program runs it does not, not even with the debug clocks kept on.",
    variants: {
      likely: "The program on the chip switches SWD off, most likely: {known}.",
      possible: "The program on the chip may switch SWD off (or use PA13 and PA14 for something else).",
      nrst: "If NRST is not wired, so that connecting under reset has no effect, the program may switch SWD off or sleep.",
    },
    how: "Under reset no instruction runs, and the port answers; so wires and power are good. If it goes silent when the program runs, although DBGMCU keeps its clocks on in every low-power mode, the program has taken the pins away: SWJ_CFG in AFIO_MAPR on F1 (RM0008 9.4.2), the mode of PA13 or PA14 on other families.",
    remedy: [
      ...reachable,
      "In the project set SYS > Debug to Serial Wire (.ioc: SYS), or remove __HAL_AFIO_REMAP_SWJ_DISABLE(); leave PA13 and PA14 alone; program again under reset.",
      "Without NRST: BOOT0 high and reset starts the boot loader in place of the program; then erase.",
      "If it means to do no such thing: see that its stack and heap fit into RAM; a program that overwrites its own data does anything.",
    ],
    doneUnderReset: reachable,
  },
  {
    code: "firmware-low-power",
    title: "The program sleeps so deeply that the debug port stops",
    cause:
      "The program goes into STOP or STANDBY mode, which stops the debug port's clock: with the debug clocks kept on (DBGMCU_CR) the target goes on answering.",
    variants: {
      possible: "The program on the chip may be in STOP or STANDBY mode, in which the debug port has no clock.",
      likely: "The program on the chip goes into STOP or STANDBY mode, most likely: {known}.",
    },
    how: "DBG_SLEEP, DBG_STOP and DBG_STANDBY in DBGMCU_CR keep the clocks of the debug port on (RM0008 31.16.1). A target that is lost without them and stays with them sleeps; one that is lost with them, too, does something else.",
    remedy: [
      ...reachable,
      "In debug builds call HAL_DBGMCU_EnableDBGStopMode() (and the ones for sleep and standby) at the start; this server sets these bits itself once it is connected.",
      "Wake the target while connecting.",
    ],
    doneUnderReset: reachable,
  },
  {
    code: "watchdog-resets",
    title: "A watchdog resets the chip",
    cause: "The {watchdog} watchdog resets the chip again and again: {count} resets in {seconds} s.",
    variants: {
      flag: "The {watchdog} watchdog has reset this chip since the flags were last cleared ({flag} is set).",
    },
    how: "RCC_CSR keeps the causes of resets until the program or power-on clears them (RM0008 8.3.10). Together with resets that are seen in DHCSR.S_RESET_ST it is certain; the flag alone may be of long ago.",
    remedy: [
      "Find out why the program does not reload the watchdog in time: an endless loop or fault handler, a delay, a period that is too short.",
      "If the hardware watchdog is switched on in the option bytes (WDG_SW = 0), it runs from reset on: reload it early.",
      "While the core is halted the watchdogs stand still only if DBGMCU says so; this server sees to that.",
    ],
  },
  {
    code: "resets-again-and-again",
    title: "The chip is reset again and again",
    cause: "The chip is reset again and again: {count} resets{time}{flags}.",
    how: "DHCSR.S_RESET_ST is set by every reset and cleared by reading it. RCC_CSR tells what kind of reset it was: SFTRSTF by software, PINRSTF at the NRST pin, IWDGRSTF and WWDGRSTF by a watchdog.",
    remedy: [
      "SFTRSTF: the program calls NVIC_SystemReset(), for example in its fault handler.",
      "PINRSTF: something pulls NRST low: noise, a supervisor, a button.",
    ],
  },
  {
    code: "supply-dips",
    title: "The supply breaks down for moments",
    cause: "The target's supply broke down for a moment while it was watched: {known}.",
    variants: {
      flash: "The supply broke down while flash was being erased or programmed: {known}.",
    },
    how: "A power-on or brown-out reset clears the debug registers, which no other reset does (ARMv7-M C1.2.1; RM0008 7.1.2): a target whose debug registers are lost while the session lasts has been without power. VTref readings that differ point the same way.",
    remedy: [
      "Look at VDD with an oscilloscope while the failing step runs; feed the board from a supply that can give the current.",
      "Check decoupling capacitors, the regulator, USB cables and hubs; switch motors and radios off for a trial.",
    ],
  },
  {
    code: "vector-table-empty",
    title: "There is no program at the vector table",
    cause:
      "The vector table at {at} is no vector table (stack pointer {sp}, reset vector {reset}): the core cannot start{lockup}.",
    variants: {
      blank: "The flash is empty (erased): there is no program to run{lockup}. That is how a new or erased chip looks.",
      image:
        "The image has no sane vector table at {at} (stack pointer {sp}, reset vector {reset}): it will not start.",
    },
    how: "At reset the core takes its stack pointer and its first instruction from the first two words (ARMv7-M B1.5.5). The first has to point into RAM, the second to code, with bit 0 set. Otherwise the first instruction faults, the fault handler's address is as wrong, and the core locks up.",
    remedy: [
      "Program a complete image that has its vector table at the start of flash (0x08000000), and is built for this chip.",
      "If the program starts behind a boot loader, program the boot loader, too.",
    ],
  },
  {
    code: "boot-not-from-flash",
    title: "The chip does not start from flash",
    cause: "BOOT0 is high: {memory} is mapped at address 0 and runs in place of your program.",
    variants: {
      running:
        "The core runs in {memory} ({pc}), not in your program: BOOT0 was high at the last reset, or the program called the boot loader.",
    },
    how: "The level of BOOT0 at reset chooses what answers at address 0 (RM0008 3.4): flash, system memory with ST's boot loader, or SRAM. What is read there is compared with what is read at the memories' own addresses.",
    remedy: [
      "Set the BOOT0 jumper to 0 (GND) and press reset.",
      "On chips with option bytes for it, look at nBOOT0, nBOOT1 and nSWBOOT0.",
    ],
  },
  {
    code: "firmware-faults",
    title: "The program runs into a fault",
    cause: "The program ran into a {exception}{where}. {flags}",
    variants: {
      recorded: "The program ran into a fault since the last reset. {flags}",
    },
    how: "CFSR and HFSR keep what kind of fault it was, BFAR and MMFAR the address if it is valid (ARMv7-M B3.2.15); IPSR tells which handler runs. The stacked frame has the instruction.",
    remedy: [
      "Halt the target, and look at the stacked PC: `monitor faults` shows it; with the ELF, GDB's `info line *ADDRESS` names the line.",
      "No answer at a peripheral's address: the chip lacks it, or the bus has no such place: compare with the chip's memory map.",
    ],
  },
  {
    code: "core-lockup",
    title: "The core is in lockup",
    cause: "The core is in lockup: a fault came while a fault was being handled. {flags}{table}",
    how: "DHCSR.S_LOCKUP (ARMv7-M B1.5.15, C1.6.2). It is seen directly. With a sane vector table it is the fault handler that faults, or a stack pointer that has left RAM.",
    remedy: [
      "Halt the target and look at PC, SP and the fault registers (`monitor faults`).",
      "Check that the stack is large enough and that the fault handler itself does nothing that can fault.",
    ],
  },
] as const satisfies readonly FindingKind[];
