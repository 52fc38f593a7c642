import type { Triggers } from "./chip-context.ts";
import type { BlockPins } from "./communication-pins.ts";
import { CR2, SMCR, SMS, type TimRegisters } from "./tim-registers.ts";

/** What the inputs ask of their timer. The counter is brought up to date by {@link sync} before anything else. */
export interface TimInputsHost {
  /** The block is clocked; without that, edges are lost. */
  readonly clocked: boolean;
  sync(): void;
  /** An edge that a channel captures on. */
  capture(channel: number): void;
  /** The active edge of TRGI. */
  triggered(): void;
  /** TRGI's level changed (gated mode). */
  gateChanged(): void;
  /** One count by the encoder interface or an external clock. */
  count(down: boolean | undefined): void;
  /** Everything that an edge asked for has been done. */
  settled(): void;
}

/**
 * The input half of a timer: TI1–TI4, ETR and the internal trigger inputs, edge selection, capture prescalers, the
 * encoder interface and the choice of TRGI (RM0008 14.3.5, 14.3.14, 14.3.16). Digital filters pass everything at once.
 */
export class TimInputs {
  readonly #registers: TimRegisters;
  readonly #pins: BlockPins;
  readonly #triggers: Triggers;
  readonly #itr: readonly (string | undefined)[];
  readonly #host: TimInputsHost;
  readonly #levels = [false, false, false, false];
  readonly #prescaled = [0, 0, 0, 0];
  #etr = false;
  #etrEdges = 0;

  constructor(
    registers: TimRegisters,
    pins: BlockPins,
    triggers: Triggers,
    itr: readonly (string | undefined)[],
    host: TimInputsHost,
  ) {
    this.#registers = registers;
    this.#pins = pins;
    this.#triggers = triggers;
    this.#itr = itr;
    this.#host = host;
    for (let channel = 0; channel < 4; channel++) {
      pins.watch(`CH${channel + 1}`, (level) => this.#pinChanged(channel, level));
    }
    pins.watch("ETR", (level) => this.#etrChanged(level));
    itr.forEach((line, index) => {
      if (line === undefined) return;
      triggers.onPulse(line, () => {
        if (this.listensTo(index)) this.#edge(() => this.#host.triggered());
      });
      triggers.onLevel(line, () => {
        if (registers.ts === index && registers.sms === SMS.gated) this.#edge(() => this.#host.gateChanged());
      });
    });
  }

  /** ITR `index` is TRGI and something uses it: the slave mode controller or a channel that captures on TRC. */
  listensTo(index: number): boolean {
    const { ts, sms } = this.#registers;
    if (ts !== index) return false;
    return sms >= SMS.reset || [0, 1, 2, 3].some((channel) => this.#registers.selection(channel) === 3);
  }

  /** Level of TRGI, which gated mode counts by. */
  get gate(): boolean {
    const { ts, smcr } = this.#registers;
    if (ts < 4) return this.#triggers.level(this.#itr[ts] ?? "");
    if (ts === 5) return this.#levels[0] !== this.#falling(0);
    if (ts === 6) return this.#levels[1] !== this.#falling(1);
    if (ts === 7) return this.#etr !== ((smcr & SMCR.ETP) !== 0);
    return false;
  }

  /** Takes the pins' present levels over without edges (the block was just set up or clocked). */
  sample(): void {
    for (let channel = 0; channel < 4; channel++) this.#levels[channel] = this.#level(channel);
    this.#etr = this.#pins.level("ETR", false);
  }

  reset(): void {
    this.#prescaled.fill(0);
    this.#etrEdges = 0;
  }

  /** TI1 is CH1, or the exclusive or of CH1–CH3 with TI1S. */
  #level(channel: number): boolean {
    const pin = (index: number) => this.#pins.level(`CH${index + 1}`, false);
    if (channel === 0 && this.#registers.cr2 & CR2.TI1S) return (pin(0) !== pin(1)) !== pin(2);
    return pin(channel);
  }

  #pinChanged(channel: number, level: boolean): void {
    if (channel === 0 || (channel < 3 && this.#registers.cr2 & CR2.TI1S)) this.#inputChanged(0, this.#level(0));
    if (channel !== 0) this.#inputChanged(channel, level);
  }

  #inputChanged(input: number, level: boolean): void {
    if (this.#levels[input] === level) return;
    this.#levels[input] = level;
    if (!this.#matters(input)) return;
    this.#edge(() => {
      this.#captureEdge(input, level);
      const { sms, ts } = this.#registers;
      if (sms >= 1 && sms <= 3 && input < 2) this.#encoderEdge(input, level);
      if (input === 0 && ts === 4) this.#host.triggered();
      if ((input === 0 && ts === 5) || (input === 1 && ts === 6)) {
        if (level !== this.#falling(input)) this.#host.triggered();
        this.#host.gateChanged();
      }
    });
  }

  /** Whether any channel, the encoder or the slave controller looks at this input. */
  #matters(input: number): boolean {
    const { sms, ts } = this.#registers;
    if (sms !== SMS.off && input < 2) return true;
    if (input === 0 && ts >= 4 && ts <= 5) return true;
    return this.#registers.selection(input) === 1 || this.#registers.selection(input ^ 1) === 2;
  }

  #captureEdge(input: number, level: boolean): void {
    for (const channel of [input, input ^ 1]) {
      if (this.#registers.selection(channel) !== (channel === input ? 1 : 2)) continue;
      if (level !== this.#falling(channel)) this.captureEvent(channel);
    }
  }

  /** One active edge for a capture channel; ICxPSC lets every 1st, 2nd, 4th or 8th through. */
  captureEvent(channel: number): void {
    if ((this.#registers.enables(channel) & 1) === 0) {
      this.#prescaled[channel] = 0;
      return;
    }
    const every = 1 << ((this.#registers.channelMode(channel) >> 2) & 3);
    this.#prescaled[channel]++;
    if (this.#prescaled[channel] < every) return;
    this.#prescaled[channel] = 0;
    this.#host.capture(channel);
  }

  /** RM0008 table 85. Mode 1 counts the edges of TI1, mode 2 those of TI2, mode 3 both. */
  #encoderEdge(input: number, level: boolean): void {
    if ((this.#registers.sms & (1 << input)) === 0) return;
    const rising = level !== this.#falling(input);
    const other = this.#levels[input ^ 1] !== this.#falling(input ^ 1);
    const down = input === 0 ? rising === other : rising !== other;
    this.#host.count(down);
  }

  #etrChanged(level: boolean): void {
    if (this.#etr === level) return;
    this.#etr = level;
    const { smcr, ts, sms } = this.#registers;
    const isTrigger = ts === 7 && sms >= SMS.reset;
    if (!isTrigger && (smcr & SMCR.ECE) === 0) return;
    this.#edge(() => {
      if (isTrigger) this.#host.gateChanged();
      if (level === ((smcr & SMCR.ETP) !== 0)) return;
      this.#etrEdges++;
      if (this.#etrEdges < 1 << ((smcr >> 12) & 3)) return;
      this.#etrEdges = 0;
      if (isTrigger) this.#host.triggered();
      if (smcr & SMCR.ECE) this.#host.count(undefined);
    });
  }

  #edge(act: () => void): void {
    if (!this.#host.clocked) return;
    this.#host.sync();
    act();
    this.#host.settled();
  }

  /** CCxP of a channel: falling edges, or an inverted level. */
  #falling(channel: number): boolean {
    return (this.#registers.enables(channel) & 2) !== 0;
  }
}
