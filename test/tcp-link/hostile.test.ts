import { expect, it } from "vitest";
import { isProbityError } from "../../src/base/errors.ts";
import { openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import type { ServerPatience } from "../../src/link/stlink-server/wire.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { createBoard } from "../../src/sim/boards/boards.ts";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { seeded } from "../record/seeded.ts";
import { type Answer, FakeServer } from "./fake-server.ts";

/** Seeds; PROBITY_FUZZ sets another number. */
const CASES = Number(process.env.PROBITY_FUZZ ?? 200);
/** Cases at a time: most of their time is waiting. */
const AT_ONCE = 20;
const patience: ServerPatience = { connect: 250, reply: 250, afterFailure: 20, busy: 60 };
/** Milliseconds in which a case has to end; it makes up to a few dozen requests, of which one at most is waited for in vain. */
const LONGEST = 15_000;

const rejections: unknown[] = [];
process.on("unhandledRejection", (error) => rejections.push(error));

type Random = (limit: number) => number;
type Badness = (reply: Uint8Array, random: Random) => Answer;

const noise = (length: number, random: Random): Uint8Array => Uint8Array.from({ length }, () => random(256));

function withWord(reply: Uint8Array, at: number, word: number): Uint8Array {
  const changed = Buffer.from(reply);
  if (changed.length >= at + 4) changed.writeUInt32LE(word >>> 0, at);
  return changed;
}

const badness: Readonly<Record<string, Badness>> = {
  truncated: (reply, random) => reply.subarray(0, random(reply.length)),
  oversized: (reply, random) => Buffer.concat([reply, noise(1 + random(64), random)]),
  flood: (reply, random) => Buffer.concat([reply, Buffer.alloc(1_000_000 + random(1_000_000), 0x41)]),
  "wrong status": (reply, random) =>
    withWord(reply, 0, [0, 0x1002, 0x1004, 0x2004, 0xffffffff, random(65536)][random(6)]),
  "status alone": (reply, random) => withWord(reply, 0, [0x1001, 0x1004, 0x2004][random(3)]).subarray(0, 4),
  garbage: (reply, random) => noise(reply.length, random),
  "garbage of any length": (_, random) => noise(random(4000), random),
  "ones everywhere": (reply) => new Uint8Array(reply.length).fill(0xff),
  "zeros everywhere": (reply) => new Uint8Array(reply.length),
  "one word changed": (reply, random) => withWord(reply, random(Math.max(1, reply.length - 3)), random(2 ** 31)),
  twice: (reply) => Buffer.concat([reply, reply]),
  nothing: () => "silence",
  "the end": () => "close",
};
const kinds = Object.keys(badness);

interface Outcome {
  readonly seed: number;
  readonly how: string;
  readonly milliseconds: number;
  readonly errors: readonly unknown[];
}

/** One client against a server that turns bad at some reply, for once or for good. */
async function one(seed: number): Promise<Outcome> {
  const random = seeded(seed + 1);
  const simulated = new SimulatedProbe({
    identity: virtualProbeIdentity("v2-1"),
    target: createBoard("bluepill").chip,
  });
  const server = await FakeServer.start([{ serial: simulated.identity.serial, link: simulated.asLink() }]);
  const kind = kinds[seed % kinds.length];
  const after = random(30);
  const forGood = random(2) === 0;
  server.piece = [1, 5, 1000][random(3)];
  server.api = 1 + random(3);
  let count = 0;
  server.mangle = (reply) => {
    const bad = forGood ? count >= after : count === after;
    count++;
    return bad ? badness[kind](reply, random) : reply;
  };
  const errors: unknown[] = [];
  const began = performance.now();
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      errors.push(error);
      return undefined;
    }
  };
  const link = await attempt(() => openStlinkServerLink(server.address, patience));
  if (link !== undefined) {
    await attempt(async () => {
      const probe = await openStlinkProbe(link);
      await probe.enterDebug("swd");
      await probe.readMemory(0, 0x20000000, 256, 32);
      await probe.writeMemory(0, 0x20000000, new Uint8Array(64), 32);
    });
    await Promise.all([
      attempt(() => link.readTrace(64)),
      attempt(() => link.transfer(Uint8Array.of(0xf7), undefined, 8)),
      attempt(async () => link.others?.()),
    ]);
    await attempt(async () => link.reopen?.());
    await attempt(() => link.transfer(Uint8Array.of(0xf1), undefined, 6));
    await attempt(() => link.close());
  }
  const milliseconds = performance.now() - began;
  await server.stop();
  simulated.dispose();
  return { seed, how: `${kind}, at reply ${after}${forGood ? " and ever after" : ""}`, milliseconds, errors };
}

it(`a hostile server, ${CASES} times: always a clear error in bounded time`, async () => {
  const outcomes: Outcome[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < CASES) outcomes.push(await one(next++));
    }),
  );
  expect(outcomes).toHaveLength(CASES);
  for (const { seed, how, milliseconds, errors } of outcomes) {
    const about = `seed ${seed}: ${how}`;
    expect(milliseconds, about).toBeLessThan(LONGEST);
    for (const error of errors) {
      if (!isProbityError(error)) throw new Error(`${about}: ${error instanceof Error ? error.stack : String(error)}`);
      expect(error.code, about).toMatch(/^(link|probe|swd|jtag|memory|debug|core)-/);
      expect(error.message, about).toMatch(/\.$/);
    }
  }
  // Badness is mostly noticed; what is not, as a wrong word in memory, nobody can know.
  expect(outcomes.filter(({ errors }) => errors.length > 0).length).toBeGreaterThan(CASES * 0.6);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(rejections).toEqual([]);
}, 120_000);

it("memory does not grow by what a server floods", async () => {
  const server = await FakeServer.start([]);
  server.mangle = (reply, request) => (request[0] === 1 ? Buffer.alloc(64_000_000) : reply);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 1);
  await expect(openStlinkServerLink(server.address, patience)).rejects.toMatchObject({
    code: expect.stringMatching(/^link-server-/),
  });
  clearInterval(timer);
  await server.stop();
  // The flood itself lies in this process, too.
  expect(most).toBeLessThan(80_000_000);
});
