import type { Chip } from "../../chips/chip.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";

/** The chip that a loader meets, as identified live. */
export interface LoaderTarget {
  /** `undefined` when the device id is in no table. */
  readonly chip: Chip | undefined;
  /** As the session names it. */
  readonly chipName: string;
  readonly deviceId: number | undefined;
  /** RAM that this specimen has. */
  readonly ram: readonly { readonly name: string; readonly base: number; readonly size: number }[];
}

/** How a function of a loader ended. */
export type LoaderOutcome =
  /** At the return trap; r0 is in {@link LoaderFailure.returned}. */
  | "returned"
  /** In a fault handler of the trap table, or at a vector catch of a fault. */
  | "faulted"
  /** Still running when its time was over; it was halted then. */
  | "timed-out"
  /** The core is in lockup. */
  | "locked-up"
  /** The chip was reset while it ran. */
  | "reset"
  /** The core halted at a place where nothing of ours stands: a BKPT of the loader's own, say. */
  | "stopped-elsewhere"
  /** The target no longer answered on its debug wires while it ran; {@link LoaderFailure.vanished} tells more. */
  | "vanished"
  /** The loader does not fit: it was not started. */
  | "not-started";

/** The eight words of exception entry (ARMv7-M B1.5.6). */
export interface ExceptionFrame {
  readonly address: number;
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
  readonly r3: number;
  readonly r12: number;
  readonly lr: number;
  readonly pc: number;
  readonly xpsr: number;
}

/** What a loader was about to do, halted before it, when it was run again after the target vanished or was reset. */
export type LastStep =
  | {
      readonly kind: "store";
      readonly at: number;
      readonly address: number;
      readonly value: number;
      /** Name of the register, and what the value does to the debug pins. */
      readonly register: string;
      readonly effect: string;
    }
  | {
      /** WFI or WFE with SLEEPDEEP set. */
      readonly kind: "deep-sleep";
      readonly at: number;
      readonly scr: number;
      readonly mode?: "Stop" | "Standby" | "Shutdown";
      /** PWR_CR, or PWR_CR1. */
      readonly powerControl?: number;
      /** DBGMCU_CR: whether the debug port keeps its clock. */
      readonly dbgmcu?: number;
    }
  | {
      /** A store to AIRCR that asks for a reset of the chip (SYSRESETREQ) or of the core alone (VECTRESET). */
      readonly kind: "reset";
      readonly at: number;
      readonly value: number;
      readonly request: "SYSRESETREQ" | "VECTRESET";
    };

/** A target that no longer answered while a loader ran, and what became of it. */
export interface Vanished {
  /** The probe's error. */
  readonly error: string;
  /** It was brought back by NRST and connecting under reset. */
  readonly recovered: boolean;
  /** Why it could not be brought back. */
  readonly refused?: string;
  /** Instructions of its code that can cut the debug port off, when none was seen to. */
  readonly suspects: readonly { readonly at: number; readonly address?: number }[];
  /** PWR says that the chip was in Standby; `undefined` when that is not known. */
  readonly standbyFlag?: boolean;
}

/** A DMA channel that is on. */
export interface ActiveDma {
  /** `DMA1 channel 3`. */
  readonly name: string;
  /** Address of its control register, and what that held. */
  readonly control: number;
  readonly settings: number;
  /** Where it began to write. */
  readonly target: number;
}

/** What was really read of the core after a loader's function failed. The core was halted for it. */
export interface LoaderFailure {
  readonly loader: LoaderFile;
  readonly target: LoaderTarget;
  /** `Init`, `Write` … as the file names it. */
  readonly function: string;
  readonly parameters: readonly number[];
  readonly outcome: LoaderOutcome;
  /** r0 when it returned. */
  readonly returned?: number;
  /** What a successful call returns: 1 for `.stldr`, 0 for `.FLM`. */
  readonly expected: number;
  /** Milliseconds it was given, and ran. */
  readonly limit: number;
  readonly elapsed: number;
  /** Where the file's addresses were put: 0 for `.stldr`, the load address for `.FLM`. */
  readonly loadBase: number;
  /** Absent when it was not started. */
  readonly core?: {
    /** R0–R12, SP, LR, PC as found. */
    readonly r: readonly number[];
    readonly xpsr: number;
    readonly primask: number;
    /** The special registers besides, as ST's log has them. */
    readonly special?: {
      readonly basepri: number;
      readonly faultmask: number;
      readonly control: number;
      readonly msp: number;
      readonly psp: number;
    };
    /** CONTROL as the call was begun with. */
    readonly controlBefore?: number;
    readonly cfsr: number;
    readonly hfsr: number;
    /** Undefined where the VALID bit is clear. */
    readonly mmfar: number | undefined;
    readonly bfar: number | undefined;
    /** ICSR (ARMv7-M B3.2.4): what is pending. */
    readonly icsr: number;
    /** SYST_CSR: whether SysTick counts and wants to interrupt. */
    readonly sysTick: number;
    /** What the code that faulted left on the stack. */
    readonly frame: ExceptionFrame | undefined;
    /** PC at several moments before it was halted, when it timed out: where it loops. */
    readonly samples: readonly number[];
    /** 64 bytes of code around the place that matters, for what the loop does. */
    readonly code: { readonly address: number; readonly bytes: Uint8Array } | undefined;
    /** The words from the stack pointer up, as many as can be read of twelve. */
    readonly stackWords?: readonly number[];
    /** Names of the RCC reset flags that were set since before the call, when the chip was reset. */
    readonly resetCauses: readonly string[];
    /** Those that had been set before already: a further reset of the same kind does not show. */
    readonly resetCausesBefore?: readonly string[];
  };
  /** The stack it was given. */
  readonly stack?: {
    readonly base: number;
    readonly top: number;
    /** Most bytes of it that were in use. */
    readonly used: number;
    /** The words below {@link base} were overwritten. */
    readonly overrun: boolean;
  };
  /** What cut the debug port off, or reset the chip, as a second run showed. */
  readonly lastStep?: LastStep;
  /** With the outcome `vanished`. */
  readonly vanished?: Vanished;
  /** Loaded code or constants that no longer hold what was loaded, [start, end) each: it overwrote itself. */
  readonly damaged?: readonly { readonly start: number; readonly end: number }[];
  /** DMA channels that the loader left on. */
  readonly dma?: readonly ActiveDma[];
  /** Source line of an address of the file, where DWARF is there. */
  readonly lineOf?: (address: number) => string | undefined;
  /** True when the image to be loaded has parts in this loader's memory; undefined when that is not known yet. */
  readonly needed?: boolean;
}
