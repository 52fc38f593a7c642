import type { Disposable } from "../../base/events.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";
import type { ChipContext } from "./chip-context.ts";
import { interruptLine, requestLine, type SignalLine } from "./communication-lines.ts";
import { BlockPins } from "./communication-pins.ts";
import { clearedByRead, type LineFrame, UsartReceiver, type UsartReceiverHost } from "./usart-receiver.ts";
import { CR1, CR2, CR3, dataMask, frameBits, READ_SEQUENCE, SR, WRITE_ZERO } from "./usart-registers.ts";

export type { LineFrame } from "./usart-receiver.ts";

export interface UsartOptions {
  readonly name: string;
  readonly irq: number;
  /** The APB clock that feeds the baud rate generator. */
  readonly clock: "pclk1" | "pclk2";
}

type Sending =
  | { readonly kind: "data"; readonly data: number }
  | { readonly kind: "idle" }
  | { readonly kind: "break" };

/**
 * A USART (RM0008 27): asynchronous, half-duplex, LIN breaks, mute mode, RTS and CTS, DMA. The outside hears it by
 * {@link onTransmit} and talks to it by {@link receive}.
 */
export class Usart extends RegisterBlock {
  readonly #options: UsartOptions;
  readonly #context: ChipContext;
  readonly #pins: BlockPins;
  readonly #receiver: UsartReceiver;
  readonly #interrupt: SignalLine;
  readonly #receiveRequest: SignalLine;
  readonly #transmitRequest: SignalLine;
  readonly #transmitListeners = new Set<(byte: number, atNanoseconds: number) => void>();
  readonly #breakListeners = new Set<(atNanoseconds: number) => void>();

  #sr: number = SR.TC | SR.TXE;
  #brr = 0;
  #cr1 = 0;
  #cr2 = 0;
  #cr3 = 0;
  #gtpr = 0;
  #tdr = 0;
  /** SR as it was last read: the first half of the clearing sequences. */
  #seen = 0;
  #sending: Sending | undefined;
  #sendAlarm: Alarm | undefined;
  /** TE was set: an idle frame goes first. */
  #preamble = false;
  #clocked = true;
  /** SR and CR1, CR3 and CR2, as the lines follow them at present. */
  #flagsDriven = -1;
  #controlsDriven = -1;

  constructor(options: UsartOptions, context: ChipContext) {
    super(options.name);
    this.#options = options;
    this.#context = context;
    this.#pins = new BlockPins(options.name, context.pins);
    this.#interrupt = interruptLine(context, options.irq, options.name);
    this.#receiveRequest = requestLine(context, `${options.name}_RX`);
    this.#transmitRequest = requestLine(context, `${options.name}_TX`);
    this.#receiver = new UsartReceiver(this.#receiverHost());
    this.#pins.watch("CTS", () => this.#ctsChanged());
  }

