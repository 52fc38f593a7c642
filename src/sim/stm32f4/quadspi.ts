import { type AccessSize, BUS_FAULT, type BusMaster } from "../cpu/cpu.ts";
import type { QspiDevice } from "../parts/qspi-wire.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import { lane, mergeLane } from "../stm32/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";
import { ByteQueue } from "./byte-queue.ts";
import { clocksBefore, clocksPerByte } from "./quadspi-command.ts";
import { CR_ALWAYS, CR_WRITABLE, Cr, Mode, QuadspiRegister as Register, Sr } from "./quadspi-registers.ts";
import { QuadspiSettings } from "./quadspi-settings.ts";

/** What QUADSPI needs of the chip and its board. */
export interface QuadspiSurroundings {
  readonly scheduler: Scheduler;
  setInterrupt(source: string, high: boolean): void;
  /** The part at the other end of the wires of flash 1, if the pins that a command on `lines` lines needs lead there. */
  deviceFor(lines: number): QspiDevice | undefined;
}

const FIFO_BYTES = 32;

/** Looks at SR in a row after which a waiting core is held up. */
const PATIENCE = 1000;

/** What goes on between the controller and the part. */
type Activity = "idle" | "writing" | "reading" | "polling" | "mapped";

/**
 * Quad-SPI controller (RM0386 14): indirect mode with its FIFO, automatic status polling, memory-mapped mode. Everything
 * takes the time that SCLK needs; the data of a transfer move when somebody looks, the end of a transfer by an alarm.
 * DMA requests and dual-flash mode are not there.
 */
export class Quadspi implements Peripheral {
  readonly name = "QUADSPI";
  readonly #around: QuadspiSurroundings;
  readonly #fifo = new ByteQueue(FIFO_BYTES);
  readonly #set = new QuadspiSettings();
  #flags = 0;
  #activity: Activity = "idle";
  #device: QspiDevice | undefined;
  /** SIOO: the instruction was sent since CCR was written. */
  #instructionSent = false;
  /** Bytes of the transfer that have not passed between FIFO and part. */
  #left = 0;
  /** Bytes of the transfer that software has not yet put into the FIFO. */
  #awaited = 0;
  /** Cycle at which the next byte will have passed. */
  #byteAt = 0;
  #byteCycles = 0;
  /** Chip select stays high until this cycle (CSHT). */
  #highUntil = 0;
  #alarm: Alarm | undefined;
  /** A status read by polling waits in DR. */
  #statusRead = false;
  /** Reads of SR by the core, one after the other, while polling goes on. */
  #glances = 0;
  /** Memory-mapped: the offset that the open read command comes to next; -1 when chip select is high. */
  #mappedNext = -1;

  constructor(around: QuadspiSurroundings) {
    this.#around = around;
  }

  reset(): void {
    this.#end();
    this.#highUntil = 0;
    this.#set.reset();
    this.#flags = 0;
    this.#instructionSent = false;
    this.#statusRead = false;
    this.#fifo.clear();
    this.#updateInterrupt();
  }

