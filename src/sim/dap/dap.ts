import { BUS_FAULT } from "../cpu/cpu.ts";
import { ACK, type Ack } from "./ack.ts";
import { AhbAp } from "./ahb-ap.ts";
import type { DebugTarget } from "./debug-target.ts";
import type { DebugWires } from "./debug-wires.ts";

/** Bits of CTRL/STAT (ADIv5.2 B2.2.2). */
export const CTRL_STAT = {
  overrunDetect: 1 << 0,
  stickyOverrun: 1 << 1,
  stickyCompare: 1 << 4,
  stickyError: 1 << 5,
  readOk: 1 << 6,
  writeDataError: 1 << 7,
  debugPowerRequest: 1 << 28,
  debugPowerAcknowledge: 1 << 29,
  systemPowerRequest: 1 << 30,
  systemPowerAcknowledge: 1 << 31,
} as const;

/** Bits of ABORT (ADIv5.2 B2.2.1). */
export const ABORT = { dap: 1 << 0, compare: 1 << 1, error: 1 << 2, writeData: 1 << 3, overrun: 1 << 4 } as const;

const STICKY = CTRL_STAT.stickyOverrun | CTRL_STAT.stickyCompare | CTRL_STAT.stickyError | CTRL_STAT.writeDataError;
/** ORUNDETECT, MASKLANE and the two power-up requests. Pushed compares (TRNMODE) are not there, as in a MINDP. */
const CONTROL_WRITABLE = CTRL_STAT.overrunDetect | 0xf00 | CTRL_STAT.debugPowerRequest | CTRL_STAT.systemPowerRequest;

/** DP register addresses, as A[3:2] select them. */
export const DP_REGISTER = { dpidr: 0x0, abort: 0x0, ctrlStat: 0x4, select: 0x8, resend: 0x8, rdbuff: 0xc } as const;

/**
 * The chip's end of the debug wires: an SWJ-DP and its access ports, one transaction at a time, as the wire carries
 * them. AP reads are posted: a read of the AP or of RDBUFF delivers the result of the AP read before (ADIv5.2 B4.2.1).
 * An AP access that fails sets STICKYERR, and its own transaction has been acknowledged by then; from there on
 * everything but DPIDR, CTRL/STAT and ABORT is answered with FAULT until ABORT.STKERRCLR.
 *
 * Access ports other than 0 read as zero and ignore writes.
 */
export class Dap implements DebugWires {
  /** What the last acknowledged read returned. */
  data = 0;
  /** Transactions since power-on, for the link's time model. */
  transactions = 0;

  readonly #target: DebugTarget;
  readonly #ahbAp: AhbAp;
  #protocol: "swd" | "jtag" = "swd";
  #control = 0;
  #status = 0;
  #select = 0;
  #dataLinkControl = 0;
  #readBuffer = 0;
  #powerOns: number | undefined;
  /** After power-on an SWJ-DP takes its pins for JTAG until the switching sequence comes (ADIv5.2 B5.2). */
  #asleep = false;

  constructor(target: DebugTarget) {
    this.#target = target;
    this.#powerOns = target.powerOns;
    this.#ahbAp = new AhbAp(target);
  }

  /** Selects the protocol by the switching sequence and resets the line (ADIv5.2 B5.2): the DP keeps its registers. */
  selectProtocol(protocol: "swd" | "jtag"): void {
    this.#protocol = protocol;
    this.#select = 0;
    this.#followPower();
    this.#asleep = false;
    this.transactions += 3; // more than 100 clocks of line reset, switch and idle
  }

  /** The TAP's IDCODE, or undefined when the scan chain has no TAP of ours (JTAG only). */
  scanIdcode(): number | undefined {
    this.transactions++;
    return this.#answers("jtag") ? this.#target.jtagIdcode : undefined;
  }

  /** Reads a DP register, A[3:2] = `address`; the value is in {@link data}. */
  readDp(address: number): Ack {
    const unavailable = this.#begin(address !== DP_REGISTER.dpidr && address !== DP_REGISTER.ctrlStat);
    if (unavailable !== undefined) return unavailable;
    switch (address) {
      case DP_REGISTER.dpidr:
        this.data = this.#target.dpidr >>> 0;
        break;
      case DP_REGISTER.ctrlStat:
        this.data = this.#readBanked();
        break;
      default:
        // RDBUFF; and RESEND, which repeats the same value.
        this.data = this.#readBuffer;
        break;
    }
    return ACK.ok;
  }