  /**
   * Hears every data frame that leaves the TX pin, at the end of its stop bit: the data bits without parity (up to
   * nine of them) and the virtual time.
   */
  onTransmit(listener: (byte: number, atNanoseconds: number) => void): Disposable {
    this.#transmitListeners.add(listener);
    return { dispose: () => void this.#transmitListeners.delete(listener) };
  }

  /** Hears every break that leaves the TX pin, at its end. */
  onBreak(listener: (atNanoseconds: number) => void): Disposable {
    this.#breakListeners.add(listener);
    return { dispose: () => void this.#breakListeners.delete(listener) };
  }

  /**
   * Sends data to the RX pin, back to back at the USART's own baud rate, after what is on the line already. As on
   * silicon, frames that come while the receiver is off are lost, and frames that nobody reads overrun.
   */
  receive(bytes: Iterable<number>): void {
    this.#receiver.send(Array.from(bytes, (data) => ({ data })));
  }

  /** Sends one frame to the RX pin, with whatever is wrong with it. */
  receiveFrame(frame: LineFrame): void {
    this.#receiver.send([frame]);
  }

  /** Frames given to {@link receive} that are still on the line. */
  get waiting(): number {
    return this.#receiver.waiting;
  }

  /** Bits per second as BRR and the APB clock give them; 0 when BRR is below 16. */
  get baudRate(): number {
    return this.#brr < 16 ? 0 : this.#context.clocks[this.#options.clock] / this.#brr;
  }

  reset(): void {
    this.#context.scheduler.cancel(this.#sendAlarm);
    this.#sendAlarm = this.#sending = undefined;
    this.#receiver.reset();
    this.#pins.release();
    this.#sr = SR.TC | SR.TXE;
    this.#brr = this.#cr1 = this.#cr2 = this.#cr3 = this.#gtpr = this.#tdr = this.#seen = 0;
    this.#preamble = false;
    this.#update();
  }

  setClockEnabled(enabled: boolean): void {
    if (enabled === this.#clocked) return;
    this.#clocked = enabled;
    if (!enabled) {
      // The frame in the shift register is cut off; it starts anew with the clock.
      this.#context.scheduler.cancel(this.#sendAlarm);
      this.#sendAlarm = undefined;
    } else if (this.#sending !== undefined) {
      this.#startFrame(this.#sending);
    }
    this.#advance();
    this.#receiver.resume();
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case 0x00:
        this.#seen = this.#sr;
        return this.#sr;
      case 0x04:
        return this.#readData();
      case 0x08:
        return this.#brr;
      case 0x0c:
        return this.#cr1;
      case 0x10:
        return this.#cr2;
      case 0x14:
        return this.#cr3;
      case 0x18:
        return this.#gtpr;
      default:
        return 0;
    }
  }

  steady(offset: number): number | undefined {
    // Seen as it is, it is not changed by being seen again.
    return offset === 0x00 && this.#seen === this.#sr ? this.#sr : undefined;
  }

  protected writeRegister(offset: number, value: number): boolean {
    switch (offset) {
      case 0x00:
        this.#sr &= value | ~WRITE_ZERO;
        this.#receiver.resume();
        break;
      case 0x04:
        this.#writeData(value);
        break;
      case 0x08:
        this.#brr = value & 0xffff;
        break;
      case 0x0c:
        this.#writeControl1(value & 0x3fff);
        break;
      case 0x10:
        this.#cr2 = value & 0x7f6f;
        break;
      case 0x14:
        this.#cr3 = value & 0x7ff;
        break;
      case 0x18:
        this.#gtpr = value & 0xffff;
        break;
    }
    return this.#advance();
  }

  #readData(): number {
    const value = this.#receiver.rdr;
    this.#sr &= ~clearedByRead(this.#seen);
    this.#seen &= ~READ_SEQUENCE;
    this.#update();
    this.#receiver.resume();
    return value;
  }

  #writeData(value: number): void {
    this.#tdr = value & 0x1ff;
    this.#sr &= ~SR.TXE;
    if (this.#seen & SR.TC) this.#sr &= ~SR.TC;
    this.#seen &= ~SR.TC;
  }

  #writeControl1(value: number): void {
    const rose = value & ~this.#cr1;
    this.#cr1 = value;
    // TE (with UE) sends an idle frame first (RM0008 27.3.2).
    const ready = CR1.UE | CR1.TE;
    if (rose & ready && (value & ready) === ready) this.#preamble = true;
    if (rose & (CR1.RE | CR1.UE)) this.#receiver.resume();
  }

