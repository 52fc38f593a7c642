import { describe, expect, it } from "vitest";
import { toHex } from "../src/base/bytes.ts";
import { createBoard } from "../src/sim/boards/boards.ts";
import { virtualProbeIdentity } from "../src/sim/probe/identity.ts";
import { type LinkAccount, SimulatedProbe } from "../src/sim/simulated-probe.ts";
import { countingProgram, FLASH } from "./openocd/bench.ts";
import { bytes } from "./stlink-host.ts";

interface Outcome {
  readonly replies: readonly string[];
  readonly account: LinkAccount;
  readonly nanoseconds: number;
  readonly retired: number;
  readonly registers: readonly number[];
}

/** Commands with the length of their reply, or milliseconds of sleep. */
const script: readonly (readonly [block: string, readLength: number] | number)[] = [
  ["F1", 6],
  ["F2 43 03 00", 2],
  ["F2 30 A3", 2],
  3,
  ["F2 07 00 00 00 08 00 04", 1024],
  ["F2 3E", 12],
  ["F2 3C 02", 2],
  0.7,
  ["F2 36 F0 ED 00 E0", 8],
  ["F2 35 F0 ED 00 E0 03 00 5F A0", 2],
  ["F2 3A", 88],
  ["F2 35 F0 ED 00 E0 01 00 5F A0", 2],
  11,
  ["F2 07 00 00 00 30 10 00", 16],
  ["F2 3E", 12],
  ["F2 32", 2],
  ["F2 21", 0],
];

async function run(): Promise<Outcome> {
  const { chip } = createBoard("bluepill", { flash: [{ address: FLASH, data: countingProgram(0x400) }] });
  const probe = new SimulatedProbe({ identity: virtualProbeIdentity("v2-1"), target: chip });
  const link = probe.asLink();
  const replies: string[] = [];
  for (const step of script) {
    if (typeof step === "number") {
      await link.clock.sleep(step);
      continue;
    }
    const block = new Uint8Array(16);
    block.set(bytes(step[0]));
    replies.push(toHex(await link.transfer(block, undefined, step[1])));
  }
  const { r, xpsr } = chip.cpu.registers();
  return {
    replies,
    account: probe.account,
    nanoseconds: chip.nanoseconds,
    retired: chip.cpu.retired,
    registers: [...r, xpsr],
  };
}

describe("the virtual hardware", () => {
  it("does the same in the same time whenever it is given the same commands", async () => {
    const first = await run();
    expect(first.retired).toBeGreaterThan(50_000);
    expect(first.account.transfers).toBe(script.filter((step) => typeof step !== "number").length);
    for (let round = 0; round < 3; round++) expect(await run()).toEqual(first);
  });
});
