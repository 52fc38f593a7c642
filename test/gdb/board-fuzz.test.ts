import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BoardServer, firmware, startBoard } from "./board-server.ts";
import { arbitraryPacket, onTheWire } from "./fuzz-packets.ts";
import { RspClient } from "./rsp-client.ts";

const packets = 5_000;
const perConnection = 250;
const seed = Number(process.env.FUZZ_SEED ?? 20_261_124);

let board: BoardServer;

beforeAll(async () => {
  board = await startBoard({ elf: firmware("inspect") });
});

afterAll(() => board.close());

it(`a whole board survives ${packets} damaged packets (seed ${seed})`, async () => {
  const batches = fc.array(fc.tuple(arbitraryPacket(), fc.nat(255)), {
    minLength: perConnection,
    maxLength: perConnection,
  });
  for (const batch of fc.sample(batches, { numRuns: packets / perConnection, seed })) {
    const gdb = await RspClient.connect(board.port);
    gdb.send("!");
    for (const [payload, flavour] of batch) {
      gdb.raw(onTheWire(payload, flavour));
      await new Promise((resolve) => setImmediate(resolve));
    }
    gdb.close();
    await expect.poll(() => board.server.debuggers, { timeout: 30_000 }).toBe(0);
  }
  // Whatever was done to the program and the core, a reset and a load bring everything back.
  const gdb = await RspClient.connect(board.port);
  expect(await gdb.ask("?")).toMatch(/^T/);
  expect(await gdb.ask("M20000000,4:01020304")).toBe("OK");
  expect(await gdb.ask("m20000000,4")).toBe("01020304");
  gdb.close();
}, 120_000);
