import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm } from "../time/scheduler.ts";
import type { ChipContext } from "./chip-context.ts";
import { interruptLine, requestLine, type SignalLine } from "./communication-lines.ts";
import { BlockPins, type Pin } from "./communication-pins.ts";
import { spiCrc } from "./spi-crc.ts";

/** A part on an SPI bus, as its master sees it. */
export interface SpiDevice {
  /** One frame of 8 or 16 bits: what came on MOSI, and what goes back on MISO. */
  exchange(value: number, bits: number): number;
  /** Its chip select fell (true) or rose. */
  select?(on: boolean): void;
}

export interface SpiOptions {
  readonly name: string;
  readonly irq: number;
  readonly clock: "pclk1" | "pclk2";
}

const CR1 = {
  MSTR: 1 << 2,
  SPE: 1 << 6,
  LSBFIRST: 1 << 7,
  SSI: 1 << 8,
  SSM: 1 << 9,
  RXONLY: 1 << 10,
  DFF: 1 << 11,
  CRCNEXT: 1 << 12,
  CRCEN: 1 << 13,
  BIDIOE: 1 << 14,
  BIDIMODE: 1 << 15,
} as const;
const CR2 = { RXDMAEN: 1, TXDMAEN: 2, SSOE: 4, ERRIE: 0x20, RXNEIE: 0x40, TXEIE: 0x80 } as const;
const SR = { RXNE: 1, TXE: 2, CRCERR: 0x10, MODF: 0x20, OVR: 0x40, BSY: 0x80 } as const;

interface Attached {
  readonly device: SpiDevice;
  readonly chipSelect: Pin | undefined;
}

/** An SPI (RM0008 25) as master or slave, 8 or 16 bits, one or two data lines, CRC, DMA. No I2S on medium density. */
export class Spi extends RegisterBlock {
  readonly #options: SpiOptions;
  readonly #context: ChipContext;
  readonly #pins: BlockPins;
  readonly #interrupt: SignalLine;
  readonly #receiveRequest: SignalLine;
  readonly #transmitRequest: SignalLine;
  readonly #devices: Attached[] = [];
  /** MOSI is wired to MISO. */
  #loopback = false;

  #cr1 = 0;
  #cr2 = 0;
  /** RXNE, CRCERR, MODF, OVR; TXE and BSY follow from the buffers. */
  #flags = 0;
  #crcPolynomial = 7;
  #rxCrc = 0;
  #txCrc = 0;
  #tx: number | undefined;
  #rx = 0;
  #shifting: { readonly value: number; readonly isCrc: boolean } | undefined;
  #alarm: Alarm | undefined;
  /** First halves of the clearing sequences: DR was read while OVR stood, SR was read while MODF stood. */
  #overrunSeen = false;
  #modeFaultSeen = false;
  #clocked = true;

