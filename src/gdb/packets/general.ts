import { OK } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** `QStartNoAckMode`, `qOffsets`, `qSymbol`: small answers that need no target. */
export const general: PacketFamily = {
  names: ["QStartNoAckMode", "qOffsets", "qSymbol"],
  features: () => ["QStartNoAckMode+"],
  answer(packet, client) {
    switch (packet.name) {
      case "QStartNoAckMode":
        client.startNoAckMode();
        return OK;
      case "qOffsets":
        // What runs is where the linker put it.
        return "Text=0;Data=0;Bss=0";
      default:
        // We look up no symbols.
        return OK;
    }
  },
};
