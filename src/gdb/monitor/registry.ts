import type { GdbClient } from "../gdb-client.ts";
import { hexText } from "../packet-encoder.ts";
import { messageWithRemedy, OK, type Reply } from "../reply.ts";
import { readAp, readApEx, readMemAp, writeDp } from "./access-port.ts";
import type { MonitorCommand } from "./command.ts";
import { massErase, parallelism } from "./flash.ts";
import { halt } from "./halt.ts";
import { helpOf } from "./help.ts";
import { ledBlink } from "./led-blink.ts";
import { reset } from "./reset.ts";
import { swv } from "./swv.ts";

/** Every `monitor` command, in the order of `monitor help`. */
export const monitorCommands: readonly MonitorCommand[] = [
  helpOf(() => monitorCommands),
  reset,
  halt,
  massErase,
  parallelism,
  ledBlink,
  readApEx,
  readAp,
  readMemAp,
  writeDp,
  swv,
];

/** A refusal without a text: GDB says "Protocol error with Rcmd". */
const refused = "E01";

/** Runs what the user typed after `monitor`; its output goes to the debugger's console as it comes. */
export async function runMonitorCommand(line: string, client: GdbClient): Promise<Reply> {
  const words = line.split(/\s+/).filter((word) => word !== "");
  const command = monitorCommands.find(({ words: name }) => {
    const own = name.split(" ");
    return own.every((word, index) => words[index]?.toLowerCase() === word.toLowerCase());
  });
  if (command === undefined) {
    client.log("handlePacket", `Unknown monitor command '${line.slice(0, 80)}'; 'monitor help' lists them`, 2);
    return refused;
  }
  client.openConsole();
  try {
    const result = await command.run(words.slice(command.words.split(" ").length), client);
    if (result === "failed") return refused;
    return result === "done" ? OK : hexText(result.text);
  } catch (error) {
    client.console(`${messageWithRemedy(await client.explain(error))}\n`);
    return refused;
  } finally {
    client.closeConsole();
  }
}
