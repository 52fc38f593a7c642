import { type ComponentIds, readComponentId } from "./component-ids.ts";
import { merge, type PpbBlock } from "./ppb.ts";

/** Offsets (ARMv7-M C1.10). */
const SSPSR = 0x000;
const CSPSR = 0x004;
const ACPR = 0x010;
const SPPR = 0x0f0;
const FFSR = 0x300;
const FFCR = 0x304;
const DEVID = 0xfc8;
const DEVTYPE = 0xfcc;

const EN_F_CONT = 1 << 1;
/** Source id of the ITM's stream in frames, when ITM_TCR.TraceBusID is left at what tools set. */
const ITM_SOURCE = 1;
const FRAME = 16;

export interface TpiuHost {
  /** DEMCR.TRCENA. */
  readonly traceEnabled: boolean;
  /** One byte on SWO. */
  send(byte: number): void;
}

/**
 * Trace port interface unit: the registers, and the formatter that wraps the stream into 16-byte frames while
 * FFCR.EnFCont is set, as it is after reset.
 */
export class Tpiu implements PpbBlock {
  readonly #host: TpiuHost;
  #portSize = 1;
  #prescaler = 0;
  #protocol = 1;
  #formatter = 0x102;
  readonly #frame: number[] = [];

  readonly #ids: ComponentIds;

  constructor(ids: ComponentIds, host: TpiuHost) {
    this.#ids = ids;
    this.#host = host;
  }

  powerOn(): void {
    this.#portSize = 1;
    this.#prescaler = 0;
    this.#protocol = 1;
    this.#formatter = 0x102;
    this.#frame.length = 0;
  }

  /** ACPR: the trace clock divided by this plus one gives the baud rate. */
  get prescaler(): number {
    return this.#prescaler;
  }

  /** SPPR: 0 parallel, 1 Manchester, 2 NRZ. */
  get protocol(): number {
    return this.#protocol;
  }

  /** A byte of the trace stream. */
  emit(byte: number): void {
    // Nothing leaves a parallel port: its pins are not modelled.
    if (this.#protocol === 0) return;
    if ((this.#formatter & EN_F_CONT) === 0) {
      this.#host.send(byte);
      return;
    }
    if (this.#frame.length === 0) this.#frame.push((ITM_SOURCE << 1) | 1);
    this.#frame.push(byte);
    if (this.#frame.length === FRAME - 1) this.#flush();
  }

  read(offset: number): number {
    if (!this.#host.traceEnabled) return 0;
    switch (offset) {
      case SSPSR:
        return 1;
      case CSPSR:
        return this.#portSize;
      case ACPR:
        return this.#prescaler;
      case SPPR:
        return this.#protocol;
      case FFSR:
        // The formatter cannot be stopped.
        return 8;
      case FFCR:
        return this.#formatter;
      case DEVID:
        return 0xca1;
      case DEVTYPE:
        return 0x11;
      default:
        return offset >= 0xfd0 ? readComponentId(this.#ids, offset) : 0;
    }
  }

  write(offset: number, value: number, mask: number): void {
    if (!this.#host.traceEnabled) return;
    switch (offset) {
      case CSPSR:
        this.#portSize = merge(this.#portSize, value, mask);
        break;
      case ACPR:
        this.#prescaler = merge(this.#prescaler, value, mask) & 0x1fff;
        break;
      case SPPR:
        this.#protocol = merge(this.#protocol, value, mask) & 3;
        break;
      case FFCR:
        this.#formatter = (merge(this.#formatter, value, mask) & EN_F_CONT) | 0x100;
        break;
      default:
        break;
    }
  }

  /** Sends a full frame: even bytes give their low bit to the auxiliary byte at the end (D4.3). */
  #flush(): void {
    let auxiliary = 0;
    this.#frame.forEach((byte, index) => {
      if (index === 0) this.#host.send(byte);
      else if ((index & 1) !== 0) this.#host.send(byte);
      else {
        this.#host.send(byte & 0xfe);
        auxiliary |= (byte & 1) << (index >>> 1);
      }
    });
    this.#host.send(auxiliary);
    this.#frame.length = 0;
  }
}
