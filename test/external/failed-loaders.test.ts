import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { readLoader } from "../../src/formats/read-loader.ts";
import { FindingError } from "../../src/session/finding-error.ts";
import { type OpenedSession, openSession } from "../../src/session/open-session.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";

const FLASH = 0x08000000;
const NOR = 0x64000000;
const SRAM = 0x68000000;
const sram = "is61wv51216_stm3210e-eval";

let opened: OpenedSession | undefined;
let notes: string[];
let failures: string[];

afterEach(async () => {
  await opened?.session.close();
  opened?.dispose();
  opened = undefined;
});

/** A session on a virtual board, with these loaders of firmware/loaders; their Init() was called. */
async function open(board: string, loaders: readonly string[], initAfterReset = false): Promise<OpenedSession> {
  notes = [];
  failures = [];
  const files = loaders.map((name) => {
    const path = new URL(`../../firmware/loaders/${name}.stldr`, import.meta.url);
    return { loader: readLoader(readFileSync(path), `${name}.stldr`), initAfterReset };
  });
  opened = await openSession({
    spec: parseProbeSpec(`sim:${board}?pace=fast`),
    protocol: "swd",
    connect: "normal",
    ap: 0,
    verify: false,
    incremental: false,
    haltTimeout: 1000,
    loaders: {
      files,
      timeout: 10_000,
      strict: false,
      initAtStart: true,
      onFailure: ({ code }) => failures.push(code),
    },
    log: () => {},
    note: (text) => notes.push(text),
  });
  return opened;
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (7 * i + 1) & 0xff);

describe("a loader whose Init() failed", () => {
  it("leaves its addresses to another one, whichever was named first", async () => {
    for (const order of [
      ["bad/returns-0", "m29w128_stm3210e-eval"],
      ["bad/returns-0", "bad/faults-undefined", "m29w128_stm3210e-eval"],
    ]) {
      const { session, loaded } = await open("stm3210e-eval", order);
      expect(loaded.map(({ file }) => file)).toEqual(["m29w128_stm3210e-eval.stldr"]);
      expect(failures).toHaveLength(order.length - 1);
      const note =
        "m29w128_stm3210e-eval.stldr takes the place of returns-0.stldr, whose Init() failed: 0x64000000 to 0x64ffffff.";
      expect(notes).toContain(note);
      await session.flashWrite(NOR + 0x100000, bytes(100));
      await session.flashDone();
      expect(await session.readMemory(NOR + 0x100000, 100)).toEqual(bytes(100));
      await session.close();
      opened?.dispose();
    }
  });

  it("keeps them when no other one works, and one that works keeps them from later ones", async () => {
    const failed = await open("stm3210e-eval", ["bad/returns-0", "bad/faults-undefined"]);
    expect(failed.loaded.map(({ file }) => file)).toEqual(["returns-0.stldr"]);
    expect(notes.join()).not.toMatch(/takes the place|not used/);
    await failed.session.close();
    failed.dispose();
    const { loaded } = await open("stm3210e-eval", ["m29w128_stm3210e-eval", "bad/returns-0"]);
    expect(loaded.map(({ file }) => file)).toEqual(["m29w128_stm3210e-eval.stldr"]);
    expect(notes).toEqual([
      expect.stringMatching(/returns-0\.stldr is not used: .* that of m29w128_stm3210e-eval\.stldr/),
    ]);
  });

  it("for a RAM does not keep a load from the flash inside: GDB loads both by way of flash", async () => {
    // This chip has no bus for it.
    const { session } = await open("bluepill", [sram]);
    expect(session.memoryMap.find(({ start }) => start === SRAM)).toMatchObject({ kind: "flash", length: 0x100000 });
    await session.flashErase(SRAM, 0x100);
    await session.flashWrite(SRAM, bytes(40));
    await session.flashWrite(FLASH, bytes(60));
    const error = await session.flashDone().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FindingError);
    expect((error as FindingError).finding.evidence).toContain(
      "What belongs into internal flash was loaded; only the rest was not.",
    );
    expect(await session.readMemory(FLASH, 60)).toEqual(bytes(60));
  });
});

describe("the end of a NAND flash", () => {
  it("fails for its bad blocks, and the console says so once", async () => {
    const { session } = await open("stm3210e-eval", ["nand512w3a_stm3210e-eval"]);
    const messages: string[] = [];
    session.events.on("user.message", ({ text }) => messages.push(text));
    for (let i = 0; i < 2; i++) {
      await expect(session.readMemory(0x73fffff0, 4)).rejects.toMatchObject({
        message: expect.stringMatching(/end of the NAND flash .* bad blocks/),
      });
    }
    expect(messages).toEqual([expect.stringMatching(/^Read\(0x73fff\w+\) failed at the end of the NAND flash/)]);
  });
});

describe("RAM outside of the chip", () => {
  it("is RAM to GDB when Init() succeeded, and is there after the reset that ends a load", async () => {
    const { session } = await open("stm3210e-eval", [sram]);
    expect(session.memoryMap.find(({ start }) => start === SRAM)).toMatchObject({ kind: "ram" });
    const messages: string[] = [];
    session.events.on("user.message", ({ text }) => messages.push(text));
    await session.writeMemory(SRAM + 0x10, bytes(40));
    await session.reset("system", { halt: true, afterLoad: true });
    // Past the session, which would call Init() itself.
    expect(await session.core.port.read(SRAM + 0x10, 40)).toEqual(bytes(40));
    expect(messages).toEqual([]);
    await session.reset("system", { halt: true });
    expect(await session.core.port.read(SRAM + 0x10, 40).catch(() => undefined)).not.toEqual(bytes(40));
    expect(messages).toEqual([
      expect.stringMatching(/^The reset undid Init\(\) of is61wv51216_stm3210e-eval\.stldr: .* --external-init/),
    ]);
  });

  it("is set up again after a load for nobody who loaded nothing into it", async () => {
    const { session, loaded } = await open("stm3210e-eval", [sram]);
    const messages: string[] = [];
    session.events.on("user.message", ({ text }) => messages.push(text));
    await session.reset("system", { halt: true, afterLoad: true });
    expect([loaded[0].ready, messages]).toEqual([false, []]);
  });

  it("that nothing has set up takes no load in silence", async () => {
    const { session } = await open("stm3210e-eval", []);
    await expect(session.writeMemory(SRAM, bytes(20))).rejects.toMatchObject({
      code: "memory-not-there",
      message: expect.stringMatching(/0x68000000 reads 0x00 instead of 0x01/),
      remedy: expect.arrayContaining([expect.stringMatching(/-el FILE/)]),
    });
    // A register of a device on the bus, such as a display's, need not read back.
    await session.writeMemory(SRAM, bytes(2));
  });

  it("that a running program has not set up takes no write in silence either", async () => {
    const { session } = await open("stm3210e-eval", [sram]);
    await session.reset("system", { halt: false });
    await session.halt();
    await expect(session.writeMemory(SRAM, bytes(4))).rejects.toMatchObject({ code: "memory-not-there" });
  });
});
