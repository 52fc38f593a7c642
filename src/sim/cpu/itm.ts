import type { Scheduler } from "../time/scheduler.ts";
import { type ComponentIds, readComponentId } from "./component-ids.ts";
import type { AccessSize } from "./cpu.ts";
import { merge, type PpbBlock } from "./ppb.ts";

const PORTS = 32;
/** ITM_TCR (ARMv7-M C1.7.6). */
const ITMENA = 1;
const TSENA = 2;
const TCR_WRITABLE = 0x007f_0f1f;
const UNLOCK = 0xc5ac_ce55;

export interface ItmHost {
  /** DEMCR.TRCENA. */
  readonly traceEnabled: boolean;
  readonly privileged: boolean;
  /** One byte for the trace port. */
  emit(byte: number): void;
}

/** Instrumentation trace macrocell (ARMv7-M C1.7): stimulus ports become packets of the trace stream. */
export class Itm implements PpbBlock {
  readonly #scheduler: Scheduler;
  readonly #host: ItmHost;
  #enabled = 0;
  #privilege = 0;
  #control = 0;
  #locked = true;
  /** Cycle of the last timestamp packet. */
  #stampedAt = 0;

  readonly #ids: ComponentIds;

  constructor(scheduler: Scheduler, ids: ComponentIds, host: ItmHost) {
    this.#ids = ids;
    this.#scheduler = scheduler;
    this.#host = host;
  }

  powerOn(): void {
    this.#enabled = 0;
    this.#privilege = 0;
    this.#control = 0;
    this.#locked = true;
  }

  read(offset: number): number {
    if (!this.#host.traceEnabled) return 0;
    // The output never backs up: a port is always ready.
    if (offset < PORTS * 4) return 1;
    if (offset >= 0xfd0) return readComponentId(this.#ids, offset);
    switch (offset) {
      case 0xe00:
        return this.#enabled;
      case 0xe40:
        return this.#privilege;
      case 0xe80:
        return this.#control;
      case 0xfb4:
        // LSR: a lock is implemented, and whether it is closed.
        return this.#locked ? 3 : 1;
      default:
        return 0;
    }
  }

  write(offset: number, value: number, mask: number, debug: boolean, size: AccessSize): void {
    if (!this.#host.traceEnabled) return;
    if (offset < PORTS * 4) {
      this.#stimulate(offset >>> 2, value, mask, debug, size);
      return;
    }
    if (offset === 0xfb0) {
      this.#locked = value >>> 0 !== UNLOCK;
      return;
    }
    if (this.#locked) return;
    if (offset === 0xe00) this.#enabled = merge(this.#enabled, value, mask);
    else if (offset === 0xe40) this.#privilege = merge(this.#privilege, value, mask) & 15;
    else if (offset === 0xe80) {
      if ((this.#control & TSENA) === 0) this.#stampedAt = this.#scheduler.cycles;
      this.#control = merge(this.#control, value, mask) & TCR_WRITABLE;
    }
  }

  /** An instrumentation packet: port in bits 7:3 of the header, size in 1:0 (ARMv7-M D4.2.7). */
  #stimulate(port: number, value: number, mask: number, debug: boolean, size: AccessSize): void {
    if ((this.#control & ITMENA) === 0 || ((this.#enabled >>> port) & 1) === 0) return;
    if (!debug && !this.#host.privileged && ((this.#privilege >>> (port >>> 3)) & 1) !== 0) return;
    const payload = mask === 0xffff_ffff ? value : value >>> (Math.clz32(mask & -mask) ^ 31);
    this.#host.emit((port << 3) | (size === 4 ? 3 : size));
    for (let index = 0; index < size; index++) this.#host.emit((payload >>> (index * 8)) & 0xff);
    if ((this.#control & TSENA) !== 0) this.#timestamp();
  }

  /** A local timestamp packet: cycles since the last one, prescaled (D4.2.4). */
  #timestamp(): void {
    const prescale = [1, 4, 16, 64][(this.#control >>> 8) & 3];
    const ticks = Math.min(Math.floor((this.#scheduler.cycles - this.#stampedAt) / prescale), 0xfff_ffff);
    this.#stampedAt = this.#scheduler.cycles;
    if (ticks >= 1 && ticks <= 6) {
      this.#host.emit(ticks << 4);
      return;
    }
    this.#host.emit(0xc0);
    let rest = ticks;
    do {
      this.#host.emit((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
      rest >>>= 7;
    } while (rest !== 0);
  }
}
