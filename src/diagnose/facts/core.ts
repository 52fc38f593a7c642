/** The core and its program: state, registers, resets, faults. */

import type { ConnectManner } from "./vocabulary.ts";

export interface CoreFacts {
  core: {
    readonly state: "halted" | "running" | "sleeping" | "lockup" | "in-reset" | "unknown";
    /** Why it is halted, as DFSR or the tool tells. */
    readonly why?: string;
  };
  /** The core did not stop when it was told to, or a reset that a tool asked for was not seen to end in a stop. */
  "halt-failed": {
    readonly manner?: ConnectManner;
    /** The core's own debug registers were read, and say that it has not stopped. */
    readonly answering?: true;
  };
  /** A core register: `pc`, `sp`, `lr`, `xpsr`, `r0`... */
  "core-register": { readonly name: string; readonly value: number };
  /** Where the program's linker script has the stack begin (`_estack`). */
  "initial-stack": { readonly value: number };
  /** A memory-mapped register by its manual's name: `CFSR`, `HFSR`, `BFAR`, `RCC_CSR`, `FLASH_SR`, `AFIO_MAPR`. */
  register: { readonly name: string; readonly value: number; readonly address?: number };
  /** Reset causes that the chip's flags tell (`IWDGRSTF`...), since they were last cleared. */
  "reset-flags": { readonly flags: readonly string[] };
  /** An option bit starts the watchdog at every reset (WDG_SW, IWDG_SW, WWDG_SW at 0). */
  "watchdog-by-hardware": { readonly watchdog: "independent" | "window" };
  /** Resets seen while watching: how many in how many milliseconds. */
  "resets-seen": { readonly count: number; readonly milliseconds: number };
  /** The exception that is being handled: 0 none, 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault (ARMv7-M B1.5.2). */
  "exception-active": {
    readonly number: number;
    /** It ended the tool's own program for writing flash. */
    readonly inAlgorithm?: true;
    /** The tool stopped at it, and neither names its kind nor shows what raised it: a panic may have. */
    readonly unnamed?: true;
  };
  /**
   * What exception entry pushed: where the code was when it faulted. `code` are the two half-words from the stacked PC on,
   * `codeBefore` the one before it, if they could be read; `r0` tells which call a semihosting breakpoint makes.
   */
  "stacked-frame": {
    readonly at: number;
    readonly pc: number;
    readonly lr: number;
    readonly xpsr?: number;
    readonly r0?: number;
    readonly code?: readonly number[];
    readonly codeBefore?: number;
  };
  /** The program stands in a loop that waits for a flag of the hardware's, by its name in the manual. */
  /** The tick of ST's HAL (uwTick) had the same value again after the program had run. */
  "tick-stopped": { readonly value: string };
  /** The line of source at which a program was stopped is a loop that waits: for a flag of hardware that is named, or by its condition. */
  "waits-for": { readonly flag: "VOSRDY" } | { readonly condition: string };
  /** The core stands at a call of semihosting, which its debugger did not answer. */
  "semihosting-call": Record<string, never>;
  /** Somebody says of the program that it does not run without its debugger. */
  "fails-alone": Record<string, never>;
  /** Somebody, or code that is shown, says that the program goes into STOP, STANDBY or SHUTDOWN mode. */
  "sleep-told": Record<string, never>;
  /** A word of the memory in which a chip may have its boot loader: all of it lies in 0x1FF00000 to 0x1FFFFFFF. */
  "system-memory-word": { readonly address: number; readonly value: number };
  /** Flash holds nothing but erased bytes, as far as so many bytes from `at` were looked at. */
  "flash-blank": { readonly at: number; readonly bytes: number };
  /** First two words of the vector table, and from where. */
  "vector-table": { readonly at: number; readonly stackPointer: number; readonly resetVector: number };
  /** What answers at address 0. */
  "boot-memory": { readonly memory: "flash" | "system" | "sram" | "unknown" };
  /** Level of the pin BOOT0, as somebody measured it or wired it. */
  "boot-pin": { readonly level: "low" | "high" };
  /** The core's breakpoint unit is of another revision (FP_CTRL.REV) than the tool is made for. */
  "breakpoint-unit": { readonly revision: number; readonly expected: number };
  /** A program ran until its user stopped it, and met none of the breakpoints that were set; the last of them was here. */
  "breakpoint-unmet": { readonly address: number };
  /** The program switches the caches of its Cortex-M7 on. */
  "caches-enabled": Record<string, never>;
  /** The program's source, as far as it is shown, sends the core to sleep: by WFI, WFE or a function of the HAL's. */
  "program-sleeps": Record<string, never>;
  /** A message of the program's, with its time, came over RTT so often as no program sends it. */
  "rtt-repeats": { readonly count: number };
  /** A stop as GDB or a server reports it. */
  stop: {
    readonly signal?: string;
    readonly pc?: number;
    readonly function?: string;
    /** The program's file has no debug information of this place. */
    readonly unknown?: true;
  };
}
