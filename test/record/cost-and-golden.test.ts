import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readRecording } from "../../src/link/recording/reader.ts";
import { openSession } from "../../src/session/open-session.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";
import { firmware } from "../gdb/board-server.ts";
import { folder, probity } from "./bench.ts";

/** Connects, reads, writes, runs to a breakpoint; gives what went over the link and what time it took. */
async function costOf(file?: string): Promise<unknown> {
  const opened = await openSession({
    spec: parseProbeSpec(`sim:bluepill?pace=fast&elf=${encodeURIComponent(firmware("inspect"))}`),
    ...(file !== undefined && { record: { file, redact: false, command: [], tool: "test", note: () => {} } }),
    protocol: "swd",
    connect: "normal",
    ap: 0,
    verify: false,
    incremental: false,
    haltTimeout: 1000,
    log: () => {},
    note: () => {},
  });
  try {
    const { session, simulated, clock } = opened;
    await session.readMemory(0x08000000, 5000);
    await session.writeMemory(0x20000100, new Uint8Array(300).fill(7));
    await session.step();
    await session.resume();
    await clock.sleep(30);
    await session.halt();
    await session.registers();
    return { ...simulated?.account, now: clock.now() };
  } finally {
    await opened.session.close();
    opened.dispose();
  }
}

it("adds no transfer and no virtual time", async () => {
  const file = join(folder, "cost.rec");
  const [bare, recorded] = [await costOf(), await costOf(file)];
  expect(recorded).toEqual(bare);
  expect(readRecording(readFileSync(file)).exchanges.length).toBeGreaterThan(30);
});

const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}`, import.meta.url));

/**
 * Recordings and their pages that stand beside this file; `UPDATE_RECORDINGS=1 npx vitest run test/record` makes them
 * anew. Each was made by the words given here.
 */
const recordings: readonly (readonly [name: string, words: readonly string[]])[] = [
  ["read-protected", ["info", "--probe", "sim:bluepill?pace=fast&fault=rdp1"]],
  ["no-answer", ["info", "--probe", "sim:bluepill?pace=fast&fault=swdio-open"]],
  ["f469-read", ["read", "0x08000000", "64", "--probe", "sim:stm32469i-eval?pace=fast"]],
];

describe.each(recordings)("the recording %s", (name, words) => {
  const file = golden(`${name}.rec`);

  it("is inspected and replayed as when it was made", async () => {
    if (process.env.UPDATE_RECORDINGS === "1") {
      const made = await probity(...words, "--record", relative(process.cwd(), file));
      writeFileSync(golden(`${name}.run.txt`), `${made.status}\n${made.out}`);
      writeFileSync(golden(`${name}.txt`), (await probity("inspect", file)).out);
    }
    expect((await probity("inspect", file)).out).toBe(readFileSync(golden(`${name}.txt`), "utf8"));
    const replayed = await probity(...words.slice(0, words.indexOf("--probe")), "--probe", `replay:${file}`);
    expect(`${replayed.status}\n${replayed.out}`).toBe(readFileSync(golden(`${name}.run.txt`), "utf8"));
  });
});

it("names exchange, time and both commands where a replay diverges", async () => {
  const file = golden("f469-read.rec");
  const { err, status } = await probity("read", "0x08000100", "64", "--probe", `replay:${file}`);
  expect(status).toBe(1);
  expect(err).toMatch(/diverges from the recording at exchange \d+ \(\d+\.\d+ ms\)/);
  expect(err).toContain("[replay-diverged]");
  expect(err).toContain("0x08000000");
  expect(err).toContain("0x08000100");
});

it("answers leniently what was asked in another order, and says what it can't", async () => {
  const file = golden("f469-read.rec");
  const { out, status } = await probity("read", "0x08000000", "64", "--probe", `replay:${file}?lenient=1`);
  expect(status).toBe(0);
  expect(out).toContain("08000000");
  const info = await probity("read", "0x08000100", "64", "--probe", `replay:${file}?lenient=1`);
  expect(info.status).toBe(1);
  expect(info.err).toContain("[replay-unknown]");
  expect(info.err).toContain("0x08000100");
});