  read(offset: number, size: AccessSize): number {
    this.#catchUp();
    const register = offset & ~3;
    if (register === Register.DR) return this.#readData(size);
    return lane(this.#readRegister(register), offset, size);
  }

  /**
   * The core is about to read a register. One that waits for the end of automatic polling with its eyes on SR is held up
   * by and by, as if the bus were slow: an erase of minutes would else be billions of instructions that all see the same.
   */
  coreReads(offset: number): void {
    const { scheduler } = this.#around;
    const waits = offset === Register.SR && this.#activity === "polling" && this.#alarm !== undefined;
    this.#glances = waits ? this.#glances + 1 : 0;
    if (this.#glances < PATIENCE || this.#alarm === undefined) return;
    const step = Math.floor((this.#alarm.due - scheduler.cycles) / 64);
    const until = Math.min(scheduler.cycles + step, Math.floor(scheduler.deadline));
    scheduler.cycles = Math.max(scheduler.cycles, until);
  }

  write(offset: number, size: AccessSize, value: number): void {
    this.#glances = 0;
    this.#catchUp();
    const register = offset & ~3;
    if (register === Register.DR) {
      this.#writeData(size, value);
    } else {
      this.#writeRegister(register, mergeLane(this.#readRegister(register), offset, size, value));
    }
    this.#updateInterrupt();
  }

  /**
   * A read at `offset` from 0x90000000. {@link BUS_FAULT} unless memory-mapped mode is on, and beyond the size in
   * DCR.FSIZE. The core waits as long as the part needs.
   */
  readMapped(offset: number, size: AccessSize, master: BusMaster): number {
    this.#catchUp();
    const mapped = this.#set.enabled && this.#set.mode === Mode.mapped;
    if (!mapped || offset + size > this.#set.flashBytes) return BUS_FAULT;
    if (this.#activity !== "idle" && this.#activity !== "mapped") return BUS_FAULT;
    const { scheduler } = this.#around;
    if (offset !== this.#mappedNext) {
      this.#deselect();
      this.#activity = "mapped";
      this.#select(offset);
    }
    let value = 0;
    for (let i = 0; i < size; i++) value += (this.#device?.read() ?? 0xff) * 2 ** (8 * i);
    this.#mappedNext = offset + size;
    // The controller reads ahead while nobody asks, as far as its FIFO goes.
    const first = Math.max(this.#byteAt, scheduler.cycles - (FIFO_BYTES - 1) * this.#byteCycles);
    const done = first + (size - 1) * this.#byteCycles;
    this.#byteAt = done + this.#byteCycles;
    if (master === "cpu" && done > scheduler.cycles) scheduler.cycles = Math.ceil(done);
    if (this.#set.cr & Cr.TCEN) this.#armTimeout();
    return value;
  }

  #readRegister(register: number): number {
    return register === Register.SR ? this.#status : this.#set.read(register);
  }

  get #status(): number {
    const busy = this.#activity !== "idle" || (this.#set.mode === Mode.indirectRead && this.#fifo.length > 0);
    return this.#flags | (this.#reachesThreshold ? Sr.FTF : 0) | (busy ? Sr.BUSY : 0) | (this.#fifo.length << 8);
  }

  get #reachesThreshold(): boolean {
    switch (this.#set.mode) {
      case Mode.indirectWrite:
        return this.#fifo.free >= this.#set.threshold;
      case Mode.indirectRead:
        return this.#fifo.length >= this.#set.threshold || (this.#left === 0 && this.#fifo.length > 0);
      case Mode.polling:
        return this.#statusRead;
      default:
        return false;
    }
  }

  #writeRegister(register: number, value: number): void {
    const busy = (this.#status & Sr.BUSY) !== 0;
    switch (register) {
      case Register.CR:
        this.#writeControl(value, busy);
        break;
      case Register.FCR:
        this.#flags &= ~(value & (Sr.TEF | Sr.TCF | Sr.SMF | Sr.TOF));
        break;
      case Register.CCR:
        if (!busy) this.#writeCommand(value);
        break;
      case Register.AR:
        if (busy || this.#set.mode === Mode.mapped) break;
        this.#set.store(register, value);
        if (this.#set.beginsWithAddress) this.#start();
        break;
      default:
        if (!busy) this.#set.store(register, value);
    }
  }

  #writeControl(value: number, busy: boolean): void {
    const writable = busy ? CR_ALWAYS : CR_WRITABLE;
    this.#set.cr = ((this.#set.cr & ~writable) | (value & writable)) >>> 0;
    if (value & Cr.ABORT && value & Cr.EN) {
      this.#end();
      this.#fifo.clear();
      this.#flags |= Sr.TCF;
    }
    if (!(value & Cr.EN)) {
      this.#end();
      this.#fifo.clear();
    }
    if (this.#activity === "reading") this.#armReading();
  }

  /** A new CCR; a command without address begins with it (RM0386 14.3.4). */
  #writeCommand(value: number): void {
    this.#set.store(Register.CCR, value);
    this.#instructionSent = false;
    this.#statusRead = false;
    this.#fifo.clear();
    if (this.#set.beginsWithCommand) this.#start();
  }

  /** Begins the command in CCR, in one of the modes with registers. */
  #start(): void {
    const { enabled, reachesBeyond, length, mode } = this.#set;
    if (!enabled) return;
    if (reachesBeyond) {
      this.#flags |= Sr.TEF;
      return;
    }
    this.#left = length;
    this.#select(this.#set.address);
    if (mode === Mode.polling) {
      this.#activity = "polling";
      this.#poll();
    } else if (mode === Mode.indirectRead) {
      this.#activity = "reading";
      this.#armReading();
    } else {
      this.#activity = "writing";
      this.#awaited = length;
      if (length === 0) this.#armEnd(this.#byteAt - this.#byteCycles);
    }
  }

  /** Chip select falls: sends instruction, address and alternate bytes; the first byte of data is due at #byteAt. */
  #select(address: number): void {
    const { scheduler } = this.#around;
    const command = this.#set.command(address, this.#instructionSent);
    const { dataLines } = command;
    const lines = Math.max(command.instruction.lines, command.address.lines, command.alternate.lines, dataLines);
    this.#device = this.#set.cr & (Cr.FSEL | Cr.DFM) ? undefined : this.#around.deviceFor(lines);
    this.#device?.select(command);
    this.#instructionSent = true;
    const clock = this.#set.clockCycles;
    this.#byteCycles = clocksPerByte(command) * clock;
    this.#byteAt = Math.max(scheduler.now, this.#highUntil) + clocksBefore(command) * clock + this.#byteCycles;
  }

  /** Chip select rises, if it is low. */
  #deselect(): void {
    if (this.#activity === "idle") return;
    this.#device?.deselect();
    this.#device = undefined;
    this.#mappedNext = -1;
    this.#highUntil = this.#around.scheduler.now + this.#set.highCycles;
  }

  /** Stops whatever goes on. */
  #end(): void {
    this.#around.scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    this.#deselect();
    this.#activity = "idle";
    this.#left = 0;
    this.#awaited = 0;
  }

  #finish(): void {
    this.#end();
    this.#flags |= Sr.TCF;
    this.#updateInterrupt();
  }

  #armEnd(cycle: number): void {
    this.#setAlarm(cycle, () => {
      this.#catchUp();
      if (this.#activity === "writing" && this.#left === 0) this.#finish();
    });
  }

  #setAlarm(cycle: number, callback: () => void): void {
    const { scheduler } = this.#around;
    scheduler.cancel(this.#alarm);
    this.#alarm = scheduler.afterCycles(cycle - scheduler.now, () => {
      this.#alarm = undefined;
      callback();
      this.#updateInterrupt();
    });
  }

