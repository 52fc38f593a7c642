import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isProbityError } from "../../src/base/errors.ts";
import type { Exchange } from "../../src/link/recording/exchange.ts";
import { readRecording } from "../../src/link/recording/reader.ts";
import { RecordingWriter } from "../../src/link/recording/writer.ts";
import { folder, probity } from "./bench.ts";
import { seeded } from "./seeded.ts";

const header = {
  tool: "test",
  date: "2026-01-01T00:00:00.000Z",
  command: ["read"],
  link: { name: "sim", vendorId: 0x483, productId: 0x374b, serial: "0".repeat(24) },
  redacted: false,
};

/** 200 exchanges and some waits, flushed every 20, with every kind of event in them. */
function sample(): { bytes: Uint8Array; written: Omit<Exchange, "number">[] } {
  const parts: Uint8Array[] = [];
  const written: Omit<Exchange, "number">[] = [];
  const writer = new RecordingWriter({ append: (bytes) => parts.push(bytes), header });
  const random = seeded(7);
  let time = 0;
  for (let i = 0; i < 200; i++) {
    const command = new Uint8Array(16);
    command.set([0xf2, random(256), random(256), i & 0xff]);
    const started = time + (random(4) === 0 ? random(1000) / 7 : 0);
    time = started + 1 / 3;
    const length = random(64);
    const isTrace = random(20) === 0;
    const failed = random(50) === 0;
    written.push({
      kind: isTrace ? "trace" : "transfer",
      command: isTrace ? new Uint8Array() : command,
      started,
      ended: time,
      write: !isTrace && random(2) === 0 ? Uint8Array.from({ length: random(60) }, () => random(256)) : undefined,
      readLength: length,
      data: failed ? new Uint8Array() : Uint8Array.from({ length: Math.max(0, length - random(2)) }, () => random(256)),
      ...(failed && { error: { code: "link-timeout", message: "No answer.", facts: { i }, remedy: ["Wait."] } }),
    });
    writer.exchange(written[i]);
    if (random(5) === 0) writer.wait({ kind: "wait", milliseconds: random(100) / 3, ended: (time += 5) });
    if (i % 20 === 19) writer.flush();
  }
  writer.close();
  return { bytes: new Uint8Array(Buffer.concat(parts)), written };
}

/** The exchanges, as far as the reader gave them, have to be those that were written under their numbers. */
function demandTrue(found: readonly Exchange[], written: readonly Omit<Exchange, "number">[]): void {
  for (const { number, ...exchange } of found) {
    const { started: _, ended: __, ...expected } = written[number - 1];
    const { started: ___, ended: ____, ...got } = exchange;
    if (JSON.stringify(got) !== JSON.stringify(expected)) expect(got).toEqual(expected);
  }
}

describe("the reader of recordings", () => {
  const { bytes, written } = sample();

  it("gives back what was written, times to the last bit", () => {
    const { exchanges, damage, header: read } = readRecording(bytes);
    expect(damage).toEqual([]);
    expect(read).toEqual(header);
    expect(exchanges.map(({ number, ...rest }) => rest)).toEqual(written);
  });

  it("reads a file that was cut at any place up to the cut, and names the exchange", () => {
    for (let length = 0; length < bytes.length; length += 23) {
      const cut = bytes.subarray(0, length);
      try {
        const { exchanges, damage } = readRecording(cut);
        expect(damage).toHaveLength(1);
        expect(damage[0]).toMatchObject({ exchange: exchanges.length + 1 });
        demandTrue(exchanges, written);
      } catch (error) {
        if (!isProbityError(error)) throw error;
        expect(error.code).toBe("recording-invalid");
        expect(length).toBeLessThan(400);
      }
    }
  });

  it("names the exchange of any changed byte, and reads on behind it", () => {
    const random = seeded(3);
    for (let turn = 0; turn < 120; turn++) {
      const edited = new Uint8Array(bytes);
      const at = 400 + random(bytes.length - 400);
      edited[at] ^= 1 + random(255);
      const { exchanges, damage } = readRecording(edited);
      expect(damage.length, `byte ${at}`).toBeGreaterThan(0);
      demandTrue(exchanges, written);
      const numbers = new Set(exchanges.map(({ number }) => number));
      const lost = written.map((_, i) => i + 1).filter((number) => !numbers.has(number));
      // One block at most is lost, and the report begins with the first that is.
      expect(lost.length).toBeLessThanOrEqual(20);
      if (lost.length > 0) expect(damage[0]).toMatchObject({ exchange: lost[0] });
      if (lost.length > 0 && lost[lost.length - 1] < 200)
        expect(damage[0]).toMatchObject({ resumes: lost[lost.length - 1] + 1 });
    }
  });

  it("survives files that are cut, doubled, swapped and filled with anything", () => {
    const random = seeded(11);
    for (let turn = 0; turn < 100; turn++) {
      let bad = Buffer.from(bytes);
      for (let cuts = 0; cuts <= random(3); cuts++) {
        const [a, b] = [random(bad.length), random(bad.length)].sort((x, y) => x - y);
        const kinds = [
          () => Buffer.concat([bad.subarray(0, a), bad.subarray(b)]),
          () => Buffer.concat([bad.subarray(0, b), bad.subarray(a)]),
          () =>
            Buffer.concat([
              bad.subarray(0, a),
              Buffer.from(Array.from({ length: 64 }, () => random(256))),
              bad.subarray(a),
            ]),
          () => bad.fill(random(256), a, Math.min(b, a + 200)),
        ];
        bad = kinds[random(kinds.length)]();
      }
      try {
        demandTrue(readRecording(bad).exchanges, written);
      } catch (error) {
        if (!isProbityError(error)) throw error;
        expect(error.code).toMatch(/^recording-/);
      }
    }
  });

  it("refuses other files and later versions", () => {
    expect(() => readRecording(new Uint8Array(100))).toThrow("no recording");
    const later = new Uint8Array(bytes);
    later[7] = 2;
    expect(() => readRecording(later)).toThrow("version 2");
  });
});

describe("a recording that was cut or edited", () => {
  it("is inspected as far as it goes, and a replay that gets there names the exchange", async () => {
    const file = join(folder, "whole.rec");
    await probity("read", "0x08000000", "64", "--probe", "sim:bluepill?pace=fast", "--record", file);
    const whole = readFileSync(file);
    const random = seeded(5);
    for (let turn = 0; turn < 4; turn++) {
      const bad = Buffer.from(whole);
      // Behind that the target is let go, whose failures nobody needs to hear of.
      const at = 450 + random(400);
      if (turn % 2 === 0) bad[at] ^= 0x10;
      const damaged = join(folder, "damaged.rec");
      writeFileSync(damaged, turn % 2 === 0 ? bad : bad.subarray(0, at));
      const inspected = await probity("inspect", damaged);
      expect(inspected.status).toBe(1);
      const [, number] = /Damaged at exchange (\d+)/.exec(inspected.out) ?? [];
      const played = await probity("read", "0x08000000", "64", "--probe", `replay:${damaged}`);
      expect(played.err).toMatch(new RegExp(`damaged\\s+at\\s+exchange\\s+${number}`));
      expect(played.status).toBe(1);
    }
  });
});
