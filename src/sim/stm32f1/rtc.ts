import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";
import type { Clocks } from "./chip-context.ts";

const CRH = 0x00;
const CRL = 0x04;
const PRLH = 0x08;
const PRLL = 0x0c;
const DIVH = 0x10;
const DIVL = 0x14;
const CNTH = 0x18;
const CNTL = 0x1c;
const ALRH = 0x20;
const ALRL = 0x24;

const SECF = 1 << 0;
const ALRF = 1 << 1;
const OWF = 1 << 2;
const RSF = 1 << 3;
const CNF = 1 << 4;
const RTOFF = 1 << 5;

/** RTCCLK cycles by which an event may seem to come early, from rounding of virtual time over months. */
const rounding = 1e-3;

const counterModulus = 0x100000000;
/** RTCCLK cycles that a write takes to reach the backup domain (RM0008 18.4.6: at least three). */
const writeCycles = 3;

/** What the RTC needs of the chip. */
export interface RtcSurroundings {
  readonly scheduler: Scheduler;
  readonly clocks: Clocks;
  /** PWR_CR.DBP. */
  readonly backupUnlocked: boolean;
  setInterrupt(source: string, high: boolean): void;
  /** EXTI line 17, and the wake-up from standby. */
  alarm(high: boolean): void;
}

/**
 * Real-time clock (RM0008 18). Counter, prescaler and alarm live in the backup domain: no system reset touches them.
 * The counter is computed from virtual time when it is looked at; an alarm is set for the events alone.
 */
export class Rtc extends RegisterBlock {
  readonly #around: RtcSurroundings;
  #crh = 0;
  #flags = 0;
  #synchronized = false;
  /** After a reset the APB side holds nothing until RSF: counter and divider "generally read 0" (RM0008 18.3.3). */
  #stale = false;
  #configuring = false;
  #prescaler = 0x8000;
  #counter = 0;
  #alarmValue = 0xffffffff;
  /** What CNF mode has collected: taken over when it ends. */
  #shadow: { prescaler?: number; counter?: number; alarm?: number } = {};
  #writing: Alarm | undefined;
  #sync: Alarm | undefined;
  #event: Alarm | undefined;
  /** RTCCLK now, virtual time of the last look, and RTCCLK cycles into the present second then. */
  #hz = 0;
  #since = 0;
  #phase = 0;

