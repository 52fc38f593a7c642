import { type MonitorCommand, type MonitorResult, parseNumber, upperHex } from "./command.ts";

/**
 * The commands with which an IDE looks whether it talks to an ST device: reads of the access port's BASE register, from
 * which it finds the ROM table. Replies are in the wording that it expects, as the last text of the reply.
 */
export const readApEx: MonitorCommand = {
  words: "ReadAPEx",
  usage: "<ap> <register>",
  help: "Read a register of an access port by its address, such as ReadAPEx 0x0 0xF8",
  async run(args, client): Promise<MonitorResult> {
    const ap = parseNumber(args[0]);
    const register = parseNumber(args[1]);
    if (args.length !== 2 || ap === undefined || ap > 255 || register === undefined || register > 0xff) {
      client.console("Usage: ReadAPEx <ap> <register>\n");
      return "failed";
    }
    return { text: `O.K.:${upperHex(await client.session.readAp(ap, register & 0xfc))}\n` };
  },
};

/** The number counts words within the bank that DP SELECT names: 2 with SELECT 0xF0 is 0xF8 (ARM IHI 0031, SELECT). */
export const readAp: MonitorCommand = {
  words: "ReadAP",
  usage: "<register>",
  help: "Read a register of the access port and bank that WriteDP 0x2 has selected",
  async run(args, client): Promise<MonitorResult> {
    const index = parseNumber(args[0]);
    if (args.length !== 1 || index === undefined || index > 3) {
      client.console("Usage: ReadAP <register 0 to 3>\n");
      return "failed";
    }
    const register = (client.dpSelect & 0xf0) | (index * 4);
    return { text: `O.K.:${upperHex(await client.session.readAp(client.dpSelect >>> 24, register))}\n` };
  },
};

/** SELECT (number 2) is kept here and not written: every access of the probe sets it anew. */
export const writeDp: MonitorCommand = {
  words: "WriteDP",
  usage: "<register> <value>",
  help: "Write a debug port register by its number; number 2 selects the bank for ReadAP",
  async run(args, client): Promise<MonitorResult> {
    const index = parseNumber(args[0]);
    const value = parseNumber(args[1]);
    if (args.length !== 2 || index === undefined || index > 3 || value === undefined) {
      client.console("Usage: WriteDP <register 0 to 3> <value>\n");
      return "failed";
    }
    if (index === 2) client.dpSelect = value;
    else await client.session.writeDp(index * 4, value);
    return { text: "O.K.\n" };
  },
};

export const readMemAp: MonitorCommand = {
  words: "ReadMemAP",
  usage: "[<ap>] <address>",
  help: "Read a word of memory through access port 0",
  async run(args, client): Promise<MonitorResult> {
    const numbers = args.map(parseNumber);
    const address = numbers.at(-1);
    const ap = numbers.length === 2 ? numbers[0] : 0;
    if (numbers.length < 1 || numbers.length > 2 || ap !== 0 || address === undefined || address % 4 !== 0) {
      client.console("Usage: ReadMemAP [0] <word address>\n");
      return "failed";
    }
    const bytes = await client.session.readMemory(address, 4);
    return { text: `O.K.:${upperHex(Buffer.from(bytes).readUInt32LE(0))}\n` };
  },
};
