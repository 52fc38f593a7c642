import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";

/** Debug and system registers of an ARMv7-M core (ARMv7-M C1.6, B3.2). */
export const CORE = {
  aircr: 0xe000_ed0c,
  dhcsr: 0xe000_edf0,
  dcrsr: 0xe000_edf4,
  dcrdr: 0xe000_edf8,
  fpCtrl: 0xe000_2000,
  fpComp0: 0xe000_2008,
  dwtComp0: 0xe000_1020,
} as const;

export const DHCSR = {
  key: 0xa05f_0000,
  debugEnable: 1 << 0,
  halt: 1 << 1,
  step: 1 << 2,
  halted: 1 << 17,
} as const;

const DCRSR_WRITE = 1 << 16;
const AIRCR_SYSRESETREQ = 0x05fa_0004;

/**
 * Reads a core register by its DCRSR selector; the value is in `probe.wire.value`. DHCSR is not polled for S_REGRDY: the
 * transfer takes a few core cycles, less than one transaction, and a read would clear S_RESET_ST under the host's eyes.
 */
export function readCoreRegister(probe: ProbeState, selector: number): Status {
  const { wire } = probe;
  const asked = wire.writeWord(CORE.dcrsr, selector & 0x7f);
  return asked === STATUS.ok ? wire.readWord(CORE.dcrdr) : asked;
}

export function writeCoreRegister(probe: ProbeState, selector: number, value: number): Status {
  const { wire } = probe;
  const given = wire.writeWord(CORE.dcrdr, value);
  return given === STATUS.ok ? wire.writeWord(CORE.dcrsr, (selector & 0x7f) | DCRSR_WRITE) : given;
}

/** SYSRESETREQ, and nothing that would eat S_RESET_ST. */
export function resetSystem(probe: ProbeState): Status {
  return probe.wire.writeWord(CORE.aircr, AIRCR_SYSRESETREQ);
}

/** DHCSR with its key and C_DEBUGEN. */
export function controlCore(probe: ProbeState, bits: number): Status {
  return probe.wire.writeWord(CORE.dhcsr, (DHCSR.key | DHCSR.debugEnable | bits) >>> 0);
}

/** Registers of the read-all commands: R0–R15, xPSR, MSP, PSP by their selectors. */
export const BLOCK_REGISTERS = 19;
/** Two words more follow them, "rw" and "rw2", which no driver uses. */
export const BLOCK_WORDS = 21;
