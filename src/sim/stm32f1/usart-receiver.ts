import type { Alarm, Scheduler } from "../time/scheduler.ts";
import { CR1, CR2, CR3, dataMask, lineWord, READ_SEQUENCE, SR, wordBits } from "./usart-registers.ts";

/** A frame as it comes over the RX line. */
export interface LineFrame {
  /** Data bits, without parity. */
  readonly data: number;
  /** The line's parity bit is wrong (counts only while PCE is set). */
  readonly parityError?: boolean;
  /** The stop bit is 0. */
  readonly framingError?: boolean;
  /** The three samples of some bit differ. */
  readonly noise?: boolean;
  /** The line stays low for the whole frame and longer. */
  readonly isBreak?: boolean;
}

/** What the receiver needs of its USART. */
export interface UsartReceiverHost {
  readonly scheduler: Scheduler;
  readonly cr1: number;
  readonly cr2: number;
  readonly cr3: number;
  readonly sr: number;
  /** HCLK cycles of a frame; undefined while the baud rate generator does not run. */
  frameCycles(): number | undefined;
  /** UE, RE and clock are on and the RX pin can be heard. */
  hears(): boolean;
  raise(flags: number): void;
  clearRwu(): void;
  setRwu(): void;
}

/** How long a frame takes on a line whose USART is not set up: 10 bits at 115200 baud, in nanoseconds. */
const IDLE_LINE_FRAME_NS = 86_806;

/**
 * The receiving half of a USART: frames that wait on the line, the shift register's timing, RDR, overrun, idle
 * detection, mute mode (RM0008 27.3.3, 27.3.6).
 */
export class UsartReceiver {
  rdr = 0;
  readonly #host: UsartReceiverHost;
  #line: LineFrame[] = [];
  #shifting: Alarm | undefined;
  #idle: Alarm | undefined;

  constructor(host: UsartReceiverHost) {
    this.#host = host;
  }

  /** Frames that have not been received yet. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Frames follow what is on the line already, back to back. */
  send(frames: Iterable<LineFrame>): void {
    for (const frame of frames) this.#line.push(frame);
    this.resume();
  }

  /** Looks again whether the next frame may start (RTS fell, the clock came). */
  resume(): void {
    if (this.#shifting !== undefined || this.#line.length === 0) return;
    const { cr3, sr, scheduler } = this.#host;
    // A sender that heeds RTS waits while RDR is full (RM0008 27.3.14).
    if (cr3 & CR3.RTSE && sr & SR.RXNE && this.#host.hears()) return;
    this.lineBusy();
    const cycles = this.#host.frameCycles();
    const done = () => {
      this.#shifting = undefined;
      const frame = this.#line.shift();
      if (frame !== undefined) this.deliver(frame);
      this.resume();
      this.lineRests();
    };
    this.#shifting =
      cycles === undefined ? scheduler.afterNanoseconds(IDLE_LINE_FRAME_NS, done) : scheduler.afterCycles(cycles, done);
  }

  /** The stop bit of a frame has been sampled. */
  deliver(frame: LineFrame): void {
    const host = this.#host;
    if (!host.hears()) return;
    const { cr1, cr2 } = host;
    let word = lineWord(cr1, frame.data);
    if (frame.isBreak) word = 0;
    else if (frame.parityError && cr1 & CR1.PCE) word ^= 1 << (wordBits(cr1) - 1);
    if (!this.#awake(word)) return;

    const lin = frame.isBreak && cr2 & CR2.LINEN ? SR.LBD : 0;
    if (host.sr & SR.RXNE) {
      host.raise(SR.ORE | lin);
      return;
    }
    this.rdr = word;
    const parityWrong = cr1 & CR1.PCE && (frame.isBreak ? lineWord(cr1, 0) !== 0 : frame.parityError);
    host.raise(
      SR.RXNE |
        lin |
        (parityWrong ? SR.PE : 0) |
        (frame.framingError || frame.isBreak ? SR.FE : 0) |
        (frame.noise ? SR.NE : 0),
    );
  }

  /** Somebody else (the own transmitter, on one wire) begins a frame. */
  lineBusy(): void {
    this.#host.scheduler.cancel(this.#idle);
    this.#idle = undefined;
  }

  /** The last frame is over and none follows at once. */
  lineRests(): void {
    if (this.#shifting === undefined) this.#awaitIdle();
  }

  reset(): void {
    this.#host.scheduler.cancel(this.#shifting);
    this.lineBusy();
    this.#shifting = undefined;
    this.#line = [];
    this.rdr = 0;
  }

  /** Mute mode: false when this frame must not set a flag (RM0008 27.3.6). */
  #awake(word: number): boolean {
    const { cr1, cr2 } = this.#host;
    const muted = (cr1 & CR1.RWU) !== 0;
    if ((cr1 & CR1.WAKE) === 0) return !muted;
    const isAddress = (word >> (wordBits(cr1) - 1)) & 1;
    if (!isAddress) return !muted;
    if ((word & 15 & dataMask(cr1)) === (cr2 & CR2.ADD)) {
      this.#host.clearRwu();
      return true;
    }
    this.#host.setRwu();
    return false;
  }

  /** After the last frame: a line that stays high for one more frame is idle. */
  #awaitIdle(): void {
    const { scheduler } = this.#host;
    const cycles = this.#host.frameCycles();
    this.lineBusy();
    if (cycles === undefined || !this.#host.hears()) return;
    this.#idle = scheduler.afterCycles(cycles, () => {
      this.#idle = undefined;
      if (!this.#host.hears()) return;
      const { cr1 } = this.#host;
      if (cr1 & CR1.RWU) {
        if ((cr1 & CR1.WAKE) === 0) this.#host.clearRwu();
      } else {
        this.#host.raise(SR.IDLE);
      }
    });
  }
}

/** Which flags a read of DR clears after SR was read as `seen`. */
export function clearedByRead(seen: number): number {
  return (seen & READ_SEQUENCE) | SR.RXNE;
}
