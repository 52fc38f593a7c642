import type { FindingKind } from "./finding-kind.ts";

/** Last in the list of remedies for what is wrong with the loader itself, on any chip. */
const OTHER_BUILD = "Use another build of the loader: this one fails on every chip.";
const OTHER_LOADER =
  "If your board has external memory, choose a loader made for that board and chip; a board without any needs no loader.";
const own = (what: string): string => `If the loader is your own: ${what}`;

const FAULT =
  "The core is halted at once when the loader faults: under its own vector table, or the debugger's vector catch. CFSR, HFSR, BFAR, the frame on the stack and the code at its PC are read.";
const TIME =
  "The function was given its time and did not return. Where the core is was sampled several times before it was halted, and the code around these places was read: what its loop reads and waits for.";
const RESET =
  "DHCSR shows that the core was reset while the function ran. The reset flags of RCC are compared with those before it ran; where none is new, the loader is run once more with breakpoints at the stores that can ask for a reset.";

/** What a function of a loader did when it failed, as the server and `probity loader test` see it on the target. */
export const loader = [
  {
    code: "loader-needs-peripheral",
    title: "The loader uses a peripheral that this chip lacks",
    cause: "{call} accessed {place}, and this chip has no {block}.",
    how: `${FAULT} It is certain when the address is that of a peripheral of the chip's family which no part with this device ID has.`,
    remedy: [OTHER_LOADER],
  },
  {
    code: "loader-ram-missing",
    title: "The loader is linked to RAM that this chip has not got",
    cause: "The loader needs RAM at addresses where this chip has none.",
    how: "The addresses that the loader's file is linked to, or that it accessed when it faulted, are compared with the RAM of the chip.",
    remedy: [own("link it to RAM that the chip has, and keep its variables within that.")],
  },
  {
    code: "loader-ram-data-only",
    title: "The loader is linked to RAM that can't hold code",
    cause: "The loader is linked to the CCM RAM, which on this chip is on the data bus alone: no code can run there.",
    how: "The addresses that the loader's file is linked to lie in the CCM RAM of an STM32F4 (RM0090 2.3.1).",
    remedy: [own("link it to the SRAM at 0x20000000; CCM can hold its stack and data.")],
  },
  {
    code: "loader-too-large",
    title: "The loader does not fit into the RAM of this chip",
    cause: "The loader and at least 1 KiB of stack need more RAM than this chip has.",
    how: "The loader's span, as its file gives it, is compared with the RAM of the chip.",
    remedy: [
      own(
        "link it to RAM that the chip has, and drop what it does not use (-Os, --gc-sections with KEEP for StorageInfo).",
      ),
    ],
  },
  {
    code: "loader-other-core",
    title: "The loader is compiled for another core",
    cause: "The loader's code has instructions that the core of this chip does not have.",
    how: `${FAULT} An undefined instruction, and build attributes that name an architecture above the core's.`,
    remedy: [OTHER_LOADER],
  },
  {
    code: "loader-needs-fpu",
    title: "The loader needs an FPU, which this chip lacks",
    cause: "{call} came to an instruction of the FPU, and this chip has none.",
    how: `${FAULT} CFSR.NOCP is set.`,
    remedy: [OTHER_LOADER],
  },
  {
    code: "loader-fpu-off",
    title: "The loader switched the FPU off and used it",
    cause: "{call} came to an instruction of the FPU, which is switched off in CPACR.",
    how: `${FAULT} CFSR.NOCP is set. The FPU is on when a function is called.`,
    remedy: [own("turn the FPU on in CPACR at the start of Init(), or compile with -mfloat-abi=soft."), OTHER_BUILD],
  },
  {
    code: "loader-controller-off",
    title: "The memory controller gave a bus error",
    cause: "{call} accessed the memory or the registers of a controller that this chip has, and got a bus error.",
    how: FAULT,
    remedy: [own("turn on the controller's clock in RCC and set it up before the first access.")],
  },
  {
    code: "loader-bus-fault",
    title: "The loader accessed an address where nothing answers",
    cause: "{call} accessed {place}, and nothing answered there.",
    how: `${FAULT} Where a buffered store failed BFAR does not tell, and the stores before the stacked PC are followed instead.`,
    remedy: [own("find out why it addresses {address}.")],
  },
  {
    code: "loader-null-pointer",
    title: "The loader used a null pointer",
    cause: "{call} accessed memory through a null pointer.",
    how: `${FAULT} The address is one of the first.`,
    remedy: [OTHER_BUILD, own("set the pointer before it is used; initialised data must be among what is loaded.")],
  },
  {
    code: "loader-null-call",
    title: "The loader called a function through a null pointer",
    cause: "{call} jumped to {address}: it called a function through a null pointer.",
    how: `${FAULT} The PC is one of the first addresses.`,
    remedy: [
      OTHER_BUILD,
      own("set the function pointer before it is used; initialised data must be among what is loaded."),
    ],
  },
  {
    code: "loader-bad-pointer",
    title: "The loader called a function through a bad pointer",
    cause: "{call} called a function through a pointer that holds no address of code.",
    how: `${FAULT} The return address in LR tells which call it was.`,
    remedy: [
      OTHER_BUILD,
      own("set the function pointer before it is used; initialised data must be among what is loaded."),
    ],
  },
  {
    code: "loader-returns-even",
    title: "The loader jumped to an address without the Thumb bit",
    cause: "{call} jumped to the return address in LR with bit 0 clear: a Cortex-M has no other state.",
    how: `${FAULT} CFSR.INVSTATE is set, and LR is even and equal to the stacked PC.`,
    remedy: [OTHER_BUILD, own("return with BX LR or by popping PC, and keep bit 0 of every code address set.")],
  },
  {
    code: "loader-smashed-stack",
    title: "The loader overwrote a return address",
    cause: "{call} left its own code: a return address on its stack was overwritten.",
    how: `${FAULT} The PC lies outside of the loader's code, and LR after a call within it.`,
    remedy: [OTHER_BUILD, own("check the bounds of the local arrays of {callee}.")],
  },
  {
    code: "loader-stack-overflow",
    title: "The loader's stack overflowed",
    cause: "{call} used more stack than it was given.",
    how: "The stack and the words below it are filled with a pattern; words below it were overwritten, or the stack pointer stood below it. A loader that outgrows 2 KiB is run again with up to 16 KiB, as far as there is RAM, before this is said.",
    remedy: [OTHER_BUILD, own("look for recursion, and make large local arrays static.")],
  },
  {
    code: "loader-overwrites-itself",
    title: "The loader overwrote its own code",
    cause: "{call} overwrote its own code or constants.",
    how: "What the loader's file loads is compared with what RAM holds after it ended.",
    remedy: [OTHER_BUILD, own("a pointer or an index runs out of its array; the first changed address tells which.")],
  },
  {
    code: "loader-dma-overwrites",
    title: "DMA that the loader started overwrote it",
    cause: "{call} left a DMA channel on that writes to RAM, and code or stack above its address was overwritten.",
    how: "The DMA channels that are on after it ended, and were not before, are read. That nothing else wrote there can't be seen, so it is likely.",
    remedy: [OTHER_BUILD, own("let DMA end before a function returns, and check its address and count.")],
  },
  {
    code: "loader-unaligned",
    title: "The loader made an access that is not aligned",
    cause: "{call} accessed memory at an address that is not aligned, which that instruction never may.",
    how: `${FAULT} CFSR.UNALIGNED is set, and traps for other accesses are off.`,
    remedy: [OTHER_BUILD, own("align the data, or read it byte by byte: LDM, LDRD and VLDR need words.")],
  },
  {
    code: "loader-divides-by-zero",
    title: "The loader divided by zero",
    cause: "{call} divided by zero, with the trap for it switched on.",
    how: `${FAULT} CFSR.DIVBYZERO is set.`,
    remedy: [OTHER_BUILD, own("check the divisor; a size or clock read from the chip may be zero.")],
  },
  {
    code: "loader-undefined-instruction",
    title: "The loader came to an undefined instruction",
    cause: "{call} came to an undefined instruction.",
    how: `${FAULT} CFSR.UNDEFINSTR is set, and the loader's code is as it was loaded.`,
    remedy: [OTHER_BUILD, own("a path that should never be taken was taken there; the source line tells.")],
  },
  {
    code: "loader-mpu",
    title: "The memory protection refused an access",
    cause: "{call} made an access that the MPU refused.",
    how: `${FAULT} CFSR.DACCVIOL or IACCVIOL is set. The MPU is off when a function is called.`,
    remedy: [
      "Connect under reset, so that the application has not set the MPU up yet.",
      own("turn the MPU off at the start of Init()."),
    ],
    doneUnderReset: ["Connect under reset, so that the application has not set the MPU up yet."],
  },
  {
    code: "loader-supervisor-call",
    title: "The loader calls a supervisor that is not there",
    cause: "{call} executed SVC, and no loader has a supervisor: it runs without an operating system.",
    how: `${FAULT} The instruction before the stacked PC is SVC, HFSR.FORCED is set, and CFSR is zero.`,
    remedy: [OTHER_BUILD, own("build it without RTOS and semihosting: no SVC may be left in it.")],
  },
  {
    code: "loader-unprivileged",
    title: "The loader gave up its privilege",
    cause: "{call} made itself unprivileged (CONTROL.nPRIV), and then accessed what only privileged code may.",
    how: `${FAULT} CONTROL.nPRIV is set, which it was not when the function was called, and BFAR is an address of the system's own space.`,
    remedy: [OTHER_BUILD, own("leave CONTROL alone, or do what needs privilege before.")],
  },
  {
    code: "loader-switches-stack",
    title: "The loader switched to a stack that is none",
    cause: "{call} switched to the process stack (CONTROL.SPSEL), and PSP points to no stack.",
    how: `${FAULT} The fault came from pushing to the process stack, which the function was not called with.`,
    remedy: [OTHER_BUILD, own("stay on the stack that the loader is given, or set PSP before CONTROL.")],
  },
  {
    code: "loader-locked-up",
    title: "The loader drove the core into lockup",
    cause:
      "{call} drove the core into lockup: it met a fault where none can be taken (in the fault handler, as a rule).",
    how: "DHCSR.S_LOCKUP is set. The fault that came first is no longer to be seen.",
    remedy: [OTHER_BUILD, own("do not move VTOR or SP; a loader runs on what it is given.")],
  },
  {
    code: "loader-breakpoint",
    title: "The loader stopped at a breakpoint of its own",
    cause: "{call} stopped at a breakpoint instruction of its own.",
    how: "The core halted by itself, at a BKPT that the loader's file has there.",
    remedy: ["Use a release build of the loader.", own("the source line of the breakpoint tells which check failed.")],
  },
  {
    code: "loader-needs-systick",
    title: "The loader waits for SysTick interrupts",
    cause: "{call} waits for time to pass that the SysTick interrupt would count, and no loader gets interrupts.",
    how: `${TIME} SysTick counts and asks for its interrupt, which is pending.`,
    remedy: [
      OTHER_BUILD,
      own("with ST's HAL, override HAL_InitTick(), HAL_GetTick() and HAL_Delay(), as ST's own loaders do."),
    ],
  },
  {
    code: "loader-needs-interrupts",
    title: "The loader turned interrupts on",
    cause: "{call} was interrupted: it turned interrupts on, and there is no vector table of its own in force.",
    how: "The core halted in an exception that is no fault, at our own vector table.",
    remedy: [
      "Use another build of the loader: interrupts reach none, in any server.",
      own("poll instead; with ST's HAL, override HAL_InitTick(), HAL_GetTick() and HAL_Delay()."),
    ],
  },
  {
    code: "loader-nmi",
    title: "A non-maskable interrupt came while the loader ran",
    cause: "{call} was interrupted by NMI, which nothing holds off.",
    how: "IPSR is 2. The clock security system raises it, parity or ECC errors of some chips, and ICSR.NMIPENDSET.",
    remedy: [
      "Check that your board has the crystal that the loader's board has.",
      own("leave the clock security system off (RCC_CR.CSSON), and clear its flag before (RCC_CIR.CSSC)."),
    ],
  },
  {
    code: "loader-watchdog",
    title: "A watchdog reset the chip while the loader ran",
    cause: "{call} was cut off: the chip was reset by a watchdog.",
    how: RESET,
    remedy: [
      "If the application or the option bytes start the watchdog: connect under reset, and set the option byte to software watchdog.",
      own("do not start the watchdog, or refresh it while the memory is busy."),
    ],
  },
  {
    code: "loader-resets",
    title: "The loader reset the chip",
    cause: "{call} was cut off: the chip was reset by software, or by something that left no new flag.",
    how: RESET,
    remedy: [own("do not call NVIC_SystemReset(), which an error handler may do, and do not set OBL_LAUNCH.")],
  },
  {
    code: "loader-power-lost",
    title: "The supply failed while the loader ran",
    cause: "{call} was cut off: the chip was reset by a loss of supply voltage.",
    how: RESET,
    remedy: ["Check the supply: the external memory draws current from the moment it is set up."],
  },
  {
    code: "loader-pin-reset",
    title: "NRST was pulled low while the loader ran",
    cause: "{call} was cut off: the chip was reset by the NRST pin.",
    how: RESET,
    remedy: ["Check what drives NRST: a supervisor, a button, or a short to the memory's reset."],
  },
  {
    code: "loader-low-power",
    title: "The loader entered Stop or Standby",
    cause: "{call} entered a low-power mode, in which the debug port has no clock.",
    how: "The target no longer answered, and was brought back by NRST and connecting under reset. The loader was then run once more with a breakpoint in the place of every WFI and WFE: it is certain when it came to one with SLEEPDEEP set. The reset flags of RCC, or PWR's Standby flag, tell it less surely.",
    remedy: [own("poll instead of sleeping, and leave SCR.SLEEPDEEP and DBGMCU alone.")],
  },
  {
    code: "loader-takes-debug-pins",
    title: "The loader took the debug pins",
    cause: "{call} cut the debugger off: it gave the pins of the debug port (PA13, PA14) another function.",
    how: "The target no longer answered, and was brought back by NRST and connecting under reset. The loader was then run once more with a breakpoint in the place of every store that may go to the registers of these pins, and halted before the one that takes them.",
    remedy: [own("leave PA13 and PA14 alone: change single pins (HAL_GPIO_Init) rather than a whole port.")],
  },
  {
    code: "loader-cuts-debugger-off",
    title: "The loader cut the debugger off",
    cause: "{call} cut the debugger off: while it ran the target no longer answered.",
    how: "The target no longer answered, and was brought back by NRST and connecting under reset, so wires and supply work. What cut it off was not seen: it took the debug pins, went to deep sleep, or stopped a clock.",
    remedy: [
      "If it happens without the loader, too: look at supply and wiring; a memory that draws much current may pull the supply down.",
    ],
  },
  {
    code: "loader-target-lost",
    title: "The target did not come back after the loader ran",
    cause: "{call} cut the debugger off, and the target could not be brought back.",
    how: "The target no longer answered, neither as it was nor with NRST low. Its RAM and registers are not restored.",
    remedy: [
      "Switch the board's supply off and on: what a loader does to pins and clocks does not outlive that.",
      "Wire NRST to the probe, so that a target that vanished can be brought back.",
    ],
  },
  {
    code: "loader-sleeps",
    title: "The loader sleeps and is never woken",
    cause: "{call} sleeps in WFI or WFE and waits for an interrupt, which no loader gets.",
    how: TIME,
    remedy: [OTHER_BUILD, own("poll the memory's status instead of sleeping.")],
  },
  {
    code: "loader-gave-up",
    title: "The loader went to its error handler",
    cause: "{call} is in an endless loop of its own error handler.",
    how: `${TIME} It is a branch to itself in a function whose name speaks of errors.`,
    remedy: [own("return 0 instead of looping, so that the caller learns of it.")],
  },
  {
    code: "loader-endless-loop",
    title: "The loader is in an endless loop",
    cause: "{call} is in an endless loop: a branch to itself.",
    how: TIME,
    remedy: [own("return 0 instead of looping, so that the caller learns of it.")],
  },
  {
    code: "loader-polls-forever",
    title: "The loader waits for a flag that is never set",
    cause: "{call} reads a register again and again and waits for a flag that is never set.",
    how: TIME,
    remedy: ["Check that your board has what the loader's board has: crystal, memory, wiring."],
  },
  {
    code: "loader-memory-silent",
    title: "The external memory does not answer",
    cause: "{call} waits for an answer that the memory does not give.",
    variants: {
      board:
        "The external loader did not do its work: {call} returned failure or did not return. It is made for the {board} board, with that board's memory at that board's pins, and by its probe this is another: most likely its memory is at other pins, or is another part, and does not answer.",
      driver:
        "The tool's driver for external flash gets no answer from it: it is not wired as the configuration says, has no power, or the controller's pins and clocks are not set up.",
      unread:
        "{call} of external memory failed, though the chip answers: no external loader for it is chosen, or the loader's Init() does not get the memory to answer (its pins, its clock, its mode).",
      controller:
        "The tool's driver for external flash finds neither a QUADSPI nor an OCTOSPI at {at}: its clock is off, or the configuration has the address of another chip's.",
    },
    how: `${TIME} The address that it reads is the controller's, or of the memory behind it.`,
    remedy: ["Check that your board wires the memory to the same pins as the loader's board, and that it has power."],
  },
  {
    code: "loader-waits-forever",
    title: "The loader waits for a variable that nothing changes",
    cause: "{call} waits for a variable to change that an interrupt would have to change, and no loader gets any.",
    how: TIME,
    remedy: [
      OTHER_BUILD,
      own("poll the memory's status register instead, with a limit, and return 0 when it is over."),
    ],
  },
  {
    code: "loader-too-slow",
    title: "The loader needed more time than it was given",
    cause: "{call} was still working when its time was over.",
    how: `${TIME} No loop of these places waits for anything that is known.`,
    remedy: ["Give it more time: --loader-timeout {seconds} (seconds). A mass erase can take minutes."],
  },
  {
    code: "loader-left",
    title: "The loader runs outside of its code",
    cause: "{call} did not return, and the core runs outside of the loader's code.",
    how: TIME,
    remedy: [OTHER_BUILD, own("check the bounds of local arrays, and that VTOR is left alone.")],
  },
  {
    code: "loader-reports-failure",
    title: "The loader reports that it failed",
    cause: "{call} returned the value by which a loader says that it failed.",
    variants: {
      log: "The external loader did not do its work: {call} returned failure or did not return. The board's memory is not wired or set up as the loader has it, or the loader needs what this tool does not give it (interrupts, as HAL_Delay() and HAL_GetTick() do; its constants).",
      beside:
        "An external loader is in use, and the download failed at its beginning: a loader that waits for interrupts (HAL_Delay(), HAL_GetTick()) stops STM32CubeProgrammer from 2.7.0 on, at internal flash as well; else that flash is protected.",
    },
    how: "The function returned to where it was called from, and r0 was read. From a log, which has no registers, it is told of work on external memory, which the loader does.",
    remedy: ["Check that your board wires the memory to the same pins as the loader's board, and that it has power."],
  },
  {
    code: "loader-returns-nonsense",
    title: "The loader returned a value without a meaning",
    cause: "{call} returned a value that means neither success nor failure.",
    how: "The function returned to where it was called from, and r0 was read.",
    remedy: [own("return {success} for success and {failure} for failure.")],
  },
  {
    code: "loader-verify-differs",
    title: "The memory does not hold what was written",
    cause: "{call} found that the memory does not hold what was written.",
    how: "The loader's own Verify, CheckSum or BlankCheck returned an address, or failure.",
    remedy: ["Erase the sector and write again; a second failure at the same address is a worn or bad block."],
  },
  {
    code: "loader-failed",
    title: "A loader failed for a reason that does not show",
    cause: "{call} failed, and what was read does not tell why.",
    variants: {
      refused:
        "The programmer does not take the external loader {call}, though it had it in its list: what the loader says of its memory (StorageInfo) is incomplete or made otherwise than this release expects, or it is linked to RAM that is not free on this chip.",
    },
    how: "Given when no rule finds a cause in what was read of the core, or where a programmer refuses a loader's file without a reason.",
    remedy: [OTHER_LOADER],
  },
] as const satisfies readonly FindingKind[];

/** Codes of what a loader did on the target. */
export type LoaderCode = (typeof loader)[number]["code"];
