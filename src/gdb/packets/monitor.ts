import { runMonitorCommand } from "../monitor/registry.ts";
import { parseBytes } from "../packet.ts";
import type { PacketFamily } from "./family.ts";

/** `qRcmd`: the `monitor` command. Output is sent while the command runs, as `O` packets. */
export const monitor: PacketFamily = {
  names: ["qRcmd,"],
  answer(packet, client) {
    const text = Buffer.from(parseBytes(packet.argument)).toString("utf8");
    return runMonitorCommand(text.trim(), client);
  },
};
