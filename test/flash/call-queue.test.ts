import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallQueue, DATA, PREVIOUS_DATA, type QueuedCall } from "../../src/flash/loader/call-queue.ts";
import { isLoaderFailed } from "../../src/flash/loader/loader-failed.ts";
import { Sandbox } from "../../src/flash/loader/sandbox.ts";
import { createLoaderRig, loaderOf } from "./loader-rig.ts";
import { noise, RAM, RAM_SIZE } from "./rig.ts";

/** Functions of ours at the end of the RAM, which nothing else uses with small buffers; Thumb, in half-words. */
const functions = {
  /** r0 = sum of r1 bytes at r0, r1 = 0. */
  sum: [0x2200, 0x2900, 0xd004, 0x7803, 0x3001, 0x18d2, 0x3901, 0xd1fa, 0x0010, 0x4770],
  /** r1 bytes at r0 become r2, r2 + 1, ...; returns with r1 = 0. */
  fill: [0x7002, 0x3001, 0x3201, 0x3901, 0xd1fa, 0x4770],
  /** Goes round r1 times, and returns r0. */
  wait: [0x3901, 0xd1fd, 0x4770],
  /** An undefined instruction. */
  fault: [0xde00],
  /** For ever. */
  hang: [0xe7fe],
} as const;
type Name = keyof typeof functions;
const codeBase = RAM + RAM_SIZE - 1024;
const entries = new Map<Name, number>();
for (const [i, name] of (Object.keys(functions) as Name[]).entries()) entries.set(name, codeBase + 64 * i);

function entry(name: Name): number {
  return entries.get(name) ?? 0;
}

const limit = 400;

/** A queue beside a loader; the functions are in RAM. Its RAM is compared with what it was by `close`. */
async function queueRig() {
  const rig = await createLoaderRig("bluepill");
  for (const [name, halfwords] of Object.entries(functions)) {
    const code = Buffer.alloc(64);
    for (const [i, word] of halfwords.entries()) code.writeUInt16LE(word, 2 * i);
    await rig.core.port.write(entry(name as Name), code);
  }
  await rig.core.port.write(RAM, noise(RAM_SIZE - 1024, 21));
  const before = await rig.core.port.read(RAM, RAM_SIZE);
  const registers = await rig.core.registers();
  const { options } = rig.memory(loaderOf("bad/returns-0"), { limit });
  const sandbox = await Sandbox.open({ ...options, buffers: 4096 });
  expect(sandbox.placement.cells.count).toBeGreaterThan(3);
  return {
    rig,
    sandbox,
    queue: new CallQueue(sandbox),
    close: async (): Promise<void> => {
      await sandbox.close();
      expect(Buffer.compare(await rig.core.port.read(RAM, RAM_SIZE), before)).toBe(0);
      expect(await rig.core.registers()).toEqual(registers);
    },
  };
}

function sumOf(data: Uint8Array): number {
  return data.reduce((sum, byte) => sum + byte, 0);
}

async function failureOf(work: Promise<void>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isLoaderFailed(error)) throw error ?? new Error("nothing failed");
  return error.failure;
}

