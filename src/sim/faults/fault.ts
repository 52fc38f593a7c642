import type { BoardOptions } from "../boards/board.ts";
import type { DebugWires } from "../dap/debug-wires.ts";
import type { WireClock } from "../probe/cable.ts";
import type { VirtualProbeKind } from "../probe/identity.ts";

/** Where on the bench a fault sits. */
export type FaultFamily = "power" | "wires" | "reset" | "probe" | "chip" | "flash" | "firmware" | "project";

/** What there is one of: two faults that decide the same of these exclude each other. */
export type Decided = "supply" | "leads" | "reset line" | "usb" | "die" | "program" | "option bytes" | "boot pins";

/** A number that a fault takes as a key of its own beside `fault=`. */
export interface FaultParameter {
  readonly key: string;
  readonly description: string;
  readonly initial: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** One way in which a bench goes wrong. It is made where it is in life, so that any tool meets it as it would there. */
export interface Fault {
  /** As `fault=NAME` takes it. */
  readonly name: string;
  readonly family: FaultFamily;
  /** What is wrong, in a few words. */
  readonly description: string;
  /** What it does physically, and what a debugger meets. */
  readonly effect: string;
  /** The virtual boards that it fits. */
  readonly boards: readonly string[];
  readonly decides?: Decided;
  /** Faults that cannot be there at the same time for another reason. */
  readonly excludes?: readonly { readonly name: string; readonly reason: string }[];
  /** Keys of `sim:BOARD?...` that would decide the same, with what to say. */
  readonly refusesKeys?: readonly string[];
  readonly parameters?: readonly FaultParameter[];
  /** Puts the fault into the plan of a bench. Throws `probe-spec-invalid` where the bench has no room for it. */
  readonly apply: (plan: FaultPlan, bench: FaultedBench) => void;
}

/** What a fault may have to look at. */
export interface FaultedBench {
  readonly board: string;
  readonly probe: VirtualProbeKind;
  /** The value of one of the fault's own parameters. */
  readonly parameter: (key: string) => number;
}

/** A pair of leads with something wrong in them. */
export type WireFault = (inner: DebugWires, clock: WireClock) => DebugWires;

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Everything that the faults change of a healthy bench. */
export interface FaultPlan {
  readonly board: Writable<BoardOptions>;
  /** The nearest to the target first. */
  readonly wires: WireFault[];
  /** NRST from the probe does not move the target's pin. */
  nrstOpen: boolean;
  /** The target's NRST pin is tied low. */
  nrstLow: boolean;
  vtrefOpen: boolean;
  /** Version of the probe's firmware. */
  probeFirmware?: string;
  /** Another program has the probe. */
  claimed: boolean;
  unplugAfter?: number;
  /** Milliseconds until the cable is put back. */
  replugAfter?: number;
  /** The program in flash, by its path in this package; `null`: none. */
  program?: string | null;
  /** Milliseconds for which the board has had power before anybody connects. */
  poweredFor: number;
  /** External loaders that the debug configuration names, by their paths in this package. */
  readonly loaders: string[];
}

export const f1Boards: readonly string[] = ["bluepill", "stm3210e-eval"];
export const everyBoard: readonly string[] = [...f1Boards, "stm32469i-eval"];
