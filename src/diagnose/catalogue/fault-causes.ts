import type { FindingDetail } from "./finding-kind.ts";

const pointerToCode = [
  "The stacked PC is where it jumped to, the stacked LR where it came from: look there for a function pointer that was never set, or for a return address that was overwritten on the stack.",
] as const;

const stackTooSmall = [
  "Give the stack more room: _Min_Stack_Size in the linker script, the stack size of the task under an RTOS; look for recursion and large local arrays. What the stacked frame holds can't be trusted.",
] as const;

/**
 * What each kind of fault means to the author of the program, and what to do (ARMv7-M B1.5, B3.2.15, B3.2.16); the cause
 * that is told first comes first.
 */
export const faultCauses = [
  {
    name: "Semihosting",
    cause: "BKPT 0xAB is a call to the debugger's semihosting, and no debugger was there to answer it",
    remedy: [
      "Link without semihosting where the program has to run alone: -specs=nosys.specs in place of -specs=rdimon.specs, no call of initialise_monitor_handles(), printf() to a UART or SWO (_write).",
      "For a session with semihosting, attach the debugger before the program gets there, and have its server answer semihosting calls.",
    ],
  },
  {
    name: "BKPT",
    cause: "a BKPT instruction of the program's own was executed, and no debugger was there to halt at it",
    remedy: [
      'Look at who put it there: an assert or error handler (configASSERT, __BKPT(), asm("bkpt")) stopped for a reason; the stacked LR names its caller.',
      "Let it ask first whether a debugger is there: CoreDebug->DHCSR & CoreDebug_DHCSR_C_DEBUGEN_Msk.",
    ],
  },
  {
    name: "DEBUGEVT",
    cause:
      "a debug event came while no debugger had halting debug on: a BKPT instruction, as semihosting and asserts use",
    remedy: [
      "Look for semihosting (-specs=rdimon.specs, initialise_monitor_handles(): BKPT 0xAB) and for BKPT in asserts and error handlers; the stacked PC is the BKPT.",
    ],
  },
  {
    name: "UDF",
    cause:
      "UDF was executed, the instruction that is undefined on purpose: compilers put it where a path can't be right (__builtin_trap(), a null pointer that is dereferenced for certain, a function that ends without its return value)",
    remedy: ["Build with -Wall -O2 and read the warnings for the function that has the stacked PC."],
  },
  {
    name: "UNDEFINSTR",
    cause: "an undefined instruction was executed",
    remedy: [
      "If the stacked PC lies in a function: see that every file, libraries included, is compiled with -mcpu for this core, and compare flash with the file (GDB: compare-sections).",
      "If it lies in no function: a wrong function pointer or an overwritten return address led into data; the stacked LR tells from where.",
    ],
  },
  {
    name: "INVSTATE",
    cause:
      "a jump went to an address with bit 0 clear, which is not Thumb code: a wrong function pointer, return address or vector",
    remedy: [
      ...pointerToCode,
      "If the stacked PC is a handler's address: its vector lacks bit 0; in assembly mark it with .thumb_func and .type NAME, %function.",
    ],
  },
  {
    name: "INVPC",
    cause: "an exception returned with an EXC_RETURN, or to a state, that is not allowed",
    remedy: [
      "Look at code that returns from exceptions by hand: an RTOS's context switch, handlers in assembly or naked; LR has to hold the EXC_RETURN of entry again.",
      "Otherwise the stack was overwritten: see whether it is large enough, and check the bounds of local arrays in handlers.",
    ],
  },
  {
    name: "NOCP",
    cause: "an instruction of the FPU or another coprocessor was executed, and it is switched off or absent",
    remedy: [
      "Chip without FPU (Cortex-M0, M3): compile every file, libraries included, with -mfloat-abi=soft.",
      "Chip with FPU (Cortex-M4, M7, M33 of STM32): switch it on before the first floating-point instruction: SCB->CPACR |= 0xF << 20, which SystemInit() does when __FPU_PRESENT and __FPU_USED are 1; call SystemInit() first in the reset handler.",
    ],
  },
  {
    name: "UNALIGNED",
    cause:
      "an access was not aligned where it has to be: by LDM, STM, LDRD, STRD, VLDR or an exclusive, or by any instruction when CCR.UNALIGN_TRP is set",
    remedy: [
      "Look on that line for a pointer into a byte buffer or a packed struct that is cast to a larger type; copy it with memcpy(), or align the buffer.",
      "If other accesses are to be allowed: clear UNALIGN_TRP, bit 3 of SCB->CCR (0xE000ED14).",
    ],
  },
  {
    name: "DIVBYZERO",
    cause: "SDIV or UDIV divided by zero while CCR.DIV_0_TRP was set",
    remedy: [
      "Check the divisor on that line before dividing. Without DIV_0_TRP, bit 4 of SCB->CCR, the quotient would be 0 and the mistake would go on unseen.",
    ],
  },
  {
    name: "PRECISERR",
    cause: "a load or store{where} got a bus error: nothing answers there, or what is there refused it",
    remedy: [
      "Look at the pointer or index on that line: not set, null plus an offset, or beyond the end of what it points into.",
      "If it is a peripheral's or a memory's address: see in this chip's memory map (reference manual, chapter 2 or 3) whether it has it there; memory behind FSMC, FMC, QUADSPI or OCTOSPI has to be set up first.",
    ],
  },
  {
    name: "IMPRECISERR",
    cause:
      "a buffered write got a bus error some instructions before the stacked PC, which is late; BFAR does not have the address",
    remedy: [
      "Look at the stores before the stacked PC, as far back as some ten instructions.",
      "Cortex-M3 and M4: set ACTLR.DISDEFWBUF, bit 1 of 0xE000E008, at the start of the program (GDB, after a reset: `set *(int *)0xE000E008 = 2`) and run again: then the write faults precisely, with its PC and BFAR. Cortex-M7 has no such bit: put __DSB() behind the stores in question.",
    ],
  },
  {
    name: "IBUSERR",
    cause: "an instruction was fetched where there is no memory",
    remedy: [...pointerToCode, "If the code lies in external memory: set its controller up before it is called."],
  },
  {
    name: "IACCVIOL",
    cause:
      "an instruction was fetched where execution is not allowed: a peripheral's or the system's address space, or a region that the MPU has set XN for",
    remedy: [...pointerToCode, "If code is meant to be there: clear XN of its MPU region."],
  },
  {
    name: "DACCVIOL",
    cause: "the MPU refused a load or store{where}",
    remedy: [
      "Look at which MPU region MMFAR lies in: under an RTOS the guard of a task's stack (give it more room), or memory that the task was not given.",
      "Otherwise it is a wrong pointer on that line, or a region that is smaller than what it should cover.",
    ],
  },
  {
    name: "STKERR",
    cause: "entering an exception, the stack could not be written: the stack pointer had left RAM",
    remedy: stackTooSmall,
  },
  {
    name: "MSTKERR",
    cause: "entering an exception, the MPU refused the stack: it had left its region",
    remedy: stackTooSmall,
  },
  {
    name: "UNSTKERR",
    cause:
      "returning from an exception, the stack could not be read: SP was changed, or EXC_RETURN names the other stack",
    remedy: ["Look at what changes SP or LR in that handler: assembly, a context switch, an overwritten stack."],
  },
  {
    name: "MUNSTKERR",
    cause: "returning from an exception, the MPU refused the stack",
    remedy: ["Look at what the handler changed: the MPU's regions, SP or LR."],
  },
  {
    name: "LSPERR",
    cause: "saving the floating-point registers late (lazy stacking) got a bus error",
    remedy: stackTooSmall,
  },
  {
    name: "MLSPERR",
    cause: "saving the floating-point registers late (lazy stacking) was refused by the MPU",
    remedy: stackTooSmall,
  },
  {
    name: "VECTTBL",
    cause: "the vector of an exception could not be read: VTOR leads to where there is no memory",
    remedy: [
      "Read SCB->VTOR (0xE000ED08): it has to be the start of this program's vector table; look at who sets it (SystemInit(), a boot loader).",
    ],
  },
  {
    name: "SVC",
    cause:
      "SVC was executed where its exception could not be taken: interrupts were masked (PRIMASK), or a handler of the same or a higher priority ran",
    remedy: [
      "Call the RTOS only from tasks and from interrupts of the priority that it allows, and not with interrupts disabled or before it is started.",
    ],
  },
] as const satisfies readonly FindingDetail[];

export type FaultName = (typeof faultCauses)[number]["name"];
