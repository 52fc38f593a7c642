import type { Clock } from "../base/clock.ts";
import type { Link } from "../link/link.ts";
import type { Board } from "../sim/boards/boards.ts";
import type { SimulatedProbe } from "../sim/simulated-probe.ts";

/** What a debug configuration adds to the options of a command line. */
export interface DebugConfiguration {
  /** External loaders, by path. */
  readonly loaders: readonly string[];
}

/** A link that was opened, and what stands behind it. */
export interface OpenedLink {
  readonly link: Link;
  readonly clock: Clock;
  /** The virtual board, if it is one. */
  readonly board?: Board;
  readonly simulated?: SimulatedProbe;
  /** The program file that a virtual board had in flash at power-on. */
  readonly program?: string;
  /** What the debug configuration of a virtual bench says, if it has one. */
  readonly configuration?: DebugConfiguration;
  dispose(): void;
}
