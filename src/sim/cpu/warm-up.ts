import { Scheduler } from "../time/scheduler.ts";
import { CodeCache } from "./code-cache.ts";
import { BUS_FAULT, type CpuBus } from "./cpu.ts";
import { Engine } from "./execute.ts";
import { RareInstructions } from "./execute-rare.ts";
import { Memory } from "./memory.ts";
import { Decoded, listLength, Op, pack } from "./opcodes.ts";
import { CpuState } from "./state.ts";

const CODE = 0x0800_0000;
const RAM = 0x2000_0000;
const PERIPHERAL = 0x4000_0000;
const HALF_WORDS = 4096;
/** V8 begins to keep what it learns of a function only once that has run a while. */
const ROUNDS = 2;
const START = 2 ** 40 + 0.5;
/** For a program that goes round in a loop. */
const MOST_CYCLES = 3000;

let warm = false;

/**
 * Executes each instruction of the inner loop in each of its ways, once in a process. V8 compiles the loop on what it has
 * seen of it, and throws the whole away when an instruction comes that it has not; the firmware would run at a fiftieth
 * of the speed then, again and again, until it has met every instruction. Takes about a tenth of a second.
 */
export function warmUpInterpreter(): void {
  if (warm) return;
  warm = true;
  const bus: CpuBus = {
    windows: [
      { base: CODE, bytes: new Uint8Array(HALF_WORDS * 2), writable: false, flash: true },
      { base: RAM, bytes: new Uint8Array(HALF_WORDS * 2), writable: true, flash: false },
    ],
    flashBusyUntil: 0,
    read: (address) => (address >= PERIPHERAL ? 0x80 : BUS_FAULT),
    write: (address) => address >= PERIPHERAL,
  };
  const scheduler = new Scheduler(8_000_000);
  // Its numbers are as they are later: too great for small integers, and fractions.
  scheduler.cycles = START;
  scheduler.setHclk(72_000_000);
  const state = new CpuState();
  const privateBus = { read: () => 0, write: () => true };
  const memory = new Memory(bus, scheduler, state, privateBus);
  const cache = new CodeCache((address) => memory.fetch(address));
  const nothing = (): void => {};
  const rare = new RareInstructions(state, memory, {
    supervisorCall: nothing,
    waitForInterrupt: nothing,
    waitForEvent: nothing,
    sendEvent: nothing,
    masksChanged: nothing,
  });
  const engine = new Engine(scheduler, state, memory, cache, rare);
  memory.refreshWindows();
  engine.forgetWindows();
  memory.onWritten = (address, size) => cache.invalidate(address, size);
  const table = cache.tableAt(CODE, memory.windows)!;
  // Code in RAM, so that there are stores to it.
  cache.tableAt(RAM, memory.windows)!.marks[4] = 1;
  const values = [0, 1, 33, 255, 0x7fff_ffff, -0x8000_0000, -1, 0x1234_5678];
  for (let round = 0; round < ROUNDS; round++) {
    for (const words of programs()) {
      table.words.fill(0, 0, HALF_WORDS);
      table.words.set(words);
      for (let register = 0; register < 8; register++) {
        state.r[register] = values[(register + round) & 7];
      }
      state.r.set(
        [PERIPHERAL + 0x100, RAM + 0x200, RAM + 0x10, CODE + 0x100, PERIPHERAL + 1, RAM + 0x300, CODE + 1],
        8,
      );
      state.r[15] = 0;
      state.pc = CODE;
      state.it = 0;
      state.t = 1;
      scheduler.cycles = START;
      scheduler.setLimit(START + MOST_CYCLES);
      engine.retired = START;
      engine.run();
    }
  }
}

/** Registers of the programs below: addresses of a peripheral, of RAM, of RAM with code, of flash. */
const [OUTSIDE, DATA, CODED, CONSTANT, ODD, SP] = [8, 9, 10, 11, 12, 13];

