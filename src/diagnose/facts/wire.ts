/** Power and wires: what came back, when, and at which clock. */

import type { ConnectManner } from "./vocabulary.ts";

export interface WireFacts {
  /** Volts at VTref as the probe measures them. */
  voltage: { readonly volts: number };
  /** A tool says that the supply is too low: below how many volts that is to it. */
  "voltage-below": { readonly volts: number };
  /** What somebody measured by hand at the chip's supply. */
  "supply-told": { readonly volts: number };
  /** Wire clock in kHz: the one in force, and the one asked for. */
  "wire-clock": { readonly khz: number; readonly asked?: number };
  /** A clock of the debug wires at which all goes well, as somebody says. */
  "wire-clock-told": { readonly khz: number };
  /**
   * What came back on SWD or JTAG: `ok`, `none` (no acknowledge at all), `error` (parity, protocol, garbled), `wait`
   * or `fault` (an acknowledge that is not OK).
   */
  "wire-answer": {
    readonly answer: "ok" | "none" | "error" | "wait" | "fault";
    readonly manner?: ConnectManner;
    readonly khz?: number;
    readonly protocol?: "swd" | "jtag";
  };
  /** A tool tries once more by itself, at a lower clock, and otherwise as before. */
  "connect-retry": Record<string, never>;
  /**
   * A target that answered stops answering: while doing what. `clocksKept`: DBGMCU kept the debug port's clocks on. `waits`: its
   * debug port answers WAIT; `writing`: its program's last words before that are of erasing or writing flash.
   */
  "target-lost": {
    readonly clocksKept?: boolean;
    readonly waits?: true;
    readonly writing?: true;
    readonly during: "run" | "reset" | "erase" | "program" | "verify" | "step" | "idle" | "connect" | "session";
  };
  /** A target that was lost, or did not answer, answers: in which manner. */
  "target-back": { readonly manner?: ConnectManner };
  /** Accesses to a register that never changes, how many came back garbled or wrong, and in how many runs. */
  "wire-quality": {
    readonly khz: number;
    readonly accesses: number;
    readonly errors: number;
    readonly bursts?: number;
  };
  /**
   * A program was let run after a connect under reset: whether the debug port went on answering for so long, or until
   * when it did. `clocksKept`: DBGMCU held the clocks of the debug port on in STOP and STANDBY meanwhile.
   */
  "run-watched": {
    readonly answered: boolean;
    readonly milliseconds: number;
    /** When it was found silent: it went so between `milliseconds` and this. */
    readonly until?: number;
    readonly clocksKept: boolean;
  };
  /** Debug registers that only a loss of power clears had been cleared: the supply was gone for a moment. */
  "power-lost": Record<string, never>;
  /**
   * Level of NRST, and whether the probe pulls it low itself at that time. `or`: a tool names read protection in one breath
   * with it, as what else would look the same to it.
   */
  nrst: { readonly level: "low" | "high"; readonly driven: boolean; readonly or?: "read-protection" };
  /** S_RESET_ST after the probe pulsed NRST: whether the core saw a reset. */
  "nrst-follows": { readonly follows: boolean };
}
