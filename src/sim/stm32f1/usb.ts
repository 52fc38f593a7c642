import type { AccessSize } from "../cpu/cpu.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm } from "../time/scheduler.ts";
import type { ChipContext } from "./chip-context.ts";

export interface UsbOptions {
  readonly name: string;
  /** NVIC lines: high-priority (isochronous and double-buffered transfers), low-priority, and none for wake-up: that is EXTI 18. */
  readonly irqs: { readonly high: number; readonly low: number };
}

/** USB_EPnR (RM0008 23.5.2). */
const EP = {
  /** EA, EP_KIND, EP_TYPE: plain read-write. */
  PLAIN: 0x070f,
  /** STAT_TX, DTOG_TX, STAT_RX, DTOG_RX: a written 1 toggles. */
  TOGGLE: 0x7070,
  /** CTR_TX, CTR_RX: a written 0 clears. */
  CTR: 0x8080,
  CTR_TX: 1 << 7,
  CTR_RX: 1 << 15,
  SETUP: 1 << 11,
  /** Bulk with EP_KIND (double-buffered) and isochronous endpoints interrupt at high priority. */
  KIND_AND_TYPE: 0x0700,
} as const;

const CNTR = { FRES: 1 << 0, PDWN: 1 << 1, LPMODE: 1 << 2, FSUSP: 1 << 3 } as const;
const ISTR = { ESOF: 1 << 8, RESET: 1 << 10, SUSP: 1 << 11, CTR: 1 << 15 } as const;
const FNR_RXDP = 1 << 15;
const FNR_LSOF = 3 << 11;
const FRAME_NS = 1_000_000;

/**
 * The USB device interface (RM0008 23) on a socket without a host: registers and toggles as on silicon, the bus rests
 * in J state, so frames go missing (ESOF) until the bus counts as suspended (SUSP).
 */
export class Usb extends RegisterBlock {
  readonly #options: UsbOptions;
  readonly #context: ChipContext;
  readonly #endpoints = new Uint16Array(8);
  #cntr = 3;
  /** ISTR without CTR, DIR and EP_ID, which follow from the endpoints. */
  #istr = 0;
  #daddr = 0;
  #btable = 0;
  #missedFrames = 0;
  #frame: Alarm | undefined;
  #clocked = true;

  constructor(options: UsbOptions, context: ChipContext) {
    super(options.name);
    this.#options = options;
    this.#context = context;
  }

  reset(): void {
    this.#context.scheduler.cancel(this.#frame);
    this.#frame = undefined;
    this.#endpoints.fill(0);
    this.#cntr = 3;
    this.#istr = this.#daddr = this.#btable = this.#missedFrames = 0;
    this.#update();
  }

  setClockEnabled(enabled: boolean): void {
    this.#clocked = enabled;
    this.#watchBus();
  }

  protected readRegister(offset: number): number {
    if (offset < 0x20) return this.#endpoints[offset / 4];
    switch (offset) {
      case 0x40:
        return this.#cntr;
      case 0x44:
        return this.#istr | this.#transferStatus;
      case 0x48:
        return FNR_RXDP | (this.#missedFrames > 0 ? FNR_LSOF : 0);
      case 0x4c:
        return this.#daddr;
      case 0x50:
        return this.#btable;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset < 0x20) this.#writeEndpoint(offset / 4, value & 0xffff);
    switch (offset) {
      case 0x40:
        this.#writeControl(value & 0xff1f);
        break;
      case 0x44:
        this.#istr &= value;
        break;
      case 0x4c:
        this.#daddr = value & 0xff;
        break;
      case 0x50:
        this.#btable = value & 0xfff8;
        break;
    }
    this.#update();
  }

  #writeEndpoint(index: number, value: number): void {
    const before = this.#endpoints[index];
    const kept = before & EP.CTR & value;
    const toggled = (before ^ value) & EP.TOGGLE;
    this.#endpoints[index] = kept | toggled | (value & EP.PLAIN) | (before & EP.SETUP);
  }

  #writeControl(value: number): void {
    const forcedReset = value & CNTR.FRES;
    this.#cntr = value;
    if (forcedReset) {
      // A forced reset clears what a bus reset clears, and says so (RM0008 23.5.1, FRES).
      this.#endpoints.fill(0);
      this.#daddr = 0;
      this.#istr = value & CNTR.PDWN ? 0 : this.#istr | ISTR.RESET;
    }
    this.#watchBus();
  }

  /** CTR, DIR and EP_ID: the lowest endpoint with a completed transfer (double-buffered and isochronous ones first). */
  get #transferStatus(): number {
    const pending = [...this.#endpoints.keys()].filter((index) => this.#endpoints[index] & EP.CTR);
    const index = pending.find((each) => isHighPriority(this.#endpoints[each])) ?? pending[0];
    if (index === undefined) return 0;
    return ISTR.CTR | index | (this.#endpoints[index] & EP.CTR_RX ? 1 << 4 : 0);
  }

  /** While the transceiver is on and not suspended, a frame goes missing every millisecond; three of them suspend. */
  #watchBus(): void {
    const { scheduler } = this.#context;
    const listening = this.#clocked && (this.#cntr & (CNTR.FRES | CNTR.PDWN | CNTR.FSUSP)) === 0;
    if (!listening || this.#frame !== undefined || this.#missedFrames >= 3) {
      if (!listening) {
        scheduler.cancel(this.#frame);
        this.#frame = undefined;
        this.#missedFrames = 0;
      }
      return;
    }
    this.#frame = scheduler.afterNanoseconds(FRAME_NS, () => {
      this.#frame = undefined;
      this.#missedFrames++;
      this.#istr |= ISTR.ESOF | (this.#missedFrames >= 3 ? ISTR.SUSP : 0);
      this.#watchBus();
      this.#update();
    });
  }

  #update(): void {
    const status = this.#istr | this.#transferStatus;
    // The masks of CNTR stand at the bits of ISTR.
    const enabled = status & this.#cntr & 0xff00;
    const index = status & 15;
    const high = (enabled & ISTR.CTR) !== 0 && isHighPriority(this.#endpoints[index]);
    this.#context.setInterrupt(this.#options.irqs.high, `${this.name}_HP`, high);
    this.#context.setInterrupt(this.#options.irqs.low, `${this.name}_LP`, (high ? enabled & ~ISTR.CTR : enabled) !== 0);
  }
}

function isHighPriority(endpoint: number): boolean {
  const kindAndType = endpoint & EP.KIND_AND_TYPE;
  return kindAndType === 0x0100 || (kindAndType & 0x0600) === 0x0400;
}

/** The packet memory of USB, which CAN shares: 512 bytes as 256 half-words, each in a word of its own (RM0008 23.4.3). */
export class UsbPacketMemory implements Peripheral {
  readonly name: string;
  readonly #halfWords = new Uint16Array(256);

  constructor(name: string) {
    this.name = name;
  }

  read(offset: number, size: AccessSize): number {
    // The upper half of each word does not exist.
    if (offset & 2) return 0;
    const value = this.#halfWords[(offset >> 2) & 0xff];
    return size === 1 ? (value >> ((offset & 1) * 8)) & 0xff : value;
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (offset & 2) return;
    // The APB bridge puts a byte on every lane.
    this.#halfWords[(offset >> 2) & 0xff] = size === 1 ? (value & 0xff) * 0x101 : value;
  }

  /** The memory has no reset; it keeps what it holds. */
  reset(): void {}
}
