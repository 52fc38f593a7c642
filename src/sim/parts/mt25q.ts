import type { Scheduler } from "../time/scheduler.ts";
import { type Mt25qAction, type Mt25qCommand, type Mt25qRegister, mt25qCommands } from "./mt25q-commands.ts";
import {
  clocksBeforeData,
  driven,
  heard,
  MisalignedReader,
  phaseClocks,
  type QspiCommand,
  type QspiDevice,
  type QspiLines,
} from "./qspi-wire.ts";
import { SparseMemory } from "./sparse-memory.ts";

/** Typical times in ns: MT25QL512A data sheet, "AC characteristics and operating conditions". */
export const mt25qTimes = {
  programPage: 120_000,
  erase4K: 50_000_000,
  erase32K: 100_000_000,
  erase64K: 150_000_000,
  eraseBulk: 153_000_000_000,
  writeStatus: 1_300_000,
  writeNonvolatile: 200_000_000,
  reset: 40,
} as const;

const PAGE = 256;

const Status = { WIP: 1 << 0, WEL: 1 << 1, writable: 0xfc } as const;
const Flag = { fourByte: 1 << 0, protection: 1 << 1, program: 1 << 4, erase: 1 << 5, ready: 1 << 7 } as const;

/** Bits of the enhanced volatile configuration register: 0 switches the protocol on. */
const Protocol = { quad: 1 << 7, dual: 1 << 6 } as const;

/** Manufacturer, memory type, capacity, length of what follows, extended id, and a unique id of 14 bytes. */
const identification = [
  0x20, 0xba, 0x20, 0x10, 0x44, 0x00, 0x50, 0x52, 0x4f, 0x42, 0x49, 0x54, 0x59, 0, 0, 0, 0, 0, 0, 1,
];

/** The command that is coming in. */
interface Incoming {
  readonly layout: Mt25qCommand;
  readonly addressBits: number;
  readonly addressLines: QspiLines;
  readonly dataLines: QspiLines;
  readonly address: number;
  /** Clocks between address and data that the part waits. */
  readonly dummyClocks: number;
}

/**
 * Micron MT25QL512A: 64 MiB of serial NOR flash in the extended, dual and quad SPI protocols. It follows the clocks on its
 * lines: a command on other lines than its protocol's is not understood, and a master that counts dummy clocks or address
 * bits otherwise reads shifted data. XIP and double transfer rate are not there.
 */
