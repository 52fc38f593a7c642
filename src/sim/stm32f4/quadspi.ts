import { type AccessSize, BUS_FAULT, type BusMaster } from "../cpu/cpu.ts";
import type { QspiCommand, QspiDevice } from "../parts/qspi-wire.ts";
import type { Peripheral } from "../stm32f1/peripheral.ts";
import { lane, mergeLane } from "../stm32f1/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";
import { ByteQueue } from "./byte-queue.ts";
import { clocksBefore, clocksPerByte, commandOf } from "./quadspi-command.ts";
import { CCR_SIOO, CR_ALWAYS, CR_WRITABLE, Cr, Mode, QuadspiRegister as Register, Sr } from "./quadspi-registers.ts";

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
  readonly #registers = new Map<number, number>();
  #cr = 0;
  #dcr = 0;
  #flags = 0;
  #ccr = 0;
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
    this.#registers.clear();
    this.#cr = 0;
    this.#dcr = 0;
    this.#flags = 0;
    this.#ccr = 0;
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
    const mapped = (this.#cr & Cr.EN) !== 0 && this.#mode === Mode.mapped;
    if (!mapped || offset + size > this.#flashBytes) return BUS_FAULT;
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
    if (this.#cr & Cr.TCEN) this.#armTimeout();
    return value;
  }

  get #mode(): number {
    return (this.#ccr >>> 26) & 3;
  }

  /** Bytes that DCR.FSIZE promises. */
  get #flashBytes(): number {
    return 2 ** (((this.#dcr >>> 16) & 31) + 1);
  }

  /** HCLK cycles of one SCLK. */
  get #clockCycles(): number {
    return (this.#cr >>> 24) + 1;
  }

  get #threshold(): number {
    return ((this.#cr >>> 8) & 31) + 1;
  }

  #readRegister(register: number): number {
    switch (register) {
      case Register.CR:
        return this.#cr;
      case Register.DCR:
        return this.#dcr;
      case Register.SR:
        return this.#status;
      case Register.CCR:
        return this.#ccr;
      case Register.FCR:
        return 0;
      default:
        return this.#registers.get(register) ?? 0;
    }
  }

  get #status(): number {
    const busy = this.#activity !== "idle" || (this.#mode === Mode.indirectRead && this.#fifo.length > 0);
    return this.#flags | (this.#reachesThreshold ? Sr.FTF : 0) | (busy ? Sr.BUSY : 0) | (this.#fifo.length << 8);
  }

  get #reachesThreshold(): boolean {
    switch (this.#mode) {
      case Mode.indirectWrite:
        return this.#fifo.free >= this.#threshold;
      case Mode.indirectRead:
        return this.#fifo.length >= this.#threshold || (this.#left === 0 && this.#fifo.length > 0);
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
      case Register.LPTR:
      case Register.PSMKR:
      case Register.PSMAR:
      case Register.PIR:
      case Register.DLR:
      case Register.ABR:
        if (!busy) this.#registers.set(register, value >>> 0);
        break;
      case Register.DCR:
        if (!busy) this.#dcr = value & 0x001f0701;
        break;
      case Register.CCR:
        if (!busy) this.#writeCommand(value);
        break;
      case Register.AR:
        if (busy || this.#mode === Mode.mapped) break;
        this.#registers.set(Register.AR, value >>> 0);
        if (this.#hasAddress && (this.#mode !== Mode.indirectWrite || !this.#hasData)) this.#start();
        break;
    }
  }

  #writeControl(value: number, busy: boolean): void {
    const writable = busy ? CR_ALWAYS : CR_WRITABLE;
    this.#cr = ((this.#cr & ~writable) | (value & writable)) >>> 0;
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
    this.#ccr = value >>> 0;
    this.#instructionSent = false;
    this.#statusRead = false;
    this.#fifo.clear();
    if (this.#mode === Mode.mapped || this.#hasAddress) return;
    const hasInstruction = ((this.#ccr >>> 8) & 3) !== 0;
    if (this.#mode === Mode.indirectWrite ? hasInstruction && !this.#hasData : this.#hasData) this.#start();
  }

  get #hasAddress(): boolean {
    return ((this.#ccr >>> 10) & 3) !== 0;
  }

  get #hasData(): boolean {
    return ((this.#ccr >>> 24) & 3) !== 0;
  }

  get #length(): number {
    const dlr = this.#registers.get(Register.DLR) ?? 0;
    if (dlr !== 0xffffffff) return dlr + 1;
    return this.#flashBytes - (this.#hasAddress ? (this.#registers.get(Register.AR) ?? 0) : 0);
  }

  /** Begins the command in CCR, in one of the modes with registers. */
  #start(): void {
    if (!(this.#cr & Cr.EN)) return;
    const address = this.#registers.get(Register.AR) ?? 0;
    const length = this.#hasData ? this.#length : 0;
    if (this.#hasAddress && this.#mode !== Mode.polling && address + Math.max(1, length) > this.#flashBytes) {
      this.#flags |= Sr.TEF;
      return;
    }
    this.#left = length;
    this.#select(address);
    if (this.#mode === Mode.polling) {
      this.#activity = "polling";
      this.#poll();
    } else if (this.#mode === Mode.indirectRead) {
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
    const command = this.#command(address);
    const { dataLines } = command;
    const lines = Math.max(command.instruction.lines, command.address.lines, command.alternate.lines, dataLines);
    this.#device = this.#cr & (Cr.FSEL | Cr.DFM) ? undefined : this.#around.deviceFor(lines);
    this.#device?.select(command);
    this.#instructionSent = true;
    const clock = this.#clockCycles;
    this.#byteCycles = clocksPerByte(command) * clock;
    this.#byteAt = Math.max(scheduler.now, this.#highUntil) + clocksBefore(command) * clock + this.#byteCycles;
  }

  #command(address: number): QspiCommand {
    const sent = (this.#ccr & CCR_SIOO) !== 0 && this.#instructionSent;
    return commandOf(this.#ccr, address, this.#registers.get(Register.ABR) ?? 0, !sent);
  }

  /** Chip select rises, if it is low. */
  #deselect(): void {
    if (this.#activity === "idle") return;
    this.#device?.deselect();
    this.#device = undefined;
    this.#mappedNext = -1;
    this.#highUntil = this.#around.scheduler.now + (((this.#dcr >>> 8) & 7) + 1) * this.#clockCycles;
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
    if (this.#mode !== Mode.indirectWrite || !this.#hasData || !(this.#cr & Cr.EN)) return;
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
    if (!(this.#cr & (Cr.TCIE | Cr.FTIE))) return;
    const toThreshold = this.#threshold - this.#fifo.length;
    const bytes = this.#cr & Cr.FTIE && toThreshold > 0 ? Math.min(toThreshold, this.#left) : this.#left;
    if (bytes > this.#fifo.free || bytes <= 0) return;
    this.#setAlarm(this.#byteAt + (bytes - 1) * this.#byteCycles, () => {
      this.#catchUp();
      if (this.#activity === "reading") this.#armReading();
    });
  }

  /** One status read, its comparison, and the next (RM0386 14.3.6). */
  #poll(): void {
    const bytes = Math.min(4, this.#length);
    const cycles = this.#byteAt + (bytes - 1) * this.#byteCycles;
    this.#setAlarm(cycles, () => {
      let status = 0;
      for (let i = 0; i < bytes; i++) status += (this.#device?.read() ?? 0xff) * 2 ** (8 * i);
      this.#fifo.clear();
      for (let i = 0; i < bytes; i++) this.#fifo.push((status >>> (8 * i)) & 0xff);
      this.#statusRead = true;
      const matches = this.#matches(status);
      if (matches) this.#flags |= Sr.SMF;
      const steadyUntil = this.#device?.steadyUntil ?? 0;
      this.#deselect();
      if (matches && this.#cr & Cr.APMS) {
        this.#end();
        return;
      }
      this.#pollAgain(matches ? 0 : steadyUntil);
    });
  }

  #matches(status: number): boolean {
    const mask = this.#registers.get(Register.PSMKR) ?? 0;
    const match = this.#registers.get(Register.PSMAR) ?? 0;
    if (this.#cr & Cr.PMM) return (~(status ^ match) & mask) !== 0;
    return ((status ^ match) & mask) === 0;
  }

  /** The next poll, PIR clocks on; those that would read the same as long as the part is busy are passed over. */
  #pollAgain(steadyUntil: number): void {
    const { scheduler } = this.#around;
    const interval = ((this.#registers.get(Register.PIR) ?? 0) & 0xffff) * this.#clockCycles;
    const command = this.#command(this.#registers.get(Register.AR) ?? 0);
    const before = clocksBefore(command);
    const period = Math.max(1, interval + before * this.#clockCycles + this.#byteCycles * Math.min(4, this.#length));
    const steadyCycles = ((steadyUntil - scheduler.nanoseconds) * scheduler.hclkHz) / 1e9;
    const skipped = Math.max(0, Math.floor(steadyCycles / period) - 1) * period;
    this.#setAlarm(scheduler.now + Math.max(1, interval) + skipped, () => {
      this.#select(this.#registers.get(Register.AR) ?? 0);
      this.#poll();
    });
  }

  /** TCEN: chip select rises when nobody reads for LPTR clocks. */
  #armTimeout(): void {
    const { scheduler } = this.#around;
    const clocks = (this.#registers.get(Register.LPTR) ?? 0) & 0xffff;
    this.#setAlarm(scheduler.cycles + Math.max(1, clocks * this.#clockCycles), () => {
      this.#end();
      this.#flags |= Sr.TOF;
    });
  }

  #updateInterrupt(): void {
    // TEIE, TCIE, FTIE, SMIE and TOIE stand 16 bits above their flags.
    const high = (this.#status & (this.#cr >>> 16) & 0x1f) !== 0;
    this.#around.setInterrupt("QUADSPI", high);
  }
}
