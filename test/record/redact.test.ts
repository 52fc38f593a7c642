import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { concat } from "../../src/base/bytes.ts";
import { readElf } from "../../src/formats/elf.ts";
import { readRecording } from "../../src/link/recording/reader.ts";
import { block, debug, group, u16, u32 } from "../../src/probe/stlink/commands.ts";
import { Redactor } from "../../src/probe/stlink/redact.ts";
import { firmware } from "../gdb/board-server.ts";
import { folder, probity } from "./bench.ts";

const bluepill = "sim:bluepill?pace=fast";

/** Everything that a recording carries, unpacked. */
function contentOf(file: string): Uint8Array {
  const { header, exchanges } = readRecording(readFileSync(file));
  const texts = new TextEncoder().encode(JSON.stringify([header, exchanges.map(({ error }) => error)]));
  return concat(...exchanges.flatMap(({ command, write, data }) => [command, write ?? new Uint8Array(), data]), texts);
}

/** How many stretches of 8 bytes of the program occur in `content`; stretches of few different bytes don't count. */
function stretchesIn(content: Uint8Array, program: Uint8Array): number {
  const text = Buffer.from(content).toString("latin1");
  let found = 0;
  for (let at = 0; at + 8 <= program.length; at += 4) {
    const stretch = program.subarray(at, at + 8);
    if (new Set(stretch).size >= 5 && text.includes(Buffer.from(stretch).toString("latin1"))) found++;
  }
  return found;
}

describe("--redact", () => {
  it("leaves none of the firmware's bytes in the file, nor the serial number, nor folders", async () => {
    const elf = firmware("inspect");
    const program = concat(...readElf(readFileSync(elf), elf).segments.map(({ data }) => data));
    const words = ["flash", elf, "--verify", "--probe", `${bluepill}&serial=A1B2C3D4E5F60718293A4B5C`];
    const [open, redacted] = [join(folder, "open.rec"), join(folder, "redacted.rec")];
    expect((await probity(...words, "--record", open)).status).toBe(0);
    expect((await probity(...words, "--record", redacted, "--redact")).status).toBe(0);
    expect(stretchesIn(contentOf(open), program)).toBeGreaterThan(300);
    expect(stretchesIn(contentOf(redacted), program)).toBe(0);
    const text = Buffer.from(contentOf(redacted)).toString("latin1");
    expect(text).not.toContain("A1B2C3D4E5F60718293A4B5C");
    const { header, exchanges } = readRecording(readFileSync(redacted));
    expect(header.redacted).toBe(true);
    expect(exchanges).toHaveLength(readRecording(readFileSync(open)).exchanges.length);
    const page = await probity("inspect", redacted);
    expect(page.out).toContain("(a hash of it)");
    expect(page.out).toContain("what memories hold was left out");
    // What tells of chip and core stays.
    expect(page.out).toMatch(/read DBGMCU_IDCODE \(0xe0042000\)[\s\S]*DBGMCU_IDCODE = 0x20036410/);
    expect(page.out).toContain("CPUID = 0x411fc231");
  });

  it("leaves a recording playable where nothing hangs on what memories hold", async () => {
    const file = join(folder, "info.rec");
    const live = await probity("info", "--probe", bluepill, "--record", file, "--redact");
    expect(live.status).toBe(0);
    const { exchanges } = readRecording(readFileSync(file));
    expect(exchanges.some(({ redacted }) => redacted)).toBe(true);
    const again = await probity("info", "--probe", `replay:${file}`);
    expect(again.status).toBe(0);
    expect(again.out).toContain("DEV_ID 0x410");
  });

  it("wants --record", async () => {
    const { err, status } = await probity("info", "--probe", bluepill, "--redact");
    expect([status, err]).toEqual([1, expect.stringContaining("--record")]);
  });

  const ask = (command: Uint8Array, write?: Uint8Array, data = new Uint8Array(8).fill(0x5a)) => ({
    kind: "transfer" as const,
    command,
    write,
    readLength: data.length,
    started: 0,
    ended: 0,
    data,
  });
  const ones = Uint8Array.of(1, 2, 3, 4);

  it.each([
    ["flash", 0x08000000, true],
    ["RAM", 0x20000000, true],
    ["CCM", 0x10000000, true],
    ["external memory", 0x90000000, true],
    ["address 0", 0, true],
    ["a peripheral", 0x40022010, false],
    ["a debug register", 0xe000edf0, false],
    ["an option byte", 0x1ffff800, false],
  ])("hides the contents of %s: %s", (_, address, hidden) => {
    const redactor = new Redactor();
    const read = redactor.exchange(ask(block(group.debug, debug.readMem32, ...u32(address), ...u16(4))));
    expect(read.data.every((byte) => byte === 0)).toBe(hidden);
    const written = redactor.exchange(ask(block(group.debug, debug.writeMem8, ...u32(address), ...u16(4)), ones));
    expect(written.write?.every((byte) => byte === 0)).toBe(hidden);
    const word = redactor.exchange(ask(block(group.debug, debug.readDebugReg, ...u32(address))));
    expect(word.data.subarray(4).every((byte) => byte === 0)).toBe(hidden);
    expect(word.data[0]).toBe(0x5a);
    const put = redactor.exchange(ask(block(group.debug, debug.writeDebugReg, ...u32(address), 1, 2, 3, 4)));
    expect(put.command.subarray(6, 10).every((byte) => byte === 0)).toBe(hidden);
  });

  it("hides what comes from the trace endpoint", () => {
    const bytes = new Uint8Array(8).fill(0x5a);
    const trace = new Redactor().exchange({ ...ask(new Uint8Array(), undefined, bytes), kind: "trace" as const });
    expect([...trace.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("follows TAR, and the lists of RW_MISC", () => {
    const redactor = new Redactor();
    const drw = block(group.debug, debug.readDapReg, 0, 0, 0x0c, 0);
    expect(redactor.exchange(ask(drw)).data[4]).toBe(0);
    redactor.exchange(ask(block(group.debug, debug.writeDapReg, 0, 0, 4, 0, ...u32(0xe000edf0))));
    expect(redactor.exchange(ask(drw)).data[4]).toBe(0x5a);
    redactor.exchange(ask(block(group.debug, debug.writeDapReg, 0, 0, 4, 0, ...u32(0x20000000))));
    expect(redactor.exchange(ask(drw)).data[4]).toBe(0);
    const words = [0x20000000, 0x11223344, 0x40021000, 0x55667788].flatMap(u32);
    const list = redactor.exchange(ask(block(group.debug, debug.rwMiscOut, 4), Uint8Array.of(1, 2, 1, 2, ...words)));
    expect([...(list.write ?? [])].slice(8, 12)).toEqual([0, 0, 0, 0]);
    expect([...(list.write ?? [])].slice(16)).toEqual(u32(0x55667788));
    redactor.exchange(
      ask(block(group.debug, debug.rwMiscOut, 2), Uint8Array.of(3, 3, 0, 0, ...u32(0x20000000), ...u32(0xe000ed00))),
    );
    const values = redactor.exchange(ask(block(group.debug, debug.rwMiscIn), undefined, new Uint8Array(16).fill(0x5a)));
    expect([...values.data].slice(0, 8)).toEqual([0, 0, 0, 0, 0x5a, 0x5a, 0x5a, 0x5a]);
  });
});
