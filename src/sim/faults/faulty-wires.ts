import { ACK, type Ack } from "../dap/ack.ts";
import type { DebugWires } from "../dap/debug-wires.ts";
import type { WireClock } from "../probe/cable.ts";

/** Leads that carry a transaction to what lies behind them, or lose it. */
abstract class FaultyWires implements DebugWires {
  data = 0;
  protected readonly inner: DebugWires;
  /** Transactions that never reached the target; they took their time all the same. */
  protected lost = 0;

  constructor(inner: DebugWires) {
    this.inner = inner;
  }

  get transactions(): number {
    return this.inner.transactions + this.lost;
  }

  selectProtocol(protocol: "swd" | "jtag"): void {
    this.inner.selectProtocol(protocol);
  }

  abstract scanIdcode(): number | undefined;
  protected abstract read(run: () => Ack): Ack;
  protected abstract write(value: number, run: (value: number) => Ack): Ack;

  readDp(address: number): Ack {
    return this.read(() => this.inner.readDp(address));
  }

  readAp(address: number): Ack {
    return this.read(() => this.inner.readAp(address));
  }

  writeDp(address: number, value: number): Ack {
    return this.write(value, (carried) => this.inner.writeDp(address, carried));
  }

  writeAp(address: number, value: number): Ack {
    return this.write(value, (carried) => this.inner.writeAp(address, carried));
  }

  writeSpoilt(): Ack {
    return this.write(0, () => this.inner.writeSpoilt());
  }
}

/** Leads by which nothing ever comes through: the probe samples one level in the place of every acknowledge. */
export class DeadWires extends FaultyWires {
  readonly #level: Ack;

  constructor(inner: DebugWires, level: "high" | "low") {
    super(inner);
    this.#level = level === "high" ? ACK.none : ACK.low;
  }

  override selectProtocol(): void {
    this.lost += 3;
  }

  scanIdcode(): undefined {
    this.lost++;
    return undefined;
  }

  protected read(): Ack {
    this.lost++;
    return this.#level;
  }

  protected write(): Ack {
    this.lost++;
    return this.#level;
  }
}

/**
 * Leads too long for a fast clock: above the limit SWDIO has not settled when it is sampled, each bit is taken for the one
 * before, and no request has its parity (ADIv5.2 B4.2.2); the target does not answer.
 */
export class LongWires extends FaultyWires {
  readonly #clock: WireClock;
  readonly #limit: number;

  constructor(inner: DebugWires, clock: WireClock, limitHertz: number) {
    super(inner);
    this.#clock = clock;
    this.#limit = limitHertz;
  }

  override selectProtocol(protocol: "swd" | "jtag"): void {
    if (this.#tooFast) this.lost += 3;
    else super.selectProtocol(protocol);
  }

  scanIdcode(): number | undefined {
    if (!this.#tooFast) return this.inner.scanIdcode();
    this.lost++;
    return undefined;
  }

  protected read(run: () => Ack): Ack {
    if (this.#lose()) return ACK.none;
    const ack = run();
    this.data = this.inner.data;
    return ack;
  }

  protected write(value: number, run: (value: number) => Ack): Ack {
    return this.#lose() ? ACK.none : run(value);
  }

  get #tooFast(): boolean {
    return this.#clock.hertz > this.#limit;
  }

  #lose(): boolean {
    if (!this.#tooFast) return false;
    this.lost++;
    return true;
  }
}

/** Bits of the parts of a transaction (ADIv5.2 B4.2). */
const BITS = { request: 8, acknowledge: 3, data: 32 } as const;

/**
 * Leads on which a bit is now and then taken for the other, in gaps that a seed decides. What follows is SWD's own doing
 * (ADIv5.2 B4.2): a request that does not hold together is not answered; a wrong acknowledge is seen by the probe alone;
 * one wrong bit of data shows by its parity, two do not.
 */
export class NoisyWires extends FaultyWires {
  readonly #meanGap: number;
  #state: number;
  #gap: number;

  /** One bit in `meanGap` is wrong on average. */
  constructor(inner: DebugWires, seed: number, meanGap: number) {
    super(inner);
    this.#meanGap = Math.max(1, Math.floor(meanGap));
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
    this.#gap = this.#draw();
  }

  scanIdcode(): number | undefined {
    const flips = this.#flips(BITS.data);
    const idcode = this.inner.scanIdcode();
    return idcode === undefined ? undefined : (idcode ^ flips.mask) >>> 0;
  }

  protected read(run: () => Ack): Ack {
    if (this.#flips(BITS.request).count > 0) return this.#unanswered();
    const ack = run();
    const misread = this.#flips(BITS.acknowledge).mask;
    if (misread !== 0) return ((ack ^ misread) & 7) as Ack;
    if (ack !== ACK.ok) return ack;
    const { mask, parityHolds } = this.#dataFlips();
    this.data = (this.inner.data ^ mask) >>> 0;
    return parityHolds ? ACK.ok : ACK.parity;
  }

  protected write(value: number, run: (value: number) => Ack): Ack {
    if (this.#flips(BITS.request).count > 0) return this.#unanswered();
    const misread = this.#flips(BITS.acknowledge).mask;
    if (misread !== 0) {
      // The probe breaks off: what the target takes for data is an idle line.
      return ((this.inner.writeSpoilt() ^ misread) & 7) as Ack;
    }
    const { mask, parityHolds } = this.#dataFlips();
    return parityHolds ? run((value ^ mask) >>> 0) : this.inner.writeSpoilt();
  }

  #unanswered(): Ack {
    this.lost++;
    return ACK.none;
  }

  /** The 32 bits of data and the one of parity. */
  #dataFlips(): { readonly mask: number; readonly parityHolds: boolean } {
    const data = this.#flips(BITS.data);
    const parity = this.#flips(1);
    return { mask: data.mask, parityHolds: (data.count + parity.count) % 2 === 0 };
  }

  /** Which of the next `bits` bits are wrong. */
  #flips(bits: number): { readonly mask: number; readonly count: number } {
    let mask = 0;
    let count = 0;
    let at = this.#gap;
    for (; at < bits; at += 1 + this.#draw()) {
      mask |= 1 << at;
      count++;
    }
    this.#gap = at - bits;
    return { mask: mask >>> 0, count };
  }

  /** Right bits up to the next wrong one (xorshift). */
  #draw(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % (2 * this.#meanGap - 1);
  }
}
