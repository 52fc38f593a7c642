import { readU32 } from "../../base/bytes.ts";
import type { ProbeIdentity } from "../probe.ts";
import type { AccessPorts } from "./access-ports.ts";
import type { Channel } from "./channel.ts";
import { block, debug, dpPort, group, u16, u32 } from "./commands.ts";
import { hasFeature } from "./features.ts";
import { firmwareTooOld } from "./firmware-too-old.ts";
import type { StatusContext } from "./status.ts";

/** DP registers and bits (ADIv5 2.3). */
const dpAbort = 0x0;
const dpCtrlStat = 0x4;
const dpRdbuff = 0xc;
const abortClearAll = 0x1e;

type Context = Omit<StatusContext, "protocol">;

export interface DapRegistersParts {
  readonly channel: Channel;
  readonly identity: ProbeIdentity;
  readonly accessPorts: AccessPorts;
  /** A command whose reply of `length` bytes begins with a status; a failure is put right where that is possible. */
  readonly command: (command: Uint8Array, length: number, context: Context) => Promise<Uint8Array>;
}

/** The registers of the debug port and of access ports, by the commands that name them. */
export class DapRegisters {
  readonly #parts: DapRegistersParts;

  constructor(parts: DapRegistersParts) {
    this.#parts = parts;
  }

  async readDp(register: number): Promise<number> {
    const { channel, identity } = this.#parts;
    const hasBanks = hasFeature(identity, "dpBanks");
    if ((register & 0xf0) !== 0 && !hasBanks)
      throw firmwareTooOld(identity, "dpBanks", `DP register 0x${register.toString(16)}`);
    const value = await this.#read(dpPort, register);
    // Over JTAG, firmware before DP banks answers with the value of the read before.
    const delayed = channel.protocol === "jtag" && !hasBanks;
    return delayed && register !== dpRdbuff ? this.#read(dpPort, dpRdbuff) : value;
  }

  writeDp(register: number, value: number): Promise<void> {
    return this.#write(dpPort, register, value);
  }

  async readAp(ap: number, register: number): Promise<number> {
    // IDR can be read of any access port, even one that doesn't exist.
    if (register !== 0xfc) await this.#parts.accessPorts.ensure(ap);
    return this.#read(ap, register);
  }

  async writeAp(ap: number, register: number, value: number): Promise<void> {
    await this.#parts.accessPorts.ensure(ap);
    await this.#write(ap, register, value);
  }

  /** SW-DP: ABORT; JTAG-DP: the flags in CTRL/STAT are cleared by writing ones to them (ADIv5 2.3.2). */
  async clearSticky(): Promise<void> {
    if (this.#parts.channel.protocol === "swd") {
      await this.writeDp(dpAbort, abortClearAll);
    } else {
      const state = await this.readDp(dpCtrlStat);
      await this.writeDp(dpCtrlStat, state);
    }
  }

  async #read(port: number, register: number): Promise<number> {
    const command = block(group.debug, debug.readDapReg, ...u16(port), ...u16(register));
    return readU32(await this.#parts.command(command, 8, contextOf("reading", port, register)), 4);
  }

  /** The firmware answers before an AP write has ended: read RDBUFF before looking at CTRL/STAT. */
  async #write(port: number, register: number, value: number): Promise<void> {
    const command = block(group.debug, debug.writeDapReg, ...u16(port), ...u16(register), ...u32(value));
    await this.#parts.channel.check(command, 2, contextOf("writing", port, register));
  }
}

function contextOf(verb: string, port: number, register: number): Context {
  const name = `0x${register.toString(16).padStart(2, "0")}`;
  const which = port === dpPort ? `DP register ${name}` : `register ${name} of access port ${port}`;
  return { doing: `${verb} ${which}`, facts: { register, ...(port === dpPort ? {} : { ap: port }) } };
}
