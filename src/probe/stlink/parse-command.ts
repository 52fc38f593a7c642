import { readU16, readU32 } from "../../base/bytes.ts";
import { debug, group, miscItem } from "./commands.ts";
import type { Width } from "./memory-access.ts";

/** One item of RW_MISC. */
export interface MiscItem {
  readonly opcode: number;
  readonly argument: number;
}

/** What a command block asks for. Addresses, values and lengths as in the block, checked by nobody. */
export type ParsedCommand =
  | {
      readonly kind: "memory";
      readonly direction: "read" | "write";
      readonly width: Width;
      readonly address: number;
      readonly length: number;
      readonly ap: number;
      /** CSW[31:8] that the host wants; 0 is the probe's default. */
      readonly csw: number;
      /** Every word goes to, or comes from, the same address. */
      readonly sameAddress: boolean;
    }
  | {
      readonly kind: "debug-word";
      readonly direction: "read" | "write";
      readonly address: number;
      readonly value: number;
      readonly ap: number;
    }
  | {
      readonly kind: "dap-register";
      readonly direction: "read" | "write";
      readonly port: number;
      readonly register: number;
      readonly value: number;
    }
  | {
      readonly kind: "core-register";
      readonly direction: "read" | "write";
      readonly register: number;
      readonly value: number;
      readonly ap: number;
    }
  | { readonly kind: "misc"; readonly items: readonly MiscItem[] }
  /** Leaves probe and target as they are. */
  | { readonly kind: "question" }
  | { readonly kind: "other" };

const memoryCommands: ReadonlyMap<number, readonly ["read" | "write", Width, boolean]> = new Map([
  [debug.readMem32, ["read", 32, false]],
  [debug.writeMem32, ["write", 32, false]],
  [debug.readMem8, ["read", 8, false]],
  [debug.writeMem8, ["write", 8, false]],
  [debug.readMem16, ["read", 16, false]],
  [debug.writeMem16, ["write", 16, false]],
  [debug.writeMem32NoIncrement, ["write", 32, true]],
  [debug.readMem32NoIncrement, ["read", 32, true]],
]);

const questions: ReadonlySet<number> = new Set([
  debug.readCoreId,
  debug.readIdcodes,
  debug.readAllRegs,
  debug.getLastRwStatus,
  debug.getLastRwStatus2,
  debug.getTraceNb,
  debug.rwMiscIn,
  debug.rwMiscGetMax,
  debug.getBoardIdentifiers,
  debug.getComFreq,
]);

/** The parts of a 16-byte command block; `write` is the data that goes with it. */
export function parseCommand(command: Uint8Array, write: Uint8Array | undefined): ParsedCommand {
  const [first, sub] = command;
  if (first !== group.debug) {
    const asks = [group.getVersion, group.getCurrentMode, group.getTargetVoltage, group.getVersionEx] as number[];
    return { kind: asks.includes(first) ? "question" : "other" };
  }
  const memory = memoryCommands.get(sub);
  if (memory !== undefined) {
    const [direction, width, sameAddress] = memory;
    const csw = (command[9] | (command[10] << 8) | (command[11] << 16)) * 0x100;
    const place = { address: readU32(command, 2), length: readU16(command, 6), ap: command[8], csw: csw >>> 0 };
    return { kind: "memory", direction, width, sameAddress, ...place };
  }
  switch (sub) {
    case debug.readDebugReg:
      return { kind: "debug-word", direction: "read", address: readU32(command, 2), value: 0, ap: command[6] };
    case debug.writeDebugReg:
      return {
        kind: "debug-word",
        direction: "write",
        address: readU32(command, 2),
        value: readU32(command, 6),
        ap: command[10],
      };
    case debug.readDapReg:
    case debug.writeDapReg:
      return {
        kind: "dap-register",
        direction: sub === debug.readDapReg ? "read" : "write",
        port: readU16(command, 2),
        register: readU16(command, 4),
        value: readU32(command, 6),
      };
    case debug.readReg:
      return { kind: "core-register", direction: "read", register: command[2], value: 0, ap: command[3] };
    case debug.writeReg:
      return {
        kind: "core-register",
        direction: "write",
        register: command[2],
        value: readU32(command, 3),
        ap: command[7],
      };
    case debug.rwMiscOut:
      return { kind: "misc", items: miscItems(readU32(command, 2), write ?? new Uint8Array()) };
  }
  return { kind: questions.has(sub) ? "question" : "other" };
}

/** True for a command that leaves probe and target as they are; a read of a register that reading changes counts. */
export function isReadingCommand(command: Uint8Array, write: Uint8Array | undefined): boolean {
  const parsed = parseCommand(command, write);
  if (parsed.kind === "question") return true;
  if (parsed.kind === "misc") return !parsed.items.some(({ opcode }) => opcode === miscItem.write);
  return parsed.kind !== "other" && parsed.direction === "read";
}

/** The items of RW_MISC: opcodes, padded to words, then a word for each. */
function miscItems(count: number, bytes: Uint8Array): MiscItem[] {
  const items: MiscItem[] = [];
  const start = miscArguments(count);
  for (let i = 0; i < count && start + 4 * i + 4 <= bytes.length; i++) {
    items.push({ opcode: bytes[i], argument: readU32(bytes, start + 4 * i) });
  }
  return items;
}

/** Offset of the arguments in the data of RW_MISC. */
export function miscArguments(count: number): number {
  return 4 * Math.ceil(count / 4);
}
