import type { GdbClient } from "../gdb-client.ts";
import { hexText } from "../packet-encoder.ts";
import { OK } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** True for the ids that mean our only thread: 1, "any" (0) and "all" (-1), with or without a process before it. */
export function namesOurThread(id: string): boolean {
  return /^(p(0*1|0|-1)(\.|$))?(0*1|0|-1)?$/.test(id) && id !== "";
}

/** `H`, `T`, `qC` and the thread list: a bare core is one thread with number 1. */
export const threads: PacketFamily = {
  names: ["H", "T", "qC", "qfThreadInfo", "qsThreadInfo", "qThreadExtraInfo"],
  answer(packet, client) {
    switch (packet.name) {
      case "H":
        return namesOurThread(packet.argument.slice(1)) ? OK : "E16";
      case "T":
        return namesOurThread(packet.argument) && client.attached ? OK : "E16";
      case "qC":
        return "QC1";
      case "qfThreadInfo":
        return client.attached ? "m1" : "l";
      case "qsThreadInfo":
        return "l";
      default:
        return hexText(threadDescription(client));
    }
  },
};

/** What `info threads` shows beside the number. */
export function threadDescription(client: GdbClient): string {
  return `${client.session.chipName}, ${client.session.runState}`;
}