export class Mt25q implements QspiDevice {
  readonly content = new SparseMemory(64 * 1024 * 1024);
  /** Time spent erasing and programming since the board was made, in virtual nanoseconds. */
  readonly busyNanoseconds = { erase: 0, program: 0 };
  readonly #scheduler: Scheduler;
  #status = 0;
  #flags = 0;
  #nonvolatile = 0xffff;
  #volatile = 0;
  #enhanced = 0;
  #extendedAddress = 0;
  #fourByte = false;
  #resetEnabled = false;
  #busyUntil = 0;
  #command: QspiCommand | undefined;
  #incoming: Incoming | undefined;
  /** The master's clocks fit the part's: bytes go one to one. */
  #aligned = false;
  #misaligned: MisalignedReader | undefined;
  #source: (index: number) => number = () => 0xff;
  #index = 0;
  #written: number[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.powerOn();
  }

  /** Power comes: what is volatile starts from the nonvolatile configuration register. */
  powerOn(): void {
    this.#status &= ~(Status.WEL | Status.WIP);
    this.#flags = 0;
    this.#volatile = ((this.#nonvolatile >>> 8) & 0xf0) | 0x0b;
    this.#enhanced = 0x3f | ((this.#nonvolatile & 8) << 4) | ((this.#nonvolatile & 4) << 4);
    this.#extendedAddress = 0;
    this.#fourByte = (this.#nonvolatile & 1) === 0;
    this.#resetEnabled = false;
    this.#busyUntil = 0;
  }

  /** Lines of the instruction in the protocol in force. */
  get protocolLines(): QspiLines {
    if (!(this.#enhanced & Protocol.quad)) return 4;
    return this.#enhanced & Protocol.dual ? 1 : 2;
  }

  get fourByteAddresses(): boolean {
    return this.#fourByte;
  }

  get busy(): boolean {
    return this.#scheduler.nanoseconds < this.#busyUntil;
  }

  get steadyUntil(): number {
    return this.busy ? this.#busyUntil : 0;
  }

  select(command: QspiCommand): void {
    this.#command = command;
    this.#written = [];
    this.#index = 0;
    this.#misaligned = undefined;
    this.#incoming = this.#understand(command);
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    const { dataLines } = incoming;
    const sameData = command.dataLines === 0 || command.dataLines === dataLines;
    const own = incoming.addressBits / incoming.addressLines + incoming.dummyClocks;
    const before = phaseClocks(command.address) + phaseClocks(command.alternate) + command.dummyCycles;
    this.#aligned = sameAddress(incoming, command) && sameData && before === own;
    this.#source = this.#sourceOf(incoming);
    if (this.#aligned) return;
    this.#misaligned = new MisalignedReader(this.#source, dataLines, command.dataLines || 1, own - before);
  }

  read(): number {
    const incoming = this.#incoming;
    if (incoming === undefined) return 0xff;
    const { kind } = incoming.layout.action;
    if (kind !== "read" && kind !== "readRegister") return 0xff;
    return this.#misaligned === undefined ? this.#source(this.#index++) : this.#misaligned.next();
  }

  write(byte: number): void {
    this.#written.push(byte);
  }

  deselect(): void {
    const incoming = this.#incoming;
    const command = this.#command;
    this.#incoming = undefined;
    this.#command = undefined;
    if (incoming === undefined || command === undefined) return;
    const resetEnabled = this.#resetEnabled;
    this.#resetEnabled = false;
    if (this.#aligned) this.#execute(incoming.layout.action, incoming.address, this.#written, resetEnabled);
    else this.#executeMisaligned(incoming, command, resetEnabled);
  }

  /** The command as this protocol knows it, with its address; undefined when it is not understood or not taken now. */
  #understand(command: QspiCommand): Incoming | undefined {
    const { instruction } = command;
    const protocol = this.protocolLines;
    if (instruction.lines !== protocol || command.doubleRate) return undefined;
    const layout = mt25qCommands.get(instruction.value);
    if (layout === undefined || !layout.protocols.includes(protocol)) return undefined;
    if (this.busy && !layout.whileBusy) return undefined;
    const bytes = layout.addressBytes === "mode" ? (this.#fourByte ? 4 : 3) : layout.addressBytes;
    const addressBits = bytes * 8;
    const addressLines = protocol === 1 ? layout.addressLines : protocol;
    const address = sameAddress({ addressBits, addressLines }, command)
      ? command.address.value % 2 ** addressBits
      : heard(clocksBeforeData(command), 0, addressBits / addressLines, addressLines);
    const upper = bytes === 3 ? this.#extendedAddress * 0x1000000 : 0;
    return {
      layout,
      addressBits,
      addressLines,
      dataLines: protocol === 1 ? layout.dataLines : protocol,
      address: (address + upper) % this.content.size,
      dummyClocks: this.#dummyClocks(layout.dummyClocks, protocol),
    };
  }

  /** The volatile configuration register's number; 0 and 15 stand for the default of command and protocol. */
  #dummyClocks(initial: number, protocol: QspiLines): number {
    if (initial === 0) return 0;
    const configured = this.#volatile >>> 4;
    if (configured !== 0 && configured !== 15) return configured;
    return protocol === 1 ? initial : protocol === 2 ? 8 : 10;
  }

  #sourceOf({ layout, address }: Incoming): (index: number) => number {
    const { action } = layout;
    if (action.kind === "read") return (index) => this.content.byte((address + index) % this.content.size);
    if (action.kind === "readRegister") return (index) => this.#register(action.register, index);
    return () => 0xff;
  }

  /** A byte of a register; reading on repeats it. */
  #register(register: Mt25qRegister, index: number): number {
    switch (register) {
      case "status":
        return this.#status | (this.busy ? Status.WIP : 0);
      case "flagStatus":
        return this.#flags | (this.#fourByte ? Flag.fourByte : 0) | (this.busy ? 0 : Flag.ready);
      case "nonvolatile":
        return (this.#nonvolatile >>> ((index & 1) * 8)) & 0xff;
      case "volatile":
        return this.#volatile;
      case "enhancedVolatile":
        return this.#enhanced;
      case "extendedAddress":
        return this.#extendedAddress;
      case "id":
        return identification[index] ?? 0;
    }
  }

  /** The part takes address and data from the clocks as they came, whatever the master meant by them. */
  #executeMisaligned(incoming: Incoming, command: QspiCommand, resetEnabled: boolean): void {
    const { dataLines, addressBits, addressLines, layout } = incoming;
    const clocks = clocksBeforeData(command);
    for (const value of this.#written) clocks.push(...driven({ value, bits: 8, lines: command.dataLines }));
    const addressClocks = addressBits / addressLines;
    if (clocks.length < addressClocks) return;
    const address = heard(clocks, 0, addressClocks, addressLines);
    const upper = addressBits === 24 ? this.#extendedAddress * 0x1000000 : 0;
    const perByte = 8 / dataLines;
    // Chip select has to rise behind a whole byte.
    if ((clocks.length - addressClocks) % perByte !== 0) return;
    const data: number[] = [];
    for (let from = addressClocks; from < clocks.length; from += perByte) {
      data.push(heard(clocks, from, from + perByte, dataLines));
    }
    this.#execute(layout.action, (address + upper) % this.content.size, data, resetEnabled);
  }

  #execute(action: Mt25qAction, address: number, data: readonly number[], resetEnabled: boolean): void {
    switch (action.kind) {
      case "program":
        if (data.length > 0) this.#program(address, data);
        break;
      case "erase":
        if (data.length === 0) this.#erase(address, action.bytes);
        break;
      case "writeRegister":
        if (data.length === action.bytes) this.#writeRegister(action.register, data);
        break;
      case "control":
        if (data.length === 0) this.#control(action.does, resetEnabled);
        break;
      default:
        break;
    }
  }

  #control(does: Extract<Mt25qAction, { kind: "control" }>["does"], resetEnabled: boolean): void {
    switch (does) {
      case "writeEnable":
        this.#status |= Status.WEL;
        break;
      case "writeDisable":
        this.#status &= ~Status.WEL;
        break;
      case "clearFlags":
        this.#flags = 0;
        break;
      case "enterFourByte":
      case "exitFourByte":
        this.#fourByte = does === "enterFourByte";
        this.#status &= ~Status.WEL;
        break;
      case "enterQuad":
        this.#enhanced &= ~Protocol.quad;
        break;
      case "exitQuad":
        this.#enhanced |= Protocol.quad;
        break;
      case "resetEnable":
        this.#resetEnabled = true;
        break;
      case "reset":
        if (!resetEnabled) break;
        this.powerOn();
        this.#busyUntil = this.#scheduler.nanoseconds + mt25qTimes.reset;
        break;
    }
  }

  #program(address: number, data: readonly number[]): void {
    if (!(this.#status & Status.WEL)) return;
    if (this.#protects(address, 1)) {
      this.#flags |= Flag.protection | Flag.program;
      return;
    }
    // Of more than a page the last bytes count; the address wraps within the page.
    const page = address - (address % PAGE);
    const bytes = new Map<number, number>();
    data.forEach((byte, i) => {
      bytes.set((address + i) % PAGE, byte);
    });
    for (const [offset, byte] of bytes) this.content.clearBits(page + offset, byte);
    this.#work("program", mt25qTimes.programPage);
  }

  #erase(address: number, bytes: number): void {
    if (!(this.#status & Status.WEL)) return;
    const length = bytes === 0 ? this.content.size : bytes;
    const start = address - (address % length);
    if (this.#protects(bytes === 0 ? 0 : start, length)) {
      this.#flags |= Flag.protection | Flag.erase;
      return;
    }
    this.content.erase(bytes === 0 ? 0 : start, length);
    const { erase4K, erase32K, erase64K, eraseBulk } = mt25qTimes;
    const time = bytes === 0 ? eraseBulk : bytes === 0x1000 ? erase4K : bytes === 0x8000 ? erase32K : erase64K;
    this.#work("erase", time);
  }

  /** BP3–BP0 and TB of the status register: 2^(BP-1) sectors of 64 KiB from the top or the bottom, all from 11 on. */
  #protects(address: number, length: number): boolean {
    const bp = ((this.#status >>> 2) & 7) | ((this.#status >>> 3) & 8);
    if (bp === 0) return false;
    const bytes = Math.min(this.content.size, 0x10000 * 2 ** (bp - 1));
    const fromBottom = (this.#status & (1 << 5)) !== 0;
    return fromBottom ? address < bytes : address + length > this.content.size - bytes;
  }

  #writeRegister(register: Mt25qRegister, data: readonly number[]): void {
    if (!(this.#status & Status.WEL)) return;
    this.#status &= ~Status.WEL;
    switch (register) {
      case "status":
        this.#status = data[0] & Status.writable;
        this.#busyUntil = this.#scheduler.nanoseconds + mt25qTimes.writeStatus;
        break;
      case "nonvolatile":
        this.#nonvolatile = data[0] | (data[1] << 8);
        this.#busyUntil = this.#scheduler.nanoseconds + mt25qTimes.writeNonvolatile;
        break;
      case "volatile":
        this.#volatile = data[0];
        break;
      case "enhancedVolatile":
        this.#enhanced = data[0];
        break;
      case "extendedAddress":
        this.#extendedAddress = data[0] & 3;
        break;
      default:
        break;
    }
  }

  #work(kind: "erase" | "program", time: number): void {
    this.#status &= ~Status.WEL;
    this.#busyUntil = this.#scheduler.nanoseconds + time;
    this.busyNanoseconds[kind] += time;
  }
}

/** The master sends an address as the part takes it. */
function sameAddress(
  { addressBits, addressLines }: Pick<Incoming, "addressBits" | "addressLines">,
  { address }: QspiCommand,
): boolean {
  if (addressBits === 0) return address.lines === 0;
  return address.bits === addressBits && address.lines === addressLines;
}
