import { readU32 } from "../../base/bytes.ts";
import type { GdbClient } from "../gdb-client.ts";
import type { Packet } from "../packet.ts";
import { parseHex } from "../packet.ts";
import {
  type GdbRegister,
  registerByNumber,
  registerFromHex,
  registerHex,
  registerTable,
  unavailableRegister,
} from "../register-table.ts";
import { MalformedPacket, OK, type Reply } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** DWT_PCSR: where the core is, readable while it runs (ARMv7-M C1.8.5). All ones when there is nothing to tell. */
const DWT_PCSR = 0xe000_101c;

/** Without values for these GDB 13 knows no frame, and without a frame it does not carry out an assignment. */
const stackPointers: ReadonlySet<string> = new Set(["sp", "msp", "psp"]);

/**
 * `g`, `G`, `p`, `P`: registers. Those of a running core read as unavailable, but for the
 * PC, without which GDB does not connect, so that a debugger that joins gets a sample of it, and the stack pointers,
 * which read 0.
 */
export const registers: PacketFamily = {
  names: ["g", "G", "p", "P"],
  async answer(packet, client) {
    switch (packet.name) {
      case "g":
        return packet.argument === "" ? readAll(client) : "";
      case "G":
        return writeAll(packet.argument, client);
      case "p":
        return readOne(parseHex(packet.argument), client);
      default:
        return writeOne(packet, client);
    }
  },
};

async function whileRunning(register: GdbRegister, client: GdbClient): Promise<string> {
  if (stackPointers.has(register.name)) return registerHex(0);
  if (register.name !== "pc") return unavailableRegister;
  const sample = await client.session.readMemory(DWT_PCSR, 4).catch(() => undefined);
  const pc = sample === undefined ? 0 : readU32(sample, 0);
  return registerHex(pc === 0xffff_ffff ? 0 : pc);
}

async function readAll(client: GdbClient): Promise<Reply> {
  if (client.session.runState === "running") {
    return (await Promise.all(registerTable.map((register) => whileRunning(register, client)))).join("");
  }
  const all = await client.session.registers();
  return registerTable.map((register) => registerHex(register.value(all))).join("");
}

/**
 * Writes the registers that differ from what they are. The stack pointer is there twice, as SP and as MSP or PSP: a
 * debugger that changes one sends the other with its old value, which must not undo the change.
 */
async function writeAll(text: string, client: GdbClient): Promise<Reply> {
  if (text.length !== registerTable.length * 8) throw new MalformedPacket("wrong number of registers");
  const values = registerTable.map((_, index) => {
    const digits = text.slice(index * 8, index * 8 + 8);
    const value = registerFromHex(digits);
    if (value === undefined && digits !== unavailableRegister) throw new MalformedPacket("not register values");
    return value;
  });
  const before = await client.session.registers();
  for (const [index, register] of registerTable.entries()) {
    const value = values[index];
    if (value !== undefined && value !== register.value(before) >>> 0) {
      await client.session.writeRegister(register.name, value);
    }
  }
  return OK;
}

async function readOne(number: number, client: GdbClient): Promise<Reply> {
  const register = registerByNumber(number);
  if (register === undefined) throw new MalformedPacket("no such register");
  if (client.session.runState === "running") return whileRunning(register, client);
  return registerHex(await client.session.readRegister(register.name));
}

async function writeOne(packet: Packet, client: GdbClient): Promise<Reply> {
  const [number, digits, ...rest] = packet.argument.split("=");
  const register = registerByNumber(parseHex(number));
  const value = registerFromHex(digits ?? "");
  if (register === undefined || value === undefined || rest.length > 0) throw new MalformedPacket("not number=value");
  await client.session.writeRegister(register.name, value);
  return OK;
}
