import type { AccessSize } from "../cpu/cpu.ts";

/**
 * A chip as its debug port's wires see it: what SWDIO, SWCLK, NRST and VTref lead to. The probe firmware and the DAP
 * of the virtual tower work on this alone, so any chip, or a scripted one in a test, can stand behind them.
 */
export interface DebugTarget {
  /** DPIDR of the SW-DP (0x1BA01477 on a genuine F1). */
  readonly dpidr: number;
  /** IDCODE of the JTAG-DP (0x3BA00477), undefined when the board wires SWD alone. */
  readonly jtagIdcode: number | undefined;
  /** IDCODE of the boundary-scan TAP that shares the JTAG chain (0x16410041 on a medium-density F1), if there is one. */
  readonly boundaryScanIdcode?: number;
  /** Access port 0: identification registers (ADIv5 7.x). */
  readonly ap: { readonly idr: number; readonly cfg: number; readonly base: number };
  /** Volts at VTref. */
  readonly voltage: number;
  /** False when nothing answers on the pins: no power, wires off, or AFIO_MAPR.SWJ_CFG switched the port off. */
  debugPortAnswers(protocol: "swd" | "jtag"): boolean;
  /** One AHB-AP access. BUS_FAULT (-1) or false when the bus answers with an error. */
  busRead(address: number, size: AccessSize): number;
  busWrite(address: number, size: AccessSize, value: number): boolean;
  /** Drives the NRST pin from the probe. */
  driveNrst(low: boolean): void;
  /** Called when the debug port is power-cycled or the probe leaves debug mode; DP state is the DAP's own. */
  debugPowerChanged?(on: boolean): void;
  /** Bytes that left SWO since the last call, at most `limit`. */
  takeTrace?(limit: number): Uint8Array;
  /** Baud rate at which the target sends SWO now, 0 when off. */
  readonly traceBaud?: number;
  /** Lets `nanoseconds` of virtual time pass: CPU and peripherals run. */
  advance(nanoseconds: number): void;
  /** How often the supply came; the debug port starts anew with it. Undefined when it never goes away. */
  readonly powerOns?: number;
  /** Virtual nanoseconds since power-on. */
  readonly nanoseconds: number;
}
