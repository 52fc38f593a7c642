import type { DebugWires } from "../dap/debug-wires.ts";

/** The probe's end of the debug leads. */
export interface WireClock {
  /** The clock on the debug wires at present, Hz. */
  readonly hertz: number;
}

/** What lies between the probe and the target. Where nothing is said, every lead is good. */
export interface Cable {
  /** The debug leads, by what they lead to; told the clock that the probe sends. */
  readonly wires?: (port: DebugWires, clock: WireClock) => DebugWires;
  /** False: what the probe does to its NRST pin does not move the target's. */
  readonly nrst?: boolean;
  /** False: the probe's VTref pin is not connected. */
  readonly vtref?: boolean;
}
