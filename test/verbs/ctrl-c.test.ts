import { existsSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { bluepill, file, freshBoards, keepBoard, pathOf, run } from "./bench.ts";

/** 48 KiB that no page holds already. */
const content = Uint8Array.from({ length: 48 * 1024 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

afterEach(freshBoards);

describe("Ctrl-C", () => {
  it("ends programming between two pages, says how far it came, and the next run completes it", async () => {
    const board = keepBoard();
    const image = file("long.bin", content);
    const words = ["flash", image, "--address", "0x08000000", "--verify", "--probe", bluepill];
    const first = await run(words, "", { at: "Programming [###" }).catch((error: Error) => error);
    expect(first).toMatchObject({ status: 130 });
    const { error } = first as { error: string };
    expect(error).toContain("Ending in good order; once more ends at once.");
    expect(error).toMatch(/Cause: {4}The load was ended in the middle.*incomplete/s);
    expect(error).toMatch(/\[stopped\]/);
    const same = (): boolean => Buffer.from(board.flash().subarray(0, content.length)).equals(Buffer.from(content));
    expect(same()).toBe(false);
    const second = await run(words);
    expect(second.status).toBe(0);
    expect(second.out).toContain("held the right content already");
    expect(same()).toBe(true);
  });

  it("leaves a read at once, and writes no file", async () => {
    const out = pathOf("dump.bin");
    const ended = await run(["read", "0x08000000", "64K", out, "--probe", bluepill], "", { at: "Reading" });
    expect(ended.status).toBe(130);
    expect(ended.error).toContain("Ended before it was done, as it was asked to. [stopped]");
    expect(existsSync(out)).toBe(false);
  });

  it("is told in one document under --json", async () => {
    const ended = await run(
      ["flash", file("l.bin", content), "--address", "0x08000000", "--json", "--probe", bluepill],
      "",
      {
        at: "Programming [#",
      },
    );
    expect(ended.status).toBe(130);
    expect(JSON.parse(ended.out)).toMatchObject({ error: { code: "stopped", facts: { signal: "SIGINT" } } });
  });
});