describe("a queue of calls", () => {
  it("makes many more calls than it has cells, in order, with data of any length", async () => {
    const { queue, close, sandbox } = await queueRig();
    const most = queue.dataBytes;
    expect(most).toBe(sandbox.placement.cells.stride - 32);
    const lengths = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(most), fc.constant(most - 1)), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(lengths, fc.boolean(), async (all, ahead) => {
        const seen: string[] = [];
        const wanted: string[] = [];
        const calls = all.map((length, i): QueuedCall => {
          const data = noise(length, i + 1);
          wanted.push(`result ${i} ${sumOf(data)} 0`, `done ${i}`);
          return {
            name: `call ${i}`,
            entry: entry("sum"),
            parameters: [DATA, length],
            data,
            ...(i % 3 === 0 && { expected: sumOf(data) }),
            onResult: ({ r0, r1 }) => seen.push(`result ${i} ${r0} ${r1}`),
            onDone: () => seen.push(`done ${i}`),
          };
        });
        await queue.run(calls, { ahead });
        for (const kind of ["result", "done"]) {
          expect(seen.filter((line) => line.startsWith(kind))).toEqual(wanted.filter((line) => line.startsWith(kind)));
        }
        // A call is over when its result was told.
        for (const i of all.keys()) {
          expect(seen.indexOf(`done ${i}`)).toBeGreaterThan(seen.findIndex((line) => line.startsWith(`result ${i} `)));
        }
      }),
      { numRuns: 12 },
    );
    await close();
  });

  it("hands over what calls put into their rooms, and lets a call use that of the one before", async () => {
    const { queue, close } = await queueRig();
    const rooms: Uint8Array[] = [];
    const sums: number[] = [];
    const lengths = [1, 7, 8, 9, 31, 200, queue.dataBytes, 3];
    const filled = (i: number): Uint8Array => Uint8Array.from({ length: lengths[i] }, (_, j) => (40 * i + j) & 0xff);
    await queue.run(
      lengths.flatMap((length, i): QueuedCall[] => [
        {
          name: "fill",
          entry: entry("fill"),
          parameters: [DATA, length, 40 * i],
          room: length,
          onRoom: (bytes) => rooms.push(bytes),
        },
        {
          name: "sum",
          entry: entry("sum"),
          parameters: [PREVIOUS_DATA, length],
          onResult: ({ r0 }) => sums.push(r0),
        },
      ]),
    );
    expect(rooms.map((bytes) => [...bytes])).toEqual(lengths.map((_, i) => [...filled(i)]));
    expect(sums).toEqual(lengths.map((_, i) => sumOf(filled(i))));
    await close();
  });

  it("does nothing when there is nothing to do", async () => {
    const { queue, close, rig } = await queueRig();
    const { transfers } = rig.virtual.account;
    await queue.run([]);
    expect(rig.virtual.account.transfers).toBe(transfers);
    await close();
  });

  it.each([0, 1, 2, 3, 7, 11])("names call %i of twelve when that fails, and makes none after it", async (bad) => {
    for (const ahead of [false, true]) {
      const { queue, close } = await queueRig();
      const done: number[] = [];
      const calls = Array.from(
        { length: 12 },
        (_, i): QueuedCall => ({
          name: `call ${i}`,
          entry: entry("sum"),
          parameters: [DATA, 3 + i],
          data: new Uint8Array(3 + i).fill(2),
          expected: i === bad ? 0x123 : 2 * (3 + i),
          onDone: () => done.push(i),
        }),
      );
      const failure = await failureOf(queue.run(calls, { ahead }));
      expect(failure).toMatchObject({
        function: `call ${bad}`,
        outcome: "returned",
        returned: 2 * (3 + bad),
        expected: 0x123,
        limit,
      });
      expect(failure.parameters[1]).toBe(3 + bad);
      // Loaders may take data by words.
      expect(failure.parameters[0] % 8).toBe(0);
      expect(done).toEqual(Array.from({ length: bad }, (_, i) => i));
      await close();
    }
  });

  it.each([
    ["faults", "fault", "faulted"],
    ["hangs", "hang", "timed-out"],
  ] as const)("names the call that %s between others", async (_, what, outcome) => {
    const { queue, close, rig } = await queueRig();
    const sum: QueuedCall = { name: "sum", entry: entry("sum"), parameters: [DATA, 5], data: new Uint8Array(5) };
    const bad: QueuedCall = { ...sum, name: "the bad one", entry: entry(what), parameters: [1, 2, 3] };
    const started = rig.virtual.clock.now();
    const failure = await failureOf(queue.run([sum, sum, sum, sum, bad, sum, sum, sum, sum]));
    expect(failure).toMatchObject({ function: "the bad one", outcome, parameters: [1, 2, 3] });
    const { core } = failure;
    expect(core?.frame?.pc ?? core?.r[15]).toBe(entry(what));
    const took = rig.virtual.clock.now() - started;
    if (what === "hang") expect(took).toBeGreaterThan(limit);
    expect(took).toBeLessThan(what === "hang" ? limit + 200 : 100);
    await close();
  });

  it("waits for a call that takes long without asking all the time, and sees its end soon", async () => {
    const { queue, close, rig } = await queueRig();
    // Some 3 cycles a round at 8 MHz.
    const rounds = 600_000;
    const times: number[] = [];
    const call: QueuedCall = {
      name: "wait",
      entry: entry("wait"),
      parameters: [77, rounds],
      expected: 77,
      onDone: () => times.push(rig.virtual.clock.now()),
    };
    const started = rig.virtual.clock.now();
    const { transfers } = rig.virtual.account;
    await queue.run([call, call, call]);
    const took = rig.virtual.clock.now() - started;
    expect(took).toBeGreaterThan(3 * 200);
    expect(took).toBeLessThan(3 * 200 * 1.7);
    expect(rig.virtual.account.transfers - transfers).toBeLessThan(250);
    expect(times).toHaveLength(3);
    expect(times[1] - times[0]).toBeGreaterThan(150);
    await close();
  });

  it("gives a call its own limit where it has one", async () => {
    const { queue, close } = await queueRig();
    // Longer than all calls may take, but not than this one.
    const slow: QueuedCall = { name: "slow", entry: entry("wait"), parameters: [5, 1_500_000], expected: 5 };
    await queue.run([{ ...slow, limit: 5000 }]);
    expect(await failureOf(queue.run([slow]))).toMatchObject({ function: "slow", outcome: "timed-out", limit });
    await close();
  });
});
