import { describe, expect, it } from "vitest";
import { readU16, readU32, writeU16, writeU32 } from "../src/base/bytes.ts";
import { createBoard } from "../src/sim/boards/boards.ts";
import { commandTable } from "../src/sim/probe/command-table.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "../src/sim/probe/identity.ts";
import { ProbeFirmware } from "../src/sim/probe/probe-firmware.ts";
import { countingProgram, FLASH } from "./openocd/bench.ts";
import { StLinkHost } from "./stlink-host.ts";

const COMMANDS = 100_000;
const seed = Number(process.env.PROBITY_FUZZ_SEED ?? 20_071);

/** xorshift32: the same commands for the same seed. */
function generator(start: number): (below: number) => number {
  let state = start >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const places = [
  0x20000000,
  0x20004ff0,
  FLASH,
  0,
  0x40022000,
  0x40021000,
  0x40010000,
  0xe000ed00,
  0xe000edf0,
  0xe0002000,
];

/** A block that is anything from noise to nearly right. */
function randomBlock(random: (below: number) => number): Uint8Array {
  const block = Uint8Array.from({ length: 16 }, () => random(256));
  if (random(8) === 0) return block.subarray(0, random(17));
  const { group, sub } = commandTable[random(commandTable.length)];
  block[0] = group;
  if (sub !== undefined) block[1] = sub;
  if (random(4) !== 0) writeU32(block, 2, places[random(places.length)] + random(64) * (random(4) === 0 ? 1 : 4));
  if (random(4) !== 0) writeU16(block, 6, random(300) * (random(4) === 0 ? 1 : 4));
  if (random(2) === 0) block.fill(0, 8);
  if (random(3) === 0) block.set([random(2) * 0xff, random(2) * 0xff], 2);
  if (group === 0xf2 && sub === 0x51) writeU32(block, 2, random(80));
  return block;
}

describe("random ST-LINK commands", () => {
  for (const kind of ["v2", "v3"] satisfies VirtualProbeKind[]) {
    it(`kill neither a ${kind} nor the board behind it (${COMMANDS / 2} commands, seed ${seed})`, () => {
      const random = generator(seed + (kind === "v3" ? 1 : 0));
      const { chip } = createBoard("bluepill", { flash: [{ address: FLASH, data: countingProgram(0x400) }] });
      const firmware = new ProbeFirmware(virtualProbeIdentity(kind), chip);
      const host = new StLinkHost(firmware);
      let answered = 0;
      for (let count = 0; count < COMMANDS / 2; count++) {
        const block = randomBlock(random);
        const data = random(3) === 0 ? Uint8Array.from({ length: random(600) }, () => random(6)) : undefined;
        const readLength = random(16) === 0 ? random(7000) : random(140);
        const reply = firmware.command(block, data, readLength);
        if (reply.length !== readLength) expect.fail(`command ${count}: ${reply.length} bytes for ${readLength}`);
        if (readLength > 0 && reply[0] === 0x80) answered++;
        if (random(4) === 0) chip.advance(random(50_000));
        // Most commands need debug mode: go back to it now and then.
        if (random(20) === 0) enterUnderReset(host);
      }
      expect(answered).toBeGreaterThan(1000); // not all was refused
      expectNormalSession(host);
    });
  }
});

/** The way in that works whatever state the probe and the chip are in. */
function enterUnderReset(host: StLinkHost): void {
  host.send("F3 07");
  host.send("F4 01");
  host.send("F2 21");
  host.status("F2 3C 00");
  host.status("F2 30 A3");
  host.status("F2 3C 01");
}

function expectNormalSession(host: StLinkHost): void {
  enterUnderReset(host);
  expect(host.ask("F5", 2)).toBe("0200");
  expect(host.word(0xe000ed00)).toBe(0x411fc231);
  expect(host.status("F2 35 F0 ED 00 E0 03 00 5F A0")).toBe(0x80);
  expect(host.value("F2 36 F0 ED 00 E0").value & (1 << 17)).not.toBe(0);
  host.write("08", 0x20000100, Uint8Array.of(1, 2, 3, 4));
  expect(readU32(host.read("07", 0x20000100, 4), 0)).toBe(0x04030201);
  expect(readU16(host.send("F2 34 00 78 56 34 12 00", 2), 0)).toBe(0x80);
  expect(host.value("F2 33 00")).toEqual({ status: 0x80, value: 0x12345678 });
}