  /** Loads the shift register with whatever goes next, then renews the lines. True when there was nothing to do. */
  #advance(): boolean {
    const cr1 = this.#cr1;
    // Switched off, it sends nothing and drives no pin but RTS, and most writes change nothing that a line depends on.
    if (
      (cr1 & CR1.UE) === 0 &&
      (this.#cr3 & CR3.RTSE) === 0 &&
      (this.#sr | (cr1 << 16)) === this.#flagsDriven &&
      (this.#cr3 | (this.#cr2 << 16)) === this.#controlsDriven
    )
      return true;
    const next = this.#sending === undefined ? this.#nextToSend() : undefined;
    if (next !== undefined) this.#startFrame(next);
    this.#update();
    return false;
  }

  #nextToSend(): Sending | undefined {
    const ready = CR1.UE | CR1.TE;
    if ((this.#cr1 & ready) !== ready || this.#frameCycles() === undefined) return undefined;
    if (this.#preamble) {
      this.#preamble = false;
      return { kind: "idle" };
    }
    if (this.#cr1 & CR1.SBK) return { kind: "break" };
    if (this.#sr & SR.TXE || (this.#cr3 & CR3.CTSE && this.#pins.level("CTS", false))) return undefined;
    this.#sr |= SR.TXE;
    return { kind: "data", data: this.#tdr };
  }

  #startFrame(sending: Sending): void {
    this.#sending = sending;
    if (this.#cr3 & CR3.HDSEL) this.#receiver.lineBusy();
    const cycles = this.#frameCycles();
    if (cycles !== undefined) this.#sendAlarm = this.#context.scheduler.afterCycles(cycles, () => this.#frameSent());
  }

  #frameSent(): void {
    const sent = this.#sending;
    this.#sending = this.#sendAlarm = undefined;
    const getsOut = this.#pins.isOutput("TX");
    const at = this.#context.scheduler.nanoseconds;
    if (sent?.kind === "data") {
      const data = sent.data & dataMask(this.#cr1);
      // In half-duplex mode TX and RX are one wire inside (RM0008 27.3.10).
      if (this.#cr3 & CR3.HDSEL) this.#receiver.deliver({ data });
      if (getsOut) for (const listener of [...this.#transmitListeners]) listener(data, at);
    } else if (sent?.kind === "break") {
      this.#cr1 &= ~CR1.SBK;
      if (this.#cr3 & CR3.HDSEL) this.#receiver.deliver({ data: 0, isBreak: true });
      if (getsOut) for (const listener of [...this.#breakListeners]) listener(at);
    }
    const next = this.#nextToSend();
    if (next !== undefined) this.#startFrame(next);
    else if (this.#cr3 & CR3.HDSEL) this.#receiver.lineRests();
    if (sent?.kind === "data" && this.#sr & SR.TXE && next?.kind !== "data") this.#sr |= SR.TC;
    this.#update();
  }

  #frameCycles(): number | undefined {
    if (!this.#clocked || this.#brr < 16) return undefined;
    const { clocks } = this.#context;
    const pclk = clocks[this.#options.clock];
    return pclk === 0 ? undefined : (frameBits(this.#cr1, this.#cr2) * this.#brr * clocks.hclk) / pclk;
  }

  #ctsChanged(): void {
    if ((this.#cr3 & CR3.CTSE) === 0 || !this.#clocked) return;
    this.#sr |= SR.CTS;
    this.#advance();
  }

  /** Interrupt and DMA lines follow flags and enables (RM0008 table 197). */
  #update(): void {
    const sr = this.#sr;
    const cr1 = this.#cr1;
    const cr3 = this.#cr3;
    this.#flagsDriven = sr | (cr1 << 16);
    this.#controlsDriven = cr3 | (this.#cr2 << 16);
    const errors = cr3 & CR3.EIE && cr3 & CR3.DMAR && sr & (SR.FE | SR.NE | SR.ORE);
    // TXEIE, TCIE, RXNEIE and IDLEIE stand at the bit positions of their flags.
    const high =
      (sr & cr1 & (SR.TXE | SR.TC | SR.RXNE | SR.IDLE)) !== 0 ||
      (cr1 & CR1.RXNEIE && sr & SR.ORE) !== 0 ||
      (cr1 & CR1.PEIE && sr & SR.PE) !== 0 ||
      (this.#cr2 & CR2.LBDIE && sr & SR.LBD) !== 0 ||
      (cr3 & CR3.CTSIE && sr & SR.CTS) !== 0 ||
      errors !== 0;
    this.#interrupt.set(high);
    if (cr3 & CR3.RTSE) this.#pins.drive("RTS", (sr & SR.RXNE) !== 0);
    if ((cr1 & (CR1.UE | CR1.TE)) === (CR1.UE | CR1.TE)) this.#pins.drive("TX", this.#sending?.kind !== "break");
    this.#receiveRequest.set((cr3 & CR3.DMAR) !== 0 && (sr & SR.RXNE) !== 0);
    this.#transmitRequest.set((cr3 & CR3.DMAT) !== 0 && (sr & SR.TXE) !== 0);
  }

  #receiverHost(): UsartReceiverHost {
    const usart = this;
    return {
      get scheduler(): Scheduler {
        return usart.#context.scheduler;
      },
      get cr1() {
        return usart.#cr1;
      },
      get cr2() {
        return usart.#cr2;
      },
      get cr3() {
        return usart.#cr3;
      },
      get sr() {
        return usart.#sr;
      },
      frameCycles: () => (usart.#cr1 & CR1.UE ? usart.#frameCycles() : undefined),
      hears: () => {
        const on = CR1.UE | CR1.RE;
        if ((usart.#cr1 & on) !== on || !usart.#clocked) return false;
        const pin = usart.#pins.find(usart.#cr3 & CR3.HDSEL ? "TX" : "RX");
        return pin !== undefined && !usart.#context.pins.isAnalog(pin.port, pin.pin);
      },
      raise: (flags) => {
        usart.#sr |= flags;
        usart.#update();
      },
      clearRwu: () => void (usart.#cr1 &= ~CR1.RWU),
      setRwu: () => void (usart.#cr1 |= CR1.RWU),
    };
  }
}
