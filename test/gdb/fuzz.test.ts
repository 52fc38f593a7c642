import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GdbServer } from "../../src/gdb/gdb-server.ts";
import { packetFamilies } from "../../src/gdb/packets/registry.ts";
import { FakeSession } from "./fake-session.ts";
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

/** Well-formed packets of every family, to be damaged. */
const samples = [
  "qSupported:swbreak+;hwbreak+", "vMustReplyEmpty", "QStartNoAckMode", "!", "?", "g", "p0", "P0=00000000",
  "m20000000,10", "M20000000,2:0102", "X20000000,2:ab", "x20000000,10", "c", "s", "vCont?", "vCont;c", "vCont;s:1;c",
  "vCont;r8000100,8000110:1", "vCont;t", "Z0,20000100,2", "z0,20000100,2", "Z1,8000110,2", "z1,8000110,2", "Z2,20000010,4",
  "z2,20000010,4", "D", "k", "vKill;1", "vRun;;", "vAttach;1", "R00", "Hg0", "T1", "qC", "qAttached", "qfThreadInfo",
  "qThreadExtraInfo,1", "qXfer:features:read:target.xml:0,ffb", "qXfer:memory-map:read::0,ffb", "qXfer:threads:read::0,ffb",
  "qRcmd,7265736574", "qRcmd,68616c74", "qCRC:8000000,100", "qSearch:memory:20000000;100;ab", "vFlashErase:08000000,00000400",
  "vFlashWrite:8000000:abcd", "vFlashDone", "qOffsets", "qSymbol::", "qTStatus",
]; // biome-ignore format: a table

function arbitraryPacket(): fc.Arbitrary<Uint8Array> {
  const sample = fc.constantFrom(...samples).map((text) => Uint8Array.from(Buffer.from(text, "latin1")));
  const mutated = fc
    .tuple(sample, fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 0, max: 255 }), fc.nat(2)), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const out = [...bytes];
      for (const [at, byte, kind] of changes) {
        const index = out.length === 0 ? 0 : at % out.length;
        if (kind === 0) out[index] = byte;
        else if (kind === 1) out.splice(index, 0, byte);
        else out.splice(index, 1);
      }
      return Uint8Array.from(out);
    });
  const named = fc
    .tuple(fc.constantFrom(...packetFamilies.flatMap((family) => family.names)), fc.uint8Array({ maxLength: 40 }))
    .map(([name, rest]) => Uint8Array.from([...Buffer.from(name, "latin1"), ...rest]));
  return fc.oneof(
    { weight: 5, arbitrary: mutated },
    { weight: 2, arbitrary: named },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  );
}

/** A packet's bytes on the wire; now and then with a wrong checksum, no escapes, or noise around. */
function onTheWire(payload: Uint8Array, flavour: number): Uint8Array {
  const escapes = flavour % 16 !== 0;
  const body = [...payload].flatMap((byte) =>
    escapes && [0x23, 0x24, 0x7d].includes(byte) ? [0x7d, byte ^ 0x20] : [byte],
  );
  const sum = (body.reduce((total, byte) => total + byte, 0) + (flavour % 32 === 1 ? 1 : 0)) & 0xff;
  const noise = flavour % 8 === 2 ? [0x2b, 0x2d, 0x03, 0x41] : [];
  return Uint8Array.from([...noise, 0x24, ...body, ...Buffer.from(`#${sum.toString(16).padStart(2, "0")}`)]);
}

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