  constructor(around: RtcSurroundings) {
    super("RTC");
    this.#around = around;
    around.clocks.onChange(() => this.#clockChanged());
  }

  /** System reset: the interface and its flags; PRL, CNT, ALR and DIV stay (RM0008 18.3.2). */
  reset(): void {
    this.#catchUp();
    this.#crh = 0;
    this.#flags = 0;
    this.#stale = true;
    this.#configuring = false;
    this.#shadow = {};
    this.#resynchronize();
    this.#update();
  }

  /** BDRST, or VDD and VBAT both gone. */
  resetBackup(): void {
    this.#around.scheduler.cancel(this.#writing);
    this.#writing = undefined;
    this.#prescaler = 0x8000;
    this.#counter = 0;
    this.#alarmValue = 0xffffffff;
    this.#phase = 0;
    this.#since = this.#around.scheduler.nanoseconds;
    this.reset();
  }

  protected readRegister(offset: number): number {
    this.#catchUp();
    if (this.#stale && offset >= DIVH && offset <= CNTL) return 0;
    // DIV counts down from PRL.
    const div = this.#prescaler - Math.min(this.#prescaler, Math.floor(this.#phase));
    switch (offset) {
      case CRH:
        return this.#crh;
      case CRL:
        return (
          this.#flags |
          (this.#synchronized ? RSF : 0) |
          (this.#configuring ? CNF : 0) |
          (this.#writing === undefined ? RTOFF : 0)
        );
      case DIVH:
        return (div >>> 16) & 15;
      case DIVL:
        return div & 0xffff;
      case CNTH:
        return this.#counter >>> 16;
      case CNTL:
        return this.#counter & 0xffff;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    this.#catchUp();
    if (offset === CRH) {
      this.#crh = value & 7;
    } else if (offset === CRL) {
      this.#flags &= value & (SECF | ALRF | OWF);
      if (!(value & RSF) && this.#synchronized) this.#resynchronize();
      if (this.#around.backupUnlocked) this.#setConfiguring((value & CNF) !== 0);
    } else if (this.#configuring) {
      this.#collect(offset, value & 0xffff);
    }
    this.#update();
  }

  #collect(offset: number, half: number): void {
    const shadow = this.#shadow;
    const high = (word: number): number => ((half << 16) | (word & 0xffff)) >>> 0;
    const low = (word: number): number => ((word & 0xffff0000) | half) >>> 0;
    const prescaler = shadow.prescaler ?? this.#prescaler;
    const counter = shadow.counter ?? this.#counter;
    const alarm = shadow.alarm ?? this.#alarmValue;
    if (offset === PRLH) shadow.prescaler = high(prescaler) & 0xfffff;
    if (offset === PRLL) shadow.prescaler = low(prescaler);
    if (offset === CNTH) shadow.counter = high(counter);
    if (offset === CNTL) shadow.counter = low(counter);
    if (offset === ALRH) shadow.alarm = high(alarm);
    if (offset === ALRL) shadow.alarm = low(alarm);
  }

  #setConfiguring(configuring: boolean): void {
    if (configuring === this.#configuring) return;
    this.#configuring = configuring;
    const { prescaler, counter, alarm } = this.#shadow;
    if (configuring || (prescaler ?? counter ?? alarm) === undefined) return;
    this.#shadow = {};
    const take = (): void => {
      this.#writing = undefined;
      this.#catchUp();
      this.#prescaler = prescaler ?? this.#prescaler;
      this.#alarmValue = alarm ?? this.#alarmValue;
      if (counter !== undefined) this.#counter = counter;
      // A new prescaler or counter starts a whole second.
      if (prescaler !== undefined || counter !== undefined) this.#phase = 0;
      this.#update();
    };
    this.#around.scheduler.cancel(this.#writing);
    // Without RTCCLK the write never ends: RTOFF stays 0, as on silicon.
    const time = this.#hz > 0 ? (writeCycles * 1e9) / this.#hz : Number.POSITIVE_INFINITY;
    this.#writing = this.#around.scheduler.afterNanoseconds(time, take);
  }

  #resynchronize(): void {
    const { scheduler } = this.#around;
    this.#synchronized = false;
    scheduler.cancel(this.#sync);
    this.#sync = undefined;
    if (this.#hz === 0) return;
    this.#sync = scheduler.afterNanoseconds(1e9 / this.#hz, () => {
      this.#sync = undefined;
      this.#synchronized = true;
      this.#stale = false;
    });
  }

  #clockChanged(): void {
    const { rtc } = this.#around.clocks;
    if (rtc === this.#hz) return;
    this.#catchUp();
    this.#hz = rtc;
    if (!this.#synchronized) this.#resynchronize();
    this.#update();
  }

  /** Brings counter, phase and flags up to now. */
  #catchUp(): void {
    const now = this.#around.scheduler.nanoseconds;
    const cycles = ((now - this.#since) * this.#hz) / 1e9;
    this.#since = now;
    if (cycles <= 0) return;
    // An alarm fires at the first HCLK cycle at or after its time; the sum must not fall short by rounding.
    const total = this.#phase + cycles + rounding;
    const second = this.#prescaler + 1;
    const seconds = Math.floor(total / second);
    this.#phase = Math.max(0, total - rounding - seconds * second);
    if (seconds === 0) return;
    this.#flags |= SECF;
    const before = this.#counter;
    // The alarm is met when the counter steps onto it, the overflow when it steps over the top (RM0008 18.4.2).
    const toAlarm = (this.#alarmValue - before + counterModulus) % counterModulus || counterModulus;
    if (seconds >= toAlarm) {
      this.#flags |= ALRF;
      // The line is a pulse of the match; EXTI latches its edge.
      this.#around.alarm(true);
      this.#around.alarm(false);
    }
    if (before + seconds >= counterModulus) this.#flags |= OWF;
    this.#counter = (before + seconds) % counterModulus;
  }

  /** Renews the interrupt and the alarm for the next event. */
  #update(): void {
    const { scheduler } = this.#around;
    this.#around.setInterrupt("RTC", (this.#flags & this.#crh & 7) !== 0);
    scheduler.cancel(this.#event);
    this.#event = undefined;
    if (this.#hz === 0) return;
    const toAlarm = (this.#alarmValue - this.#counter + counterModulus) % counterModulus || counterModulus;
    const toOverflow = counterModulus - this.#counter;
    const seconds = this.#crh & SECF ? 1 : Math.min(toAlarm, toOverflow);
    const cycles = seconds * (this.#prescaler + 1) - this.#phase;
    this.#event = scheduler.afterNanoseconds((Math.max(0, cycles) * 1e9) / this.#hz, () => {
      this.#event = undefined;
      this.#catchUp();
      this.#update();
    });
  }
}
