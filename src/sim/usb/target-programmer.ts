import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import type { SimulatedProbe } from "../simulated-probe.ts";

/** Why a program did not get into flash; the texts are what a drive's FAIL.TXT says. */
export class ProgrammingFailed extends Error {}

/** Bytes in one write: whole words, as much as ST's hosts send at once. */
const CHUNK = 4096;
const DBGMCU_IDCODE = 0xe0042000;
/** DEV_ID of the families that the routine knows. */
const F4_DEVICES: readonly number[] = [0x413, 0x419, 0x423, 0x433, 0x421, 0x431, 0x434, 0x441];
const FLASH_BASE = 0x08000000;
const KEYS = [0x45670123, 0xcdef89ab] as const;
const DHCSR = 0xe000edf0;
const DEMCR = 0xe000edfc;
const BUSY_POLLS = 10_000;

/** A piece of a program. */
export interface Piece {
  readonly address: number;
  readonly data: Uint8Array;
}

/** The flash controller of a family: where its registers are and what they take. */
interface Controller {
  readonly sizeRegister: number;
  readonly key: number;
  readonly status: number;
  readonly control: number;
  readonly busy: number;
  readonly errors: number;
  readonly program: number;
  readonly lock: number;
  readonly width: 2 | 4;
  erase(memory: TargetMemory, from: number, to: number, flashBytes: number): void;
}

/** PM0075: pages of 1 or 2 KiB. */
const f1: Controller = {
  ...{ sizeRegister: 0x1ffff7e0, key: 0x40022004, status: 0x4002200c, control: 0x40022010 },
  ...{ busy: 1, errors: 0x14, program: 1, lock: 0x80, width: 2 },
  erase(memory, from, to, flashBytes) {
    const page = flashBytes > 128 * 1024 ? 2048 : 1024;
    for (let address = from - (from % page); address < to; address += page) {
      memory.writeWord(this.control, 0x02);
      memory.writeWord(0x40022014, address);
      memory.writeWord(this.control, 0x42);
      memory.waitWhile(this.status, this.busy);
    }
  },
};

/** RM0386 3.4: in each MiB four sectors of 16 KiB, one of 64, seven of 128. */
const f4: Controller = {
  ...{ sizeRegister: 0x1fff7a22, key: 0x40023c04, status: 0x40023c0c, control: 0x40023c10 },
  ...{ busy: 0x10000, errors: 0xf2, program: 0x201, lock: 0x80000000, width: 4 },
  erase(memory, from, to) {
    for (const { number, start, end } of f4Sectors()) {
      if (end <= from || start >= to) continue;
      memory.writeWord(this.control, 0x10202 | (number << 3));
      memory.waitWhile(this.status, this.busy);
    }
  },
};

function* f4Sectors(): Generator<{ number: number; start: number; end: number }> {
  let start = FLASH_BASE;
  for (const first of [0, 16]) {
    for (let i = 0; i < 12; i++) {
      const end = start + (i < 4 ? 16 : i === 4 ? 64 : 128) * 1024;
      yield { number: first + i, start, end };
      start = end;
    }
  }
}

/** Target memory through the probe's own commands. */
class TargetMemory {
  readonly #probe: SimulatedProbe;

  constructor(probe: SimulatedProbe) {
    this.#probe = probe;
  }

  command(bytes: readonly number[], data?: Uint8Array, readLength = 0): Uint8Array {
    return this.#probe.execute(Uint8Array.from(bytes), data, readLength);
  }

  read(address: number, length: number): Uint8Array {
    const data = this.command(memoryCommand(0x07, address, length), undefined, length);
    this.#demandOk();
    return data;
  }

  readWord(address: number): number {
    return readU32(this.read(address - (address % 4), 4), 0);
  }

  writeWord(address: number, value: number): void {
    const data = new Uint8Array(4);
    writeU32(data, 0, value);
    this.write(0x08, address, data);
  }

  write(command: number, address: number, data: Uint8Array): void {
    this.command(memoryCommand(command, address, data.length), data);
    this.#demandOk();
  }

