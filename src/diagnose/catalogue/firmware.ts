import { faultCauses } from "./fault-causes.ts";
import type { FindingKind } from "./finding-kind.ts";

const reachable = [
  "Connect under reset (gdbserver -k; other verbs --under-reset): then the program does not run yet. NRST has to be wired.",
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
      known: "The program on the chip may switch SWD off: {known}.",
      possible: "The program on the chip may switch SWD off (or use PA13 and PA14 for something else).",
      nrst: "Nothing answers, though connect under reset was asked for. If NRST is not wired from the probe to the chip, that has no effect: the program runs all the while, and it may switch SWD off or sleep.",
    },
    how: "Under reset no instruction runs, and the port answers; so wires and power are good. If it goes silent when the program runs, although DBGMCU keeps its clocks on in every low-power mode, the program has taken the pins away: SWJ_CFG in AFIO_MAPR on F1 (RM0008 9.4.2), the mode of PA13 or PA14 on other families.",
    remedy: [
      ...reachable,
      "In the project set SYS > Debug to Serial Wire (STM32CubeMX: Pinout & Configuration > System Core), or remove __HAL_AFIO_REMAP_SWJ_DISABLE(); leave PA13 and PA14 alone; program again under reset.",
      "Without NRST: hold BOOT0 high and reset, which starts the boot loader in place of the program; connect normally, erase or program, and set BOOT0 low again.",
      "If the program has no such line: look for writes through wrong pointers, and for a stack or heap that does not fit into RAM.",
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
      repeats:
        "The program sleeps (WFI or WFE in its source) while the tool reads its messages from RAM, which may be why the same one, with the same time, comes again and again: where the bus has no clock in sleep, such reads give what is not there, and the tool finds messages anew that it had. A program that is reset again and again prints so as well.",
      sleeps:
        "The program sends its core to sleep, as its source shows (WFI, WFE or a call that ends in them): {known}. The bus has no clock then unless DBGMCU_CR keeps it on, even where the debug port itself goes on answering.",
    },
    how: "DBG_SLEEP, DBG_STOP and DBG_STANDBY in DBGMCU_CR keep the clocks of the debug port on (RM0008 31.16.1). A target that is lost without them and stays with them sleeps; one that is lost with them, too, does something else.",
    remedy: [
      ...reachable,
      "In debug builds call HAL_DBGMCU_EnableDBGStopMode() (and the ones for sleep and standby) at the start; Probity's server sets these bits itself once it is connected.",
      "Wake the target (wake-up pin, button, RTC alarm) while the probe tries to connect.",
    ],
    doneUnderReset: reachable,
  },
  {
    code: "watchdog-resets",
    title: "A watchdog resets the chip",
    cause: "The {watchdog} watchdog resets the chip again and again: {count} resets in {seconds} s.",
    variants: {
      flag: "The {watchdog} watchdog has reset this chip since the flags were last cleared ({flag} is set).",
      hardware:
        "The option bytes start the {watchdog} watchdog by hardware, at every reset: a program that does not reload it in time, because it was written for a chip whose watchdog is off, is reset by it again and again.",
    },
    how: "RCC_CSR keeps the causes of resets until the program or power-on clears them (RM0008 8.3.10). Together with resets that are seen in DHCSR.S_RESET_ST it is certain; the flag alone may be of long ago.",
    remedy: [
      "Find out why the program does not reload the watchdog in time: an endless loop or fault handler, a delay, a period that is too short.",
      "If the option bytes switch it on by hardware (WDG_SW, IWDG_SW or WWDG_SW = 0), it runs from reset on: reload it early, or set the option byte to software.",
      "While the core is halted the watchdogs stand still only if DBGMCU freezes them (DBG_IWDG_STOP, DBG_WWDG_STOP); Probity sees to that.",
    ],
  },
  {
    code: "resets-again-and-again",
    title: "The chip is reset again and again",
    cause: "The chip is reset again and again: {count} resets{time}{flags}.",
    variants: {
      once: "The chip was reset while its program ran, and nobody asked for it: GDB found it back at its start (Reset_Handler, or main once more). RCC_CSR (or RCC_RSR) tells by what: a watchdog that is not fed (also while flash is written or a debugger waits), the program itself (NVIC_SystemReset), NRST, or the supply.",
    },
    how: "DHCSR.S_RESET_ST is set by every reset and cleared by reading it. RCC_CSR tells what kind of reset it was: SFTRSTF by software, PINRSTF at the NRST pin, IWDGRSTF and WWDGRSTF by a watchdog.",
    remedy: [
      "SFTRSTF: the program calls NVIC_SystemReset(): set a breakpoint there, and look at who calls it (often a fault or error handler).",
      "PINRSTF alone, where no probe or tool has pulled NRST: something else pulls it low (noise, a supervisor, a button). With other flags it says nothing: every reset inside the chip pulls NRST, too.",
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
      late: "After a reset the core finds no vector table and locks up: the program begins at {image}, and at the start of flash ({start}), where a reset takes its stack pointer and first instruction from, there is nothing: the boot loader that should be there was erased or never programmed, most likely.",
      erased:
        "The whole flash was erased, and what was programmed then begins at {image}: at the start of flash ({start}), where a reset takes its stack pointer and first instruction from, there is nothing. A boot loader that was there is gone.",
      nonsense:
        "After a reset the core stands at {reset} with its stack at {sp}: neither is code or RAM, so what lies at the vector table is no table. Nothing that starts there was loaded, or the chip boots from elsewhere.",
      stack:
        "The core stands as after a reset, with its stack at {sp}, where no chip has RAM: the first word at the vector table is no stack pointer. Nothing that starts there was loaded, or the chip boots from elsewhere.",
      file: "What the core took for a vector table is {file}: its first bytes are the stack pointer {sp} and the reset vector {reset}. The program is not where the chip starts.",
      image:
        "The image has no sane vector table at {at} (stack pointer {sp}, reset vector {reset}): it will not start.",
    },
    how: "At reset the core takes its stack pointer and its first instruction from the first two words (ARMv7-M B1.5.5). The first has to point into RAM, the second to code, with bit 0 set. Otherwise the first instruction faults, the fault handler's address is as wrong, and the core locks up. Files that were written as they are show by their first bytes (ELF, Intel HEX, S-records, UF2, DfuSe).",
    remedy: [
      "Program a complete image that is built for this chip and has its vector table at the start of flash (0x08000000).",
      "If the program starts behind a boot loader, program the boot loader, too.",
    ],
  },
  {
    code: "boot-not-from-flash",
    title: "The chip does not start from flash",
    cause:
      "At address 0 {memory} is mapped, and runs in place of your program: BOOT0 was high at the last reset, or, on chips that have them, boot option bytes or the check for an empty flash chose it.",
    variants: {
      running:
        "The core runs in {memory} ({pc}), not in your program: BOOT0 was high at the last reset, or the program called the boot loader.",
      vectors:
        "A reset leads to {memory} ({pc}), not to flash: BOOT0 was high at the last reset, most likely. GDB started the program at its entry all the same; its first interrupt or fault took its vector from {memory}, which answers at address 0, and the core locked up.",
    },
    how: "The level of BOOT0 at reset chooses what answers at address 0 (RM0008 3.4): flash, system memory with ST's boot loader, or SRAM. Later families have option bytes for it, and some start the boot loader when flash is empty. What is read there is compared with what is read at the memories' own addresses.",
    remedy: [
      "Set the BOOT0 jumper to 0 (GND) and press reset.",
      "On chips with option bytes for it, look at nBOOT0, nBOOT1, BOOT_SEL and nSWBOOT0; on chips that check for an empty flash, program it and switch the power off and on.",
    ],
  },
  {
    code: "firmware-faults",
    title: "The program runs into a fault",
    cause: "The program ran into a {exception}{where}. {flags}",
    variants: {
      handled:
        "The program ran into a fault since the last reset, but no fault handler runs now: it was handled, and the program went on. {flags}",
      algorithm:
        "The core was in a {exception} when the tool's own code for writing flash ended: an interrupt of the program that ran before may have taken the core away from it, or that code itself faulted.",
      recorded: "The program ran into a fault since the last reset. {flags}",
      astray:
        "The core stands at {pc}, where no code can be: it went there by a pointer or a return address that is wrong (an overwritten stack, a callback that was not set, a vector table that is not where VTOR says), or it was not reset after the program was loaded.",
    },
    how: "CFSR and HFSR keep what kind of fault it was until they are cleared or the core is reset, BFAR and MMFAR the address if it is valid (ARMv7-M B3.2.15 to B3.2.18); IPSR and ICSR.VECTACTIVE tell which handler runs. Exception entry pushes a frame with the PC and LR of the code that faulted (B1.5.6), and the instruction at that PC is read. A fault that is recorded while no fault handler runs is a note. ARMv6-M (Cortex-M0) has no such registers: there the frame is all.",
    remedy: [
      "Find the source line of the stacked PC: `arm-none-eabi-addr2line -pfe FILE.elf {place}`, or in GDB `info line *{place}`.",
    ],
    details: faultCauses,
  },
  {
    code: "program-gave-up",
    title: "The program has stopped itself",
    cause: "The program stands in {name}: {what}. Probe, wires and debugger work.",
    how: "The debugger shows the function in which the core stands, and of these functions it is known who calls them: the program's own checks, its operating system or the C library. In a release build a function's name may be that of another with the same code, so it is likely and not certain.",
    remedy: [
      "Look at who called it: in GDB `bt`, or the call stack of the IDE; the first function of your own in it is the place.",
      "Error_Handler after a change of the clock or board: HAL_RCC_OscConfig waits for a crystal (HSE, LSE) that is not fitted or does not start.",
      "Of a stack that overflowed or was overwritten: give the task, or the main stack (_Min_Stack_Size), more, and look for arrays that are written past their end.",
    ],
  },
  {
    code: "semihosting-off",
    title: "The program calls semihosting, and the debugger does not serve it",
    cause:
      "The program stands at a call of semihosting (BKPT 0xAB), by which it asks the debugger for a file or console of the computer, and the debugger does not serve it in this session: it stops there each time.",
    variants: {
      alone:
        "The program calls semihosting (BKPT 0xAB), which only a debugger answers. Without one that instruction is a HardFault, in which the program ends.",
    },
    how: "The instruction at which the core stopped, or the C library's function that has it, is shown. A debugger that serves semihosting answers and lets the core go on, so that it never shows this place. A breakpoint that was set there by hand looks alike, so it is never certain.",
    remedy: [
      "Switch it on: OpenOCD `monitor arm semihosting enable` (behind `monitor reset halt`; in STM32CubeIDE in the Startup tab, in cortex-debug postLaunchCommands); ST-LINK_gdbserver --semihosting; pyOCD -S.",
      "Or build without it: -specs=nosys.specs in place of -specs=rdimon.specs, no -lrdimon, no call of initialise_monitor_handles(), and printf() to a UART, SWO or RTT. A program that calls it does not run without a debugger.",
    ],
  },
  {
    code: "rtt-not-found",
    title: "The program's RTT is not found",
    cause:
      "The tool reached the chip and did not find the program's RTT control block in its RAM. The program sleeps (WFI, STOP mode) so that RAM can't be read, it stopped in a panic or fault before it set RTT up, or it does not set it up at all.",
    variants: {
      symbol:
        "The program has no RTT in it: its ELF file has no symbol of the control block, so nothing will ever be where the tool looks.",
      logger:
        "The program has messages of defmt in it and nothing that carries them out: its ELF file has the section .defmt and no symbol with defmt's version, as when no logger (defmt-rtt) is linked, or defmt's linker script is not given. Board and probe have no part in it.",
    },
    how: "The program writes the block, which begins with a mark, into RAM at its start, and the tool looks for it there while the program runs. Contact, chip and download were good until then. Which of the ways it is, the program's own behaviour tells.",
    remedy: [
      "A program that sleeps when it has nothing to do: keep the clocks on while debugging (DBGMCU_CR: DBG_SLEEP, DBG_STOP, DBG_STANDBY; embassy: enable_debug_during_sleep), or turn on the clock of a DMA controller, which keeps RAM's bus running in sleep on many families.",
      "See where the program stands: halt it in a debugger and look at PC and the call stack.",
      "See that RTT is linked and set up before its first output (defmt-rtt or rtt_init_print!, SEGGER_RTT_Init), and that the chip's name in the tool is the right one: it tells which RAM is searched.",
    ],
  },
  {
    code: "core-lockup",
    title: "The core is in lockup",
    cause: "The core is in lockup: it met a fault that it could not take.{inside} {flags}{table}",
    how: "DHCSR.S_LOCKUP (ARMv7-M C1.6.2). A core locks up when a fault comes at the priority of HardFault or above: in the HardFault or NMI handler, with FAULTMASK set, or when the stack pointer or the vector can't be read at reset (B1.5.15). ICSR.VECTACTIVE tells the handler, if it was one.",
    remedy: [
      "Halt the core and look at PC, SP and LR: a PC of 0xFFFFFFFE, or an SP outside RAM, means that the vector table or the stack is bad.",
      "Have the HardFault handler do next to nothing (an endless loop) for a trial: then the first fault stays to be seen.",
      "Check that the stack is large enough (_Min_Stack_Size in the linker script, the task's stack under an RTOS).",
    ],
  },
] as const satisfies readonly FindingKind[];