  /** Moves the bytes that have passed by now between FIFO and part. */
  #catchUp(): void {
    const { now } = this.#around.scheduler;
    if (this.#activity === "reading") {
      while (this.#left > 0 && this.#fifo.free > 0 && this.#byteAt <= now) {
        this.#fifo.push(this.#device?.read() ?? 0xff);
        this.#left--;
        this.#byteAt += this.#byteCycles;
      }
      if (this.#left === 0) this.#finish();
    } else if (this.#activity === "writing") {
      while (this.#fifo.length > 0 && this.#byteAt <= now) this.#sendByte();
    }
  }

  #sendByte(): void {
    this.#device?.write(this.#fifo.shift());
    this.#left--;
    this.#byteAt += this.#byteCycles;
  }

  #readData(size: AccessSize): number {
    const { scheduler } = this.#around;
    // The bus waits for bytes that are on their way.
    while (this.#activity === "reading" && this.#fifo.length < size) {
      scheduler.cycles = Math.max(scheduler.cycles, Math.ceil(this.#byteAt));
      this.#catchUp();
    }
    this.#statusRead = false;
    const wasFull = this.#fifo.free === 0;
    let value = 0;
    for (let i = 0; i < size && this.#fifo.length > 0; i++) value += this.#fifo.shift() * 2 ** (8 * i);
    // SCLK stood still while the FIFO was full.
    if (wasFull) this.#byteAt = Math.max(this.#byteAt, scheduler.now + this.#byteCycles);
    if (this.#activity === "reading") this.#armReading();
    this.#updateInterrupt();
    return value;
  }

  #writeData(size: AccessSize, value: number): void {
    const { mode, hasData, enabled } = this.#set;
    if (mode !== Mode.indirectWrite || !hasData || !enabled) return;
    const { scheduler } = this.#around;
    if (this.#activity === "idle") this.#start();
    if (this.#activity !== "writing") return;
    for (let i = 0; i < size && this.#awaited > 0; i++) {
      if (this.#fifo.free === 0) {
        // The bus waits for room.
        scheduler.cycles = Math.max(scheduler.cycles, Math.ceil(this.#byteAt));
        this.#catchUp();
      }
      if (this.#fifo.length === 0) this.#byteAt = Math.max(this.#byteAt, scheduler.now + this.#byteCycles);
      this.#fifo.push((value >>> (8 * i)) & 0xff);
      this.#awaited--;
    }
    if (this.#awaited === 0 && this.#alarm === undefined) {
      this.#armEnd(this.#byteAt + (this.#fifo.length - 1) * this.#byteCycles);
    }
  }

  /** Interrupts of a read need alarms; who polls sees the FIFO fill without. */
  #armReading(): void {
    const { scheduler } = this.#around;
    scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    if (!(this.#set.cr & (Cr.TCIE | Cr.FTIE))) return;
    const toThreshold = this.#set.threshold - this.#fifo.length;
    const bytes = this.#set.cr & Cr.FTIE && toThreshold > 0 ? Math.min(toThreshold, this.#left) : this.#left;
    if (bytes > this.#fifo.free || bytes <= 0) return;
    this.#setAlarm(this.#byteAt + (bytes - 1) * this.#byteCycles, () => {
      this.#catchUp();
      if (this.#activity === "reading") this.#armReading();
    });
  }

  /** One status read, its comparison, and the next (RM0386 14.3.6). */
  #poll(): void {
    const bytes = this.#set.statusBytes;
    const cycles = this.#byteAt + (bytes - 1) * this.#byteCycles;
    this.#setAlarm(cycles, () => {
      let status = 0;
      for (let i = 0; i < bytes; i++) status += (this.#device?.read() ?? 0xff) * 2 ** (8 * i);
      this.#fifo.clear();
      for (let i = 0; i < bytes; i++) this.#fifo.push((status >>> (8 * i)) & 0xff);
      this.#statusRead = true;
      const matches = this.#set.matches(status);
      if (matches) this.#flags |= Sr.SMF;
      const steadyUntil = this.#device?.steadyUntil ?? 0;
      this.#deselect();
      if (matches && this.#set.cr & Cr.APMS) {
        this.#end();
        return;
      }
      this.#pollAgain(matches ? 0 : steadyUntil);
    });
  }

  /** The next poll, PIR clocks on; those that would read the same as long as the part is busy are passed over. */
  #pollAgain(steadyUntil: number): void {
    const { scheduler } = this.#around;
    const { intervalCycles, clockCycles, statusBytes, address } = this.#set;
    const before = clocksBefore(this.#set.command(address, true)) * clockCycles;
    const period = Math.max(1, intervalCycles + before + this.#byteCycles * statusBytes);
    const steadyCycles = ((steadyUntil - scheduler.nanoseconds) * scheduler.hclkHz) / 1e9;
    const skipped = Math.max(0, Math.floor(steadyCycles / period) - 1) * period;
    this.#setAlarm(scheduler.now + Math.max(1, intervalCycles) + skipped, () => {
      this.#select(address);
      this.#poll();
    });
  }

  /** TCEN: chip select rises when nobody reads for LPTR clocks. */
  #armTimeout(): void {
    const { scheduler } = this.#around;
    this.#setAlarm(scheduler.cycles + this.#set.timeoutCycles, () => {
      this.#end();
      this.#flags |= Sr.TOF;
    });
  }

  #updateInterrupt(): void {
    // TEIE, TCIE, FTIE, SMIE and TOIE stand 16 bits above their flags.
    const high = (this.#status & (this.#set.cr >>> 16) & 0x1f) !== 0;
    this.#around.setInterrupt("QUADSPI", high);
  }
}
