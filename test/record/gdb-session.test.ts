import { join } from "node:path";
import { expect, it } from "vitest";
import { firmware } from "../gdb/board-server.ts";
import { runGdb } from "../gdb/gdb-multiarch.ts";
import { RspClient } from "../gdb/rsp-client.ts";
import { folder, probity, serveWhile } from "./bench.ts";

/** Loads, breaks, steps, looks at everything, resets and leaves. */
async function wholeSession(port: number): Promise<void> {
  const commands = ["load", "compare-sections", "monitor reset", "break accumulate", "continue", "backtrace", "step"];
  const more = [
    "p drawing",
    "watch watched_total",
    "continue",
    "finish",
    "info registers",
    "x/8xw $sp",
    "stepi",
    "detach",
  ];
  const { output, status } = await runGdb(
    [`file ${firmware("inspect")}`, `target extended-remote 127.0.0.1:${port}`, ...commands, ...more],
    60_000,
  );
  expect(status, output).toBe(0);
}

/**
 * One packet a line. Left out are acknowledgements: the server sends one now and then as a sign of life, by the wall clock,
 * while an answer takes long.
 */
const packetsOf = (replies: string): string[] => replies.split(/(?=[$+])/).filter((part) => part !== "+");

it("replays a whole session of GDB with replies that are the same to the byte", async () => {
  const file = join(folder, "gdb.rec");
  const live = await serveWhile(["--probe", "sim:bluepill?pace=fast", "--record", file], wholeSession);
  expect(live.status, live.out + live.err).toBe(0);
  expect(live.replies.length).toBeGreaterThan(5000);
  const again = await serveWhile(["--probe", `replay:${file}`], wholeSession);
  expect(again.out).not.toContain("diverge");
  expect(packetsOf(again.replies)).toEqual(packetsOf(live.replies));
  const inspected = await probity("inspect", file);
  expect(inspected.out).toContain("The recording is whole.");
}, 60_000);

it("replays a program that runs until Ctrl-C, whenever that comes", async () => {
  const file = join(folder, "interrupt.rec");
  const interrupted = (pause: number) => async (port: number) => {
    const client = await RspClient.connect(port);
    await client.ask("?");
    for (let turn = 0; turn < 2; turn++) {
      client.send("vCont;c");
      await new Promise((resolve) => setTimeout(resolve, pause));
      client.raw("\x03");
      expect(await client.next()).toMatch(/^T02/);
      await client.ask("g");
      await client.ask("m8000000,40");
    }
    await client.ask("D");
    client.close();
  };
  const board = `sim:bluepill?pace=fast&elf=${encodeURIComponent(firmware("blinky"))}`;
  const live = await serveWhile(["--probe", board, "--record", file], interrupted(60));
  for (const pause of [0, 2, 60, 150]) {
    const again = await serveWhile(["--probe", `replay:${file}`], interrupted(pause));
    expect(packetsOf(again.replies), again.out + again.err).toEqual(packetsOf(live.replies));
  }
}, 30_000);