  constructor(options: SpiOptions, context: ChipContext) {
    super(options.name);
    this.#options = options;
    this.#context = context;
    this.#pins = new BlockPins(options.name, context.pins);
    this.#interrupt = interruptLine(context, options.irq, options.name);
    this.#receiveRequest = requestLine(context, `${options.name}_RX`);
    this.#transmitRequest = requestLine(context, `${options.name}_TX`);
    this.#pins.watch("NSS", () => this.#checkModeFault());
    context.dma.onServed(`${this.name}_TX`, (last) => {
      // The CRC follows the last item of a DMA transfer by itself (RM0008 25.3.9).
      if (last && this.#cr1 & CR1.CRCEN) this.#cr1 |= CR1.CRCNEXT;
    });
  }

  /** Puts a part on the bus. With `chipSelect` it listens while that pin is low, else always. */
  attach(device: SpiDevice, chipSelect?: Pin): void {
    this.#devices.push({ device, chipSelect });
    if (chipSelect === undefined) {
      device.select?.(true);
      return;
    }
    const { port, pin } = chipSelect;
    this.#context.pins.onChange(port, pin, (level) => device.select?.(!level));
    device.select?.(!this.#context.pins.level(port, pin));
  }

  /** Wires MOSI to MISO, or takes the wire away. Without it and without a part MISO reads as ones. */
  setLoopback(on: boolean): void {
    this.#loopback = on;
  }

  /**
   * One frame that an outside master clocks while this block is the slave: what it answers, or undefined when it does
   * not listen (off, itself a master, not selected).
   */
  exchangeAsSlave(value: number): number | undefined {
    if ((this.#cr1 & (CR1.SPE | CR1.MSTR)) !== CR1.SPE || !this.#clocked || this.#selectHigh) return undefined;
    const transmitsOnly = (this.#cr1 & (CR1.BIDIMODE | CR1.BIDIOE)) === (CR1.BIDIMODE | CR1.BIDIOE);
    const isCrc = (this.#cr1 & CR1.CRCNEXT) !== 0 && this.#tx === undefined;
    const answer = isCrc ? this.#txCrc : (this.#tx ?? this.#mask);
    if (isCrc) this.#cr1 &= ~CR1.CRCNEXT;
    else this.#tx = undefined;
    this.#finish(answer, value & this.#mask, isCrc, transmitsOnly);
    this.#update();
    return answer;
  }

  reset(): void {
    this.#context.scheduler.cancel(this.#alarm);
    this.#alarm = this.#shifting = this.#tx = undefined;
    this.#cr1 = this.#cr2 = this.#flags = this.#rx = this.#rxCrc = this.#txCrc = 0;
    this.#crcPolynomial = 7;
    this.#overrunSeen = this.#modeFaultSeen = false;
    this.#pins.release();
    this.#update();
  }

  setClockEnabled(enabled: boolean): void {
    if (enabled === this.#clocked) return;
    this.#clocked = enabled;
    if (!enabled) {
      this.#context.scheduler.cancel(this.#alarm);
      this.#alarm = undefined;
    } else if (this.#shifting !== undefined) {
      this.#shift(this.#shifting);
    }
    this.#advance();
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case 0x00:
        return this.#cr1;
      case 0x04:
        return this.#cr2;
      case 0x08:
        return this.#readStatus();
      case 0x0c:
        return this.#readData();
      case 0x10:
        return this.#crcPolynomial;
      case 0x14:
        return this.#rxCrc;
      case 0x18:
        return this.#txCrc;
      default:
        return 0;
    }
  }

  steady(offset: number): number | undefined {
    const value = this.#status;
    // Read once more, it would have its part in the sequences that clear OVR and MODF.
    return offset === 0x08 && !this.#overrunSeen && !this.#modeFaultSeen && (value & SR.MODF) === 0 ? value : undefined;
  }

  protected writeRegister(offset: number, value: number): void {
    switch (offset) {
      case 0x00:
        this.#writeControl(value & 0xffff);
        break;
      case 0x04:
        this.#cr2 = value & 0xe7;
        this.#checkModeFault();
        break;
      case 0x08:
        this.#flags &= value | ~SR.CRCERR;
        break;
      case 0x0c:
        this.#tx = value & this.#mask;
        break;
      case 0x10:
        this.#crcPolynomial = value & 0xffff;
        break;
    }
    this.#advance();
  }

  get #mask(): number {
    return this.#cr1 & CR1.DFF ? 0xffff : 0xff;
  }

  get #status(): number {
    const { BSY, TXE } = SR;
    // BSY stays low while a master receives on one line (RM0008 25.3.8).
    const oneLineReceive = (this.#cr1 & (CR1.BIDIMODE | CR1.BIDIOE | CR1.MSTR)) === (CR1.BIDIMODE | CR1.MSTR);
    const busy = (this.#shifting !== undefined || this.#tx !== undefined) && (this.#cr1 & CR1.SPE) !== 0;
    return this.#flags | (this.#tx === undefined ? TXE : 0) | (busy && !oneLineReceive ? BSY : 0);
  }

  #readStatus(): number {
    const value = this.#status;
    if (this.#overrunSeen) this.#flags &= ~SR.OVR;
    this.#overrunSeen = false;
    this.#modeFaultSeen = (value & SR.MODF) !== 0;
    this.#update();
    return value;
  }

  #readData(): number {
    this.#flags &= ~SR.RXNE;
    this.#overrunSeen = (this.#flags & SR.OVR) !== 0;
    this.#update();
    return this.#rx;
  }

  #writeControl(value: number): void {
    if (this.#modeFaultSeen) {
      this.#flags &= ~SR.MODF;
      this.#modeFaultSeen = false;
    }
    if ((value & CR1.CRCEN) === 0 || (this.#cr1 & CR1.CRCEN) === 0) this.#rxCrc = this.#txCrc = 0;
    this.#cr1 = value;
    this.#checkModeFault();
    if (value & CR1.MSTR && this.#cr2 & CR2.SSOE && !(value & CR1.SSM)) {
      this.#pins.drive("NSS", (this.#cr1 & CR1.SPE) === 0);
    }
  }

  /** NSS as this block sees it: SSI with SSM, else the pin. */
  get #selectHigh(): boolean {
    return this.#cr1 & CR1.SSM ? (this.#cr1 & CR1.SSI) !== 0 : this.#pins.level("NSS", true);
  }

  /** A master whose NSS is pulled low gives way: MODF, and SPE and MSTR fall (RM0008 25.3.10). */
  #checkModeFault(): void {
    const master = CR1.SPE | CR1.MSTR;
    if ((this.#cr1 & master) !== master || !this.#clocked || this.#selectHigh) return;
    if (!(this.#cr1 & CR1.SSM) && this.#cr2 & CR2.SSOE) return;
    this.#cr1 &= ~master;
    this.#flags |= SR.MODF;
    this.#update();
  }

  /** A master starts the next frame as soon as there is one to send, or at once when it only receives. */
  #advance(): void {
    const master = CR1.SPE | CR1.MSTR;
    if (this.#shifting === undefined && (this.#cr1 & master) === master && this.#clocked) {
      const oneLine = (this.#cr1 & CR1.BIDIMODE) !== 0;
      const receivesOnly = oneLine ? !(this.#cr1 & CR1.BIDIOE) : (this.#cr1 & CR1.RXONLY) !== 0;
      if (receivesOnly) {
        const isCrc = this.#takeCrcNext();
        this.#shift({ value: this.#mask, isCrc });
      } else if (this.#tx !== undefined) {
        const value = this.#tx;
        this.#tx = undefined;
        this.#shift({ value, isCrc: false });
      } else if (this.#takeCrcNext()) {
        this.#shift({ value: this.#txCrc & this.#mask, isCrc: true });
      }
    }
    this.#update();
  }

  #takeCrcNext(): boolean {
    const both = CR1.CRCNEXT | CR1.CRCEN;
    if ((this.#cr1 & both) !== both) return false;
    this.#cr1 &= ~CR1.CRCNEXT;
    return true;
  }

  #shift(frame: { readonly value: number; readonly isCrc: boolean }): void {
    const { clocks, scheduler } = this.#context;
    const bits = this.#cr1 & CR1.DFF ? 16 : 8;
    const pclk = clocks[this.#options.clock];
    this.#shifting = frame;
    if (pclk === 0) return;
    const cycles = (bits * (2 << ((this.#cr1 >> 3) & 7)) * clocks.hclk) / pclk;
    this.#alarm = scheduler.afterCycles(cycles, () => {
      this.#alarm = this.#shifting = undefined;
      const transmitsOnly = (this.#cr1 & (CR1.BIDIMODE | CR1.BIDIOE)) === (CR1.BIDIMODE | CR1.BIDIOE);
      this.#finish(frame.value, this.#exchange(frame.value, bits), frame.isCrc, transmitsOnly);
      this.#advance();
    });
  }

  /** What comes back on MISO while `value` goes out; parts see the frame only if SCK and MOSI reach their pins. */
  #exchange(value: number, bits: number): number {
    const mask = this.#mask;
    if (!this.#pins.isOutput("SCK")) return mask;
    const onWire = this.#pins.isOutput("MOSI") ? value : mask;
    let answer = this.#loopback ? onWire : mask;
    for (const { device, chipSelect } of this.#devices) {
      if (chipSelect !== undefined && this.#context.pins.level(chipSelect.port, chipSelect.pin)) continue;
      answer &= device.exchange(onWire, bits) & mask;
    }
    return answer;
  }

  /** The last bit of a frame has gone out and come in. */
  #finish(sent: number, received: number, isCrc: boolean, transmitsOnly: boolean): void {
    if (isCrc) {
      if (!transmitsOnly && received !== (this.#rxCrc & this.#mask)) this.#flags |= SR.CRCERR;
    } else if (this.#cr1 & CR1.CRCEN) {
      this.#txCrc = this.#crc(this.#txCrc, sent);
      this.#rxCrc = this.#crc(this.#rxCrc, received);
    }
    if (transmitsOnly) return;
    if (this.#flags & SR.RXNE) {
      this.#flags |= SR.OVR;
      return;
    }
    this.#rx = received;
    this.#flags |= SR.RXNE;
  }

  #crc(crc: number, value: number): number {
    return spiCrc(crc, value, this.#crcPolynomial, this.#cr1 & CR1.DFF ? 16 : 8, (this.#cr1 & CR1.LSBFIRST) !== 0);
  }

  #update(): void {
    const sr = this.#status;
    const cr2 = this.#cr2;
    // RXNEIE and TXEIE stand six bits above their flags.
    const high =
      ((cr2 >> 6) & sr & (SR.RXNE | SR.TXE)) !== 0 || (cr2 & CR2.ERRIE && sr & (SR.CRCERR | SR.MODF | SR.OVR)) !== 0;
    this.#interrupt.set(high);
    this.#receiveRequest.set((cr2 & CR2.RXDMAEN) !== 0 && (sr & SR.RXNE) !== 0);
    this.#transmitRequest.set((cr2 & CR2.TXDMAEN) !== 0 && (sr & SR.TXE) !== 0);
  }
}