/** Programs: one of everything that stays in the loop, and one for each way out. Each ends with a breakpoint at the latest. */
function* programs(): Generator<Int32Array> {
  // What V8 learns of the first runs is lost.
  for (let index = 0; index < 8; index++) yield program([Op.NOP]);
  yield program(...dataProcessing(), ...memoryAccesses(), ...branches());
  const list = 0b1_0101;
  for (const op of [Op.LDRD, Op.STRD, Op.LDM, Op.STM]) yield program([op, 1, ODD, listLength(list), list, 0, 2]);
  for (const base of [DATA, OUTSIDE]) {
    // The word loaded for PC is a place in the code, or is not.
    yield program([Op.STR, 14, DATA, 15, 0], [Op.LDM_PC, 0, base, 1, 0x8000]);
    yield program([Op.STR, 0, DATA, 15, 0], [Op.LDM_PC, 1, base, 1, 0x8000]);
  }
  for (const op of [Op.BX, Op.BLX]) for (const c of [0, CONSTANT, 14]) yield program([op, 0, 0, c]);
  for (const op of [Op.TBB, Op.TBH]) for (const base of [CONSTANT, DATA, OUTSIDE]) yield program([op, 0, base, 15]);
  yield program([Op.IT, 0, 0, 0, 0xe8], [Op.LDR, 0, ODD, 15, 2 ** 31]);
  for (const op of [Op.B_FAR, Op.UNDEFINED, Op.FPB_BREAK, Op.DWT_PC, Op.LEAVE, Op.UNDECODED]) yield program([op]);
}

function dataProcessing(): Line[] {
  const lines: Line[] = [];
  for (let op: number = Op.MOV_IMM; op <= Op.REVSH; op++) {
    if (op === Op.DP_SHIFT) continue;
    for (const s of [0, 1, 2, 31, 32]) lines.push([op, 0, 1, 2, 3, s], [op, 4, 5, 6, -7, s, 7]);
    // Operands that do not depend on what went before.
    lines.push([Op.MOV_IMM, 1, 0, 0, op * 0x2b_d5e7], [Op.MOV_IMM, 2, 0, 0, op % 40], [Op.MVN_REG, 5, 0, 1]);
  }
  for (const kind of [0, 1, 2, 3, 4, 5, 8, 10, 11, 13, 14]) {
    for (let type = 0; type < 4; type++) {
      lines.push([Op.DP_SHIFT, 0, 5, 6, (kind << 4) | 4 | type, 1]);
      lines.push([Op.DP_SHIFT, 0, 5, 6, (kind << 4) | 8 | type, type === 0 || type === 3 ? 0 : 32]);
    }
  }
  for (const op of [Op.CPS, Op.BARRIER, Op.MRS]) lines.push([op, 0, 0, 9]);
  return lines;
}

function memoryAccesses(): Line[] {
  const lines: Line[] = [];
  const places = [OUTSIDE, DATA, CODED, CONSTANT];
  for (let op: number = Op.LDR; op <= Op.STRH; op++) {
    for (const base of op >= Op.STR ? places.slice(0, 3) : places) lines.push([op, 0, base, 15, 0]);
  }
  for (let d = 0; d < 16; d++) {
    for (const base of (d & 7) >= 5 ? [OUTSIDE, DATA, CODED, SP] : [...places, SP]) {
      lines.push([Op.LS_WB, 0, base, 15, 4, 0, d], [Op.LS_WB, 0, base, 15, -4, 0, d]);
    }
  }
  for (const base of [DATA, CODED, OUTSIDE]) {
    for (const s of [0, 1, 2]) lines.push([Op.LDRD, 0, base, 0, 8, s, 1], [Op.STRD, 0, base, 0, -8, s, 1]);
    for (const s of [0, 1]) lines.push([Op.LDM, s, base, 3, 0b1_0101, s], [Op.STM, s, base, 3, 0b1_0101, 0]);
  }
  return lines;
}

/** Each branch with flags and registers of all kinds; taken, it goes over the line behind it. */
function branches(): Line[] {
  const lines: Line[] = [];
  for (let op: number = Op.B; op <= Op.BL; op++) {
    for (let register = 0; register < 6; register++) {
      lines.push([Op.MOV_IMM, register, 0, 0, (register - 3) * 0x3000_0000]);
      lines.push([register < 3 ? Op.CMP_REG : Op.ADDS_REG, 0, register, 5], [op, register, 0, 0, 2], [Op.NOP]);
    }
  }
  for (let condition = 0; condition < 16; condition++) {
    lines.push([Op.IT, 0, 0, 0, (condition << 4) | 4], [Op.ADDS_REG, 0, 1, 2], [Op.LDR, 0, DATA, 15, 0], [Op.NOP]);
  }
  return lines;
}

type Line = readonly [op: number, a?: number, b?: number, c?: number, imm?: number, s?: number, d?: number];

const scratch = new Decoded();

function program(...lines: readonly Line[]): Int32Array {
  const words = new Int32Array((lines.length + 2) * 2);
  for (const [index, line] of [...lines, [Op.BKPT] as const, [Op.BKPT] as const].entries()) {
    const [op, a, b, c, imm, s, d] = line;
    scratch.set(op, a, b, c, imm, s, d);
    words[index * 2] = pack(scratch, false);
    words[index * 2 + 1] = scratch.imm;
  }
  return words;
}
