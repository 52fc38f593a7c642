import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { testLoader } from "../../src/cli/loader-test.ts";
import { readLoader } from "../../src/formats/read-loader.ts";
import { type OpenedSession, openSession } from "../../src/session/open-session.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";

const FLASH = 0x08000000;
const SRAM = 0x68000000;

let opened: OpenedSession | undefined;

afterEach(async () => {
  await opened?.session.close();
  opened?.dispose();
  opened = undefined;
});

async function open(board: string, loaders: readonly string[], initAtStart = true) {
  const failures: string[] = [];
  const files = loaders.map((name) => {
    const path = new URL(`../../firmware/loaders/${name}.stldr`, import.meta.url);
    return { loader: readLoader(readFileSync(path), `${name}.stldr`), initAfterReset: false };
  });
  opened = await openSession({
    spec: parseProbeSpec(`sim:${board}?pace=fast`),
    protocol: "swd",
    connect: "normal",
    ap: 0,
    verify: false,
    incremental: false,
    haltTimeout: 1000,
    loaders: { files, timeout: 10_000, strict: false, initAtStart, onFailure: ({ code }) => failures.push(code) },
    log: () => {},
    note: () => {},
  });
  return { ...opened, failures };
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (5 * i + 3) & 0xff);

describe("a loader that makes the target vanish", () => {
  it.each([
    ["bad/stops", "loader-low-power"],
    ["bad/enters-standby", "loader-low-power"],
    ["bad/disables-swd", "loader-takes-debug-pins"],
  ])("%s does not end the session: internal flash is programmed afterwards", async (name, code) => {
    const { session, failures } = await open("bluepill", [name]);
    expect(failures).toEqual([code]);
    await session.flashErase(FLASH, 0x400);
    await session.flashWrite(FLASH, bytes(60));
    await session.flashDone();
    expect(await session.readMemory(FLASH, 60)).toEqual(bytes(60));
  });

  it("undoes what an earlier loader set up: its Init() is called again when the memory is asked for", async () => {
    const { session, failures, loaded } = await open("stm3210e-eval", [
      "is61wv51216_stm3210e-eval",
      "bad/disables-swd",
    ]);
    expect(failures).toEqual(["loader-takes-debug-pins"]);
    expect(loaded[0].ready).toBe(false);
    await session.readMemory(SRAM, 4);
    expect(loaded[0].ready).toBe(true);
  });

  it("ends the test of a loader with its finding", async () => {
    const { loaded, clock } = await open("bluepill", ["bad/disables-swd"], false);
    await expect(testLoader(loaded[0], { clock })).rejects.toMatchObject({ code: "loader-takes-debug-pins" });
  });
});
