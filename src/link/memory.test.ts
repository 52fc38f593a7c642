import { expect, it } from "vitest";
import { type MemoryEndpoint, memoryLink } from "./memory.ts";

it("pads commands, keeps their order and cuts answers", async () => {
  const seen: string[] = [];
  const endpoint: MemoryEndpoint = {
    info: { name: "test", vendorId: 0x0483, productId: 0x3748, serial: "0".repeat(24) },
    clock: { now: () => 0, sleep: async () => {} },
    execute: async (command, write, readLength) => {
      seen.push(`${command.length}:${command[0].toString(16)}:${write?.length ?? 0}:${readLength}`);
      await new Promise((resolve) => setTimeout(resolve, command[0] === 0xf1 ? 5 : 0));
      seen.push(`end ${command[0].toString(16)}`);
      return new Uint8Array(8);
    },
  };
  const link = memoryLink(endpoint);
  const [a, b, trace] = await Promise.all([
    link.transfer(Uint8Array.of(0xf1), undefined, 6),
    link.transfer(Uint8Array.of(0xf2, 8), new Uint8Array(4)),
    link.readTrace(4),
  ]);
  expect([a.length, b.length, trace.length]).toEqual([6, 0, 0]);
  expect(seen).toEqual(["16:f1:0:6", "end f1", "16:f2:4:0", "end f2"]);
});
