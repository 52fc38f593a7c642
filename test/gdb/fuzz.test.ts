import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GdbServer } from "../../src/gdb/gdb-server.ts";
import { FakeSession } from "./fake-session.ts";
import { arbitraryPacket, onTheWire } from "./fuzz-packets.ts";
import { RspClient } from "./rsp-client.ts";

const packets = 100_000;
const seed = Number(process.env.FUZZ_SEED ?? 20_261_123);

let session: FakeSession;
let server: GdbServer;
let port: number;
let answered = 0;

beforeAll(async () => {
  session = new FakeSession();
  session.speed = 1;
  server = new GdbServer(session, { port: 0, log: (source) => void (source === "read" && answered++) });
  port = await server.listen();
});

afterAll(async () => {
  await server.close();
  await session.close();
});

it(`survives ${packets} damaged packets (seed ${seed})`, async () => {
  const perConnection = 500;
  const connections = packets / perConnection;
  const batches = fc.array(fc.tuple(arbitraryPacket(), fc.nat(255)), {
    minLength: perConnection,
    maxLength: perConnection,
  });
  const failures: unknown[] = [];
  const note = (error: unknown): void => void failures.push(error);
  process.on("unhandledRejection", note);
  process.on("uncaughtException", note);
  try {
    let sent = 0;
    for (const batch of fc.sample(batches, { numRuns: connections, seed })) {
      const gdb = await RspClient.connect(port);
      // In extended mode `k` keeps the connection, else the rest of the batch would go nowhere.
      if (sent % (perConnection * 10) !== 0) gdb.send("!");
      for (const [payload, flavour] of batch) {
        gdb.raw(onTheWire(payload, flavour));
        sent++;
        if (sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await gdb.silent(1);
      gdb.close();
    }
    expect(sent).toBe(packets);
  } finally {
    process.off("unhandledRejection", note);
    process.off("uncaughtException", note);
  }
  expect(failures).toEqual([]);
  // The others had wrong checksums or lost their bounds; they were refused before they came so far.
  expect(answered).toBeGreaterThan(packets * 0.8);
  await expect.poll(() => server.debuggers, { timeout: 20_000 }).toBe(0);
  const gdb = await RspClient.connect(port);
  expect(await gdb.ask("?")).toMatch(/^T/);
  expect(await gdb.ask("M20000000,4:01020304")).toBe("OK");
  expect(await gdb.ask("m20000000,4")).toBe("01020304");
  gdb.close();
}, 120_000);