  waitWhile(register: number, bits: number): void {
    for (let poll = 0; poll < BUSY_POLLS; poll++) if ((this.readWord(register) & bits) === 0) return;
    throw new ProgrammingFailed("The target's flash stays busy.");
  }

  #demandOk(): void {
    const status = this.command([0xf2, 0x3e], undefined, 12)[0];
    if (status !== 0x80) throw new ProgrammingFailed("The interface firmware failed to access the target's memory.");
  }
}

/** Puts a program into the target's flash and lets it run from reset. Throws {@link ProgrammingFailed}. */
export function programTarget(probe: SimulatedProbe, pieces: readonly Piece[]): void {
  const memory = new TargetMemory(probe);
  // What a debugger had entered stays entered.
  const entered = memory.command([0xf5], undefined, 2)[0] === 2;
  try {
    halt(memory);
    const device = memory.readWord(DBGMCU_IDCODE) & 0xfff;
    const controller = F4_DEVICES.includes(device) ? f4 : f1;
    const half = controller.sizeRegister % 4;
    const kib = readU16(memory.read(controller.sizeRegister - half, 4), half);
    for (const piece of pieces) writePiece(memory, controller, piece, kib * 1024);
    memory.writeWord(DEMCR, 0);
    memory.writeWord(DHCSR, 0xa05f0000);
    memory.command([0xf2, 0x32], undefined, 2);
  } finally {
    if (!entered) memory.command([0xf2, 0x21]);
  }
}

/** Connects and catches the core at its reset vector. */
function halt(memory: TargetMemory): void {
  const connected = memory.command([0xf2, 0x30, 0xa3], undefined, 2)[0] === 0x80;
  if (!connected) throw new ProgrammingFailed("The interface firmware failed to reset/halt the target.");
  memory.writeWord(DHCSR, 0xa05f0003);
  memory.writeWord(DEMCR, 1);
  memory.command([0xf2, 0x32], undefined, 2);
  for (let poll = 0; poll < 100; poll++) if ((memory.readWord(DHCSR) & 0x20000) !== 0) return;
  throw new ProgrammingFailed("The interface firmware failed to reset/halt the target.");
}

function writePiece(memory: TargetMemory, controller: Controller, { address, data }: Piece, flashBytes: number): void {
  if (address < FLASH_BASE || address + data.length > FLASH_BASE + flashBytes) {
    throw new ProgrammingFailed("The program does not fit into the target's flash.");
  }
  const start = address - (address % controller.width);
  const padded = new Uint8Array(Math.ceil((address + data.length - start) / controller.width) * controller.width).fill(
    0xff,
  );
  padded.set(data, address - start);
  for (const key of KEYS) memory.writeWord(controller.key, key);
  try {
    controller.erase(memory, start, start + padded.length, flashBytes);
    memory.writeWord(controller.control, controller.program);
    for (let at = 0; at < padded.length; at += CHUNK) {
      const chunk = padded.subarray(at, at + CHUNK);
      memory.write(controller.width === 2 ? 0x48 : 0x08, start + at, chunk);
      memory.waitWhile(controller.status, controller.busy);
    }
    if ((memory.readWord(controller.status) & controller.errors) !== 0) {
      throw new ProgrammingFailed("The target's flash could not be programmed.");
    }
    for (let at = 0; at < padded.length; at += CHUNK) {
      const chunk = padded.subarray(at, at + CHUNK);
      const words = Math.ceil(chunk.length / 4) * 4;
      const there = memory.read(start + at, words).subarray(0, chunk.length);
      if (Buffer.compare(there, chunk) !== 0) throw new ProgrammingFailed("The target's flash holds other data.");
    }
  } finally {
    memory.writeWord(controller.control, controller.lock);
  }
}

function memoryCommand(command: number, address: number, length: number): number[] {
  const block = new Uint8Array(16);
  block.set([0xf2, command]);
  writeU32(block, 2, address);
  writeU16(block, 6, length);
  return [...block];
}
