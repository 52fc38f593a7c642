/** Which wires the probe talks over. */
export type Protocol = "swd" | "jtag";

/** What the probe says of itself. */
export interface ProbeIdentity {
  /** Product generation as ST names it. */
  readonly generation: "V1" | "V2" | "V2-1" | "V3" | "V3PWR";
  /** Firmware as tools print it: `V2J37M27`, `V3J8M3B1`. */
  readonly firmware: string;
  /** The J (JTAG/SWD) version: what the feature gates of the protocol go by. */
  readonly jtagVersion: number;
  readonly vendorId: number;
  readonly productId: number;
  /** 24 upper-case hexadecimal digits. */
  readonly serial: string;
}

/** One step of a batch of single-word accesses. */
export type WordOperation =
  | { readonly kind: "read"; readonly address: number }
  | { readonly kind: "write"; readonly address: number; readonly value: number };

/** Core registers by the selector of DCRSR.REGSEL (ARMv7-M C1.6.3) as the probe's own read-all command returns them. */
export interface CoreRegisterBlock {
  /** R0–R15, xPSR, MSP, PSP: 19 words. CONTROL, FAULTMASK, BASEPRI and PRIMASK are selector 20 and not among them. */
  readonly words: Uint32Array;
}

/** Capture of the single-wire output (SWO), UART coded, as raw bytes. */
export interface TraceCapture {
  /** Baud rate above which the probe can't follow. */
  readonly maximumBaud: number;
  start(baud: number): Promise<void>;
  stop(): Promise<void>;
  /** Everything captured since the last call; an empty array when there is nothing. */
  read(): Promise<Uint8Array>;
}

/**
 * A debug probe with its wires. Abilities that depend on the firmware are optional members: absent when this firmware
 * has not got them, never an exception. Errors are `ProbityError`s whose code starts with `probe-`, `swd-`, `jtag-` or
 * `memory-`; `swd-no-answer` and `jtag-no-answer` say that nothing answers on those wires. Calls may overlap.
 */
export interface Probe {
  readonly identity: ProbeIdentity;
  /** Answers that came garbled from the wires, or not at all, since the probe was opened; repeats hide them otherwise. */
  readonly badAnswers?: number;
  /**
   * How many other programs use the probe just now, `undefined` when that can't be told; absent where it is used by one
   * alone. Does not reject.
   */
  readonly others?: () => Promise<number | undefined>;
  /** Volts at VTref; undefined when the probe cannot measure. */
  targetVoltage(): Promise<number | undefined>;
  /** Chooses the highest supported clock not above `kilohertz`; resolves to the clock chosen, in kHz. */
  setFrequency?(protocol: Protocol, kilohertz: number): Promise<number>;
  /** Four characters that name the board that the probe is part of; undefined when it is on none. */
  boardIdentifier?(): Promise<string | undefined>;
  enterDebug(protocol: Protocol): Promise<void>;
  /** Leaves debug mode: releases NRST, closes every AP. */
  leaveDebug(): Promise<void>;
  driveNrst(level: "low" | "high"): Promise<void>;
  /** DPIDR (SWD) or IDCODE (JTAG). */
  readIdcode(): Promise<number>;

  openAp?(ap: number): Promise<void>;
  closeAp?(ap: number): Promise<void>;
  readDp?(register: number): Promise<number>;
  writeDp?(register: number, value: number): Promise<void>;
  readAp?(ap: number, register: number): Promise<number>;
  writeAp?(ap: number, register: number, value: number): Promise<void>;

  /** Reads memory by accesses of `width` bits; address and length are multiples of it. Any length: it splits. */
  readMemory(ap: number, address: number, length: number, width: 8 | 16 | 32): Promise<Uint8Array>;
  writeMemory(ap: number, address: number, data: Uint8Array, width: 8 | 16 | 32): Promise<void>;
  readWord(ap: number, address: number): Promise<number>;
  writeWord(ap: number, address: number, value: number): Promise<void>;
  /** Single-word accesses in order, in as few transfers as the firmware allows; resolves to the values of the reads. */
  words(ap: number, operations: readonly WordOperation[]): Promise<number[]>;
  /**
   * Items that {@link words} moves at once: a read is one, a write two (its address and its value). Absent where each access
   * is a transfer of its own.
   */
  readonly wordQueue?: number | undefined;

  /** One core register by its DCRSR selector; the core must be halted. */
  readCoreRegister(ap: number, selector: number): Promise<number>;
  writeCoreRegister(ap: number, selector: number, value: number): Promise<void>;
  readAllCoreRegisters?(ap: number): Promise<CoreRegisterBlock>;

  /** SWO capture, where the firmware has it. */
  readonly trace?: TraceCapture;

  close(): Promise<void>;
}