  /** Writes a DP register, A[3:2] = `address`. */
  writeDp(address: number, value: number): Ack {
    // A JTAG-DP takes the write that clears its sticky bits in CTRL/STAT (ADIv5.2 B3.4).
    const clears = address === DP_REGISTER.abort || (this.#protocol === "jtag" && address === DP_REGISTER.ctrlStat);
    const unavailable = this.#begin(!clears);
    if (unavailable !== undefined) return unavailable;
    switch (address) {
      case DP_REGISTER.abort:
        this.#abort(value);
        break;
      case DP_REGISTER.ctrlStat:
        this.#writeBanked(value >>> 0);
        break;
      case DP_REGISTER.select:
        this.#select = value >>> 0;
        break;
    }
    return ACK.ok;
  }

  /** Reads the AP register that SELECT and `address` (A[3:2]) name; {@link data} gets the result of the AP read before. */
  readAp(address: number): Ack {
    const unavailable = this.#beginAp();
    if (unavailable !== undefined) return unavailable;
    this.data = this.#readBuffer;
    const value = this.#apPresent ? this.#ahbAp.read(this.#apRegister(address)) : 0;
    if (value === BUS_FAULT) {
      this.#readBuffer = 0;
      this.#status = (this.#status & ~CTRL_STAT.readOk) | CTRL_STAT.stickyError;
    } else {
      this.#readBuffer = value >>> 0;
      this.#status |= CTRL_STAT.readOk;
    }
    return ACK.ok;
  }

  /** Writes the AP register that SELECT and `address` (A[3:2]) name. */
  writeAp(address: number, value: number): Ack {
    const unavailable = this.#beginAp();
    if (unavailable !== undefined) return unavailable;
    if (this.#apPresent && !this.#ahbAp.write(this.#apRegister(address), value >>> 0)) {
      this.#status |= CTRL_STAT.stickyError;
    }
    return ACK.ok;
  }

  writeSpoilt(): Ack {
    const unavailable = this.#begin(true);
    if (unavailable !== undefined) return unavailable;
    this.#status |= CTRL_STAT.writeDataError;
    return ACK.ok;
  }

  get #apPresent(): boolean {
    return this.#select >>> 24 === 0;
  }

  #apRegister(address: number): number {
    return (this.#select & 0xf0) | address;
  }

  /** Counts the transaction; an acknowledge other than undefined ends it there. */
  #begin(blockedBySticky: boolean): Ack | undefined {
    this.transactions++;
    if (!this.#answers(this.#protocol)) return ACK.none;
    if (!blockedBySticky || (this.#status & STICKY) === 0) return undefined;
    if ((this.#control & CTRL_STAT.overrunDetect) !== 0) this.#status |= CTRL_STAT.stickyOverrun;
    return ACK.fault;
  }

  #beginAp(): Ack | undefined {
    const unavailable = this.#begin(true);
    if (unavailable !== undefined) return unavailable;
    if ((this.#control & CTRL_STAT.debugPowerRequest) !== 0) return undefined;
    this.#status |= CTRL_STAT.stickyError; // the debug domain has no power
    return ACK.fault;
  }

  #answers(protocol: "swd" | "jtag"): boolean {
    this.#followPower();
    if (this.#asleep) return false;
    if (this.#target.debugPortAnswers(protocol)) return true;
    if (this.#target.voltage < LOWEST_SUPPLY) this.#powerLost();
    return false;
  }

  /** The supply went and came back since the last transaction. */
  #followPower(): void {
    const { powerOns } = this.#target;
    if (powerOns === this.#powerOns) return;
    this.#powerOns = powerOns;
    this.#asleep = true;
    this.#powerLost();
  }

  #powerLost(): void {
    this.#control = 0;
    this.#status = 0;
    this.#select = 0;
    this.#dataLinkControl = 0;
    this.#readBuffer = 0;
    this.#ahbAp.reset();
  }

  #abort(value: number): void {
    if (value & ABORT.compare) this.#status &= ~CTRL_STAT.stickyCompare;
    if (value & ABORT.error) this.#status &= ~CTRL_STAT.stickyError;
    if (value & ABORT.writeData) this.#status &= ~CTRL_STAT.writeDataError;
    if (value & ABORT.overrun) this.#status &= ~CTRL_STAT.stickyOverrun;
  }

  /** Address 4, by SELECT.DPBANKSEL. TARGETID reads 0, DLPIDR is there from DPv2. */
  #readBanked(): number {
    switch (this.#select & 0xf) {
      case 0: {
        const acknowledged = (this.#control & (CTRL_STAT.debugPowerRequest | CTRL_STAT.systemPowerRequest)) << 1;
        return (this.#control | this.#status | acknowledged) >>> 0;
      }
      case 1:
        return this.#dataLinkControl;
      case 3:
        return ((this.#target.dpidr >>> 12) & 0xf) >= 2 ? 1 : 0;
      default:
        return 0;
    }
  }

  #writeBanked(value: number): void {
    const bank = this.#select & 0xf;
    if (bank === 1) this.#dataLinkControl = value & 0x3c0; // TURNROUND and WIREMODE
    if (bank !== 0) return;
    const had = (this.#control & CTRL_STAT.debugPowerRequest) !== 0;
    this.#control = value & CONTROL_WRITABLE;
    if (this.#protocol === "jtag") this.#status &= ~(value & STICKY);
    const has = (this.#control & CTRL_STAT.debugPowerRequest) !== 0;
    if (had === has) return;
    if (!has) this.#ahbAp.reset();
    this.#target.debugPowerChanged?.(has);
  }
}

/** Below this supply (volts) no STM32 keeps its state; the lowest power-down threshold is 1.8 V (RM0008 5.2.1). */
const LOWEST_SUPPLY = 1.5;
