import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { RspClient } from "../gdb/rsp-client.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const nor = fileURLToPath(new URL("../../firmware/loaders/m29w128_stm3210e-eval.stldr", import.meta.url));
const NOR = 0x64000000;
const chunk = 0x3000;
const chunks = 120;

/** A debugger in the middle of a load that takes a dozen seconds of the wall's time. */
async function loading(server: ServerProcess): Promise<RspClient> {
  const gdb = await RspClient.connect(server.port);
  expect(await gdb.ask("?")).toMatch(/^T05/);
  const [start, length] = [NOR.toString(16), (Math.ceil((chunk * chunks) / 0x20000) * 0x20000).toString(16)];
  expect(await gdb.ask(`vFlashErase:${start},${length}`)).toBe("OK");
  for (let i = 0; i < chunks; i++) {
    const data = Buffer.from(Uint8Array.from({ length: chunk }, (_, at) => (i * 31 + at * 7) & 0xff));
    const head = Buffer.from(`vFlashWrite:${(NOR + i * chunk).toString(16)}:`);
    expect(await gdb.ask(Buffer.concat([head, data]))).toBe("OK");
  }
  gdb.send("vFlashDone");
  expect(await gdb.silent(1500)).toBe(true);
  return gdb;
}

async function withServer(words: readonly string[], work: (server: ServerProcess) => Promise<void>): Promise<void> {
  const server = await startServer(["-d", "-k", ...words, "-el", nor, "--probe", "sim:stm3210e-eval?pace=realtime"]);
  try {
    await server.waitFor(/Waiting for debugger connection\.\.\./, 30_000);
    await work(server);
  } finally {
    await server.stop();
  }
}

const told = /Cause: {4}The load was ended in the middle[\s\S]*M29W128_STM3210E-EVAL\s+from\s+0x64000000/;

describe("a debugger that is killed in the middle of a load", () => {
  it("ends the load and the server", async () => {
    await withServer([], async (server) => {
      const gdb = await loading(server);
      gdb.close();
      await server.waitFor(told, 7000);
      const ended = await Promise.race([
        server.exited,
        new Promise<string>((resolve) => setTimeout(() => resolve("still there"), 7000).unref()),
      ]);
      expect(ended).toBe(0);
    });
  });

  it("leaves a server that serves the next one at once, with -e", async () => {
    await withServer(["-e"], async (server) => {
      const first = await loading(server);
      first.close();
      const second = await RspClient.connect(server.port);
      second.send("?");
      // Far less than what is left of the load.
      expect(await second.next(7000)).toMatch(/^T05/);
      expect(server.output()).toMatch(told);
      expect(await second.ask("qC")).toBe("QC1");
      second.close();
    });
  });
});
