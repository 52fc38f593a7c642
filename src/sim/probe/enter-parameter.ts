import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";

/** Parameter of the two ENTER commands. */
const ENTER = { jtagReset: 0x00, swd: 0xa3, jtag: 0xa4 } as const;

/** How long the probe holds NRST low on its own account; ST gives no figure. */
export const NRST_PULSE_NANOSECONDS = 10_000_000;

/**
 * Enters debug mode as `parameter` says. Firmware before J15 knows no JTAG entry without reset: it takes every value but
 * A3 for JTAG with a pulse on NRST.
 */
export function enterParameter(probe: ProbeState, parameter: number): Status {
  const old = !probe.hasFirmware(15, 0);
  if (parameter === ENTER.swd) return probe.enterDebug("swd");
  if (parameter === ENTER.jtag && !old) return probe.enterDebug("jtag");
  if (parameter !== ENTER.jtagReset && !old) return STATUS.commandError;
  probe.pulseNrst(NRST_PULSE_NANOSECONDS);
  return probe.enterDebug("jtag");
}
