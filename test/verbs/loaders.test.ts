import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { file, freshBoards, json, keepBoard, pathOf, program, run } from "./bench.ts";

afterEach(freshBoards);

const loaders = fileURLToPath(new URL("../../firmware/loaders/", import.meta.url));
const [base, sector] = [0x64000000, 0x20000];
const norBoard = ["--probe", "sim:stm3210e-eval?pace=fast"];
const nor = ["--loader", `${loaders}m29w128_stm3210e-eval.stldr`, ...norBoard];

describe("a memory behind a loader", () => {
  it("is programmed, compared, read, written into and erased like the flash inside", async () => {
    keepBoard();
    const content = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 37) & 0xff));
    const path = file("nor.bin", content);
    const flashed = await json(["flash", path, "--address", String(base), "--verify", ...nor]);
    expect(flashed.document.memories).toMatchObject([{ sectorsSkipped: 0 }]);
    expect((await json(["verify", path, "--address", String(base), ...nor])).document.verified).toBe(true);
    const patched = await json(["write", String(base + 100), "0x5a", "--width", "8", "--flash", ...nor]);
    expect(patched.document).toMatchObject({ into: "flash", length: 1 });
    const different = await json(["verify", path, "--address", String(base), ...nor]);
    expect(different.document.error.facts).toMatchObject({ address: base + 100, found: 0x5a, differing: 1, pages: 1 });
    const out = pathOf("nor-out.bin");
    expect((await run(["read", String(base), "3000", out, ...nor])).status).toBe(0);
    const erased = await json(["erase", "--sectors", `0x${base.toString(16)}`, "--yes", ...nor]);
    expect(erased.document.erased).toEqual([{ address: base, bytes: sector, sectors: 1 }]);
    const blank = await json(["read", String(base), "16", ...nor]);
    expect(blank.document.data).toBe("ff".repeat(16));
  });

  it("is all that --all erases, and is named when it asks", async () => {
    const { status, error } = await run(["erase", "--all", ...nor], "n");
    expect(status).toBe(1);
    expect(error).toContain("128 sectors, 0x64000000 to 0x64ffffff (16384 KiB) will be erased.");
  });

  it("does not stand in for the flash inside", async () => {
    const words = ["--loader", `${loaders}mt25ql512a_stm32469i-eval.stldr`, "--probe", "sim:stm32469i-eval?pace=fast"];
    const { document } = await json(["flash", program, ...words]);
    expect(document.error.code).toBe("flash-unsupported");
  });

  it("is refused without its loader, and memory that is not set up is told from memory that is", async () => {
    const flash = await json(["flash", file("nor.bin", "1234"), "--address", String(base), ...norBoard]);
    expect(flash.document.error.code).toBe("flash-image-outside");
    const { document } = await json(["write", String(base), "1", "2", "3", "4", "5", ...norBoard]);
    expect(document.error.code).toBe("memory-not-there");
  });
});
