import { Dap } from "../dap/dap.ts";
import type { DebugTarget } from "../dap/debug-target.ts";
import type { DebugWires } from "../dap/debug-wires.ts";
import { wireNanoseconds } from "../link-model.ts";
import type { Cable } from "./cable.ts";
import {
  DEFAULT_DIVISOR,
  JTAG,
  jtagHertz,
  SWD,
  swdHertz,
  V3_DEFAULT_KILOHERTZ,
  V3_PRESCALERS,
} from "./clock-tables.ts";
import type { VirtualProbeIdentity } from "./identity.ts";
import { STATUS, type Status } from "./status.ts";
import { TraceReceiver } from "./trace-receiver.ts";
import { Wire } from "./wire.ts";

/** What GET_CURRENT_MODE answers. */
export const MODE = { dfu: 0, massStorage: 1, debug: 2, swim: 3, bootloader: 4 } as const;
export type Mode = (typeof MODE)[keyof typeof MODE];

/** V2 firmware before this one starts in DFU mode. No source names the version; it must only be an old one. */
const FIRST_STARTING_IN_MASS_STORAGE = 21;

/** How many access ports can be open at once. */
const OPEN_AP_LIMIT = 8;

/** Everything that the firmware remembers between commands, and the few things that several commands do. */
export class ProbeState {
  readonly identity: VirtualProbeIdentity;
  readonly target: DebugTarget;
  readonly dap: DebugWires;
  readonly wire: Wire;
  readonly trace: TraceReceiver;

  mode: Mode;
  /** Result of the last memory command, for commands 3B and 3E, which do not clear it. */
  lastStatus: Status = STATUS.ok;
  lastFaultAddress = 0;
  readonly openAps = new Set<number>();
  nrstLow = false;
  /** V2 and V2-1: divisors of SWD and JTAG. */
  readonly divisors: [number, number] = [...DEFAULT_DIVISOR];
  /** V3: clocks of SWD and JTAG, kHz. */
  readonly kilohertz: [number, number] = [...V3_DEFAULT_KILOHERTZ];
  prescaler = V3_PRESCALERS[0];
  /** Values and status codes of the last RW_MISC_OUT, until RW_MISC_IN fetches them. */
  miscResults: Uint8Array = new Uint8Array(0);
  targetPower = true;
  /** What a JTAG DP read delivers on firmware that is one read behind. */
  delayedDpRead = 0;
  /** Transactions on the wires whose time has passed for the target. */
  #passedTransactions = 0;

  /** Whether time passes within a command, too; left off where commands take no time at all. */
  readonly #timed: boolean;
  readonly #cable: Cable;

  constructor(identity: VirtualProbeIdentity, target: DebugTarget, timed = false, cable: Cable = {}) {
    this.identity = identity;
    this.#timed = timed;
    this.target = target;
    this.#cable = cable;
    const state = this;
    const clock = {
      get hertz() {
        return state.wireHertz;
      },
    };
    const port = new Dap(target);
    this.dap = cable.wires?.(port, clock) ?? port;
    this.wire = new Wire(this.dap);
    this.trace = new TraceReceiver(target);
    this.mode = this.hasFirmware(FIRST_STARTING_IN_MASS_STORAGE, 0) ? MODE.massStorage : MODE.dfu;
  }

  /** True when the firmware is J`v2` or later on a V2 or V2-1, J`v3` or later on a V3. */
  hasFirmware(v2: number, v3: number): boolean {
    const { generation, firmware } = this.identity;
    return firmware.jtag >= (generation === "V3" ? v3 : v2);
  }

  /**
   * Lets the time pass that the transactions since the last call took on the wires. A command that does several accesses
   * in turn calls it between them, because the target runs on meanwhile: a core steps between two items of a queue.
   */
  passWireTime(): void {
    if (!this.#timed) return;
    const nanoseconds = wireNanoseconds(this.takeWireTransactions(), this.wireHertz);
    if (nanoseconds > 0) this.target.advance(nanoseconds);
  }

  /** The transactions whose time has not passed yet; they count as passed from now on. */
  takeWireTransactions(): number {
    const fresh = this.dap.transactions - this.#passedTransactions;
    this.#passedTransactions = this.dap.transactions;
    return fresh;
  }

  /** The clock on the debug wires at present, Hz. */
  get wireHertz(): number {
    const wires = this.wire.protocol === "swd" ? SWD : JTAG;
    if (this.identity.generation === "V3") return this.kilohertz[wires] * 1000;
    return wires === SWD ? swdHertz(this.divisors[SWD]) : jtagHertz(this.divisors[JTAG]);
  }

  /** Powers the debug port up and enters debug mode; the mode stays when nothing answers. */
  enterDebug(protocol: "swd" | "jtag"): Status {
    const status = this.wire.connect(protocol);
    if (status === STATUS.ok) this.mode = MODE.debug;
    return status;
  }

  /** Back to idle: every AP closed, trace off, NRST released. */
  leaveDebug(): void {
    if (this.mode !== MODE.debug) return;
    this.mode = MODE.massStorage;
    this.openAps.clear();
    this.trace.stop();
    this.wire.disconnect();
    this.driveNrst(false);
  }

  driveNrst(low: boolean): void {
    this.nrstLow = low;
    if (this.#cable.nrst !== false) this.target.driveNrst(low);
  }

  /** Volts at the probe's VTref pin. */
  get targetVoltage(): number {
    return this.#cable.vtref === false ? 0 : this.target.voltage;
  }

  /** NRST low for `nanoseconds` of virtual time. */
  pulseNrst(nanoseconds: number): void {
    this.driveNrst(true);
    this.target.advance(nanoseconds);
    this.driveNrst(false);
  }

  /** Whether a command may use this access port: AP 0 always, others once they are open. */
  mayUseAp(ap: number): boolean {
    return ap === 0 || !this.managesAps || this.openAps.has(ap);
  }

  /** The AP byte of a command: firmware that knows one AP only does not look at it. */
  apOf(byte: number): number {
    return this.managesAps ? byte : 0;
  }

  /** INIT_AP and CLOSE_AP exist: J28, every V3. */
  get managesAps(): boolean {
    return this.hasFirmware(28, 0);
  }

  openAp(ap: number): Status {
    if (!this.apInRange(ap)) return STATUS.badAp;
    if (this.openAps.has(ap)) return STATUS.ok;
    if (this.openAps.size >= OPEN_AP_LIMIT) return STATUS.tooManyAps;
    this.openAps.add(ap);
    return STATUS.ok;
  }

  /** J29 takes AP 0–3, J32 and the V3 AP 0–8. */
  apInRange(ap: number): boolean {
    return ap <= (this.hasFirmware(32, 2) ? 8 : 3);
  }
}
