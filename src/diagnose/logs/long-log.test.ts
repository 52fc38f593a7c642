import { describe, expect, it } from "vitest";
import { LogReading, type ReadLog } from "./read-log.ts";

/** Lines that all differ and that patterns touch, so that the middle of so many is not read to its end. */
const middle = Array.from({ length: 36_000 }, (_, i) => `Info : clock speed ${i + 1} kHz, größer`);
const begin = ["Open On-Chip Debugger 0.12.0", "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748"];
const end = ["Error: init mode failed (unable to connect to the target)", "in procedure 'program'"];
const whole = [...begin, ...middle, ...end].join("\n");

function read(bytes: Uint8Array, piece: number): ReadLog {
  const reading = new LogReading();
  for (let at = 0; at < bytes.length; at += piece) reading.push(bytes.subarray(at, at + piece));
  return reading.end();
}

describe("a log of which not all is read", () => {
  const failed = begin.length + middle.length + 1;

  it.each([
    ["utf-8", Buffer.from(whole)],
    ["windows-1252", Buffer.from(whole, "latin1")],
    ["utf-16le", Buffer.from(whole, "utf16le")],
  ])("has its lines counted and its end read, in %s and whatever pieces it comes in", (_, bytes) => {
    for (const piece of [0x40000, 10_001, bytes.length]) {
      const { facts, lineCount } = read(bytes, piece);
      expect(lineCount).toBe(begin.length + middle.length + end.length);
      const lines = facts.flatMap(({ source }) => (source.from === "log" ? [source] : []));
      expect(lines.find(({ text }) => text === end[0])?.line).toBe(failed);
      // The last lines of the middle are read, and by their right numbers.
      const last = lines.findLast(({ text }) => text.includes("clock"));
      expect(last?.text).toContain(`clock speed ${(last?.line ?? 0) - begin.length} kHz`);
      expect(last?.line).toBe(failed - 1);
    }
  });

  it("is the same whether it ends in a newline or not", () => {
    const { facts, lineCount } = read(Buffer.from(`${whole}\n`), 0x40000);
    expect(lineCount).toBe(begin.length + middle.length + end.length);
    expect(facts.some(({ source }) => source.from === "log" && source.line === failed)).toBe(true);
  });

  it("takes a long stretch without a newline for what it is", () => {
    const text = `${whole}\n${"x".repeat(900_000)}\nError: init mode failed`;
    const { lineCount } = read(Buffer.from(text), 0x10000);
    expect(lineCount).toBe(begin.length + middle.length + end.length + 2);
  });
});
