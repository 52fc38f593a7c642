import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explainLog, explainStream } from "../../src/diagnose/logs/explain-log.ts";
import { cpuTime } from "../support/cpu-time.ts";
import { healthy, scenarios } from "./scenarios.ts";
import { bluePill } from "./st-logs.ts";

/** A generator of numbers that is the same in every run (xorshift32). */
function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const logs = [...scenarios, ...healthy].map(({ log, session }) => Buffer.from(log(session).join("\n")));

/** Bytes changed, cut, doubled, moved, and pieces of other logs put in. */
function mutated(bytes: Buffer, random: (below: number) => number): Buffer {
  let out = Buffer.from(bytes);
  for (let times = 1 + random(6); times > 0; times--) {
    const at = random(out.length + 1);
    const length = random(80);
    const other = logs[random(logs.length)];
    const from = random(other.length);
    switch (random(7)) {
      case 0:
        for (let i = 0; i < 8 && out.length > 0; i++) out[random(out.length)] = random(256);
        break;
      case 1:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
        break;
      case 2:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
        break;
      case 3:
        out = Buffer.concat([out.subarray(0, at), other.subarray(from, from + 400), out.subarray(at)]);
        break;
      case 4:
        out = Buffer.concat([out.subarray(at), out.subarray(0, at)]);
        break;
      case 5:
        out = Buffer.from(
          out.toString("latin1").replace(/\n/g, [" ", "\r", "\n\n", "<br>", "\0"][random(5)]),
          "latin1",
        );
        break;
      case 6:
        out = Buffer.concat([out.subarray(0, at), Buffer.alloc(random(6000), random(256)), out.subarray(at)]);
    }
  }
  return out;
}

/** What a log takes of the processor, in milliseconds. */
function cost(bytes: Buffer): number {
  const started = cpuTime();
  explainLog(bytes);
  return cpuTime() - started;
}

describe("mutated logs", () => {
  it("10,000 of them are explained without an error, each in well under a second", () => {
    const random = generator(20_240_501);
    let slowest = 0;
    for (let i = 0; i < 10_000; i++) {
      const bytes = mutated(logs[i % logs.length], random);
      const started = performance.now();
      const { findings } = explainLog(bytes);
      // Less by the clock is less of the processor, which takes longer to ask.
      if (performance.now() - started > 200) slowest = Math.max(slowest, cost(bytes));
      for (const { cause, certainty, evidence } of findings) {
        if (cause === "" || evidence === undefined || certainty === undefined) throw new Error(`mutation ${i}`);
        if (/\{\w+\}|undefined|NaN/.test(cause)) throw new Error(`mutation ${i}: ${cause}`);
      }
    }
    expect(slowest).toBeLessThan(1000);
  }, 240_000);

  it("made of what patterns nearly match take no time", () => {
    const nearly = ["Error: ", "0x", "ST-LINK ", "&amp;", "\x1b[", "\t ", "[0.0", "> ", "a/b\\", "Device ID", '"'];
    for (const piece of nearly) {
      const started = cpuTime();
      explainLog(Buffer.from(`STMicroelectronics ST-LINK GDB server. Version 5.3.2\n${piece.repeat(60_000)}\n`));
      explainLog(Buffer.from(`${piece.repeat(50)}\n`.repeat(2000)));
      expect(cpuTime() - started, piece).toBeLessThan(4000);
    }
  }, 120_000);
});

describe("a log of 50 MB", () => {
  const size = 50 * 1024 * 1024;
  const random = generator(7);
  const hex = (): string => random(0xffffffff).toString(16);
  const contents: readonly (readonly [string, (i: number) => string])[] = [
    ["of one session again and again", (i) => logs[i % 3].toString()],
    [
      "of a server's trace",
      (i) =>
        `[${i}.123] read():  <752> Rx: $m${hex()},20#${hex()}\n[${i}.124] handlePacket():  Reading 0x20 bytes of memory from addr 0x${hex()}`,
    ],
    [
      "of status lines that all differ",
      (i) =>
        `[${i}.001] Device_GetStatus():  ST-LINK device status: HALT_MODE ${i}\nPC: 0x${hex()}\nTarget is not responding, retrying... ${i}`,
    ],
    ["of noise", () => `${hex()} ${hex()} ${hex()} ${hex()} ${hex()} ${hex()} ${hex()}`],
  ];

  it.each(contents)(
    "%s is explained in bounded time and memory",
    async (_, piece) => {
      const folder = mkdtempSync(join(tmpdir(), "probity-explain-"));
      const file = join(folder, "long.log");
      try {
        const descriptor = openSync(file, "w");
        writeSync(descriptor, scenarios[0].log(bluePill).join("\n"));
        for (let written = 0, i = 0; written < size; ) {
          const lines: string[] = [];
          for (let n = 0; n < 500; n++) lines.push(piece(i++));
          written += writeSync(descriptor, `\n${lines.join("\n")}`);
        }
        closeSync(descriptor);
        const before = process.memoryUsage();
        const started = cpuTime();
        const { tools, facts } = await explainStream(createReadStream(file, { highWaterMark: 0x40000 }));
        const took = cpuTime() - started;
        const after = process.memoryUsage();
        expect(tools.length).toBeGreaterThan(0);
        expect(facts.length).toBeLessThan(30_000);
        // A machine that runs other tests besides: ten times what it takes alone.
        expect(took).toBeLessThan(20_000);
        expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(300 * 1024 * 1024);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    120_000,
  );
});
