import { afterEach, expect, it, vi } from "vitest";
import { GdbServer } from "../../src/gdb/gdb-server.ts";
import type { createBluePill } from "../../src/sim/boards/bluepill.ts";
import { type BoardServer, firmware, startBoard } from "./board-server.ts";
import { FakeSession } from "./fake-session.ts";
import { RspClient } from "./rsp-client.ts";

const DHCSR = 0xe000_edf0;
const HALT = 0xa05f_0003;

let board: BoardServer | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await board?.close();
  board = undefined;
});

it("the server says whether somebody is connected, who might wait for a stop", async () => {
  const session = new FakeSession();
  const server = new GdbServer(session, { port: 0 });
  const port = await server.listen();
  expect(session.attended).toBe(false);
  const first = await RspClient.connect(port);
  await expect.poll(() => session.attended).toBe(true);
  const second = await RspClient.connect(port);
  await second.ask("?");
  first.close();
  await second.ask("?");
  expect(session.attended).toBe(true);
  second.close();
  await expect.poll(() => session.attended).toBe(false);
  await server.close();
});

/** A running board; how often it was looked at so far. */
async function running() {
  board = await startBoard({ elf: firmware("blinky"), inPlace: true });
  const { opened } = board;
  const { session, clock, target } = opened;
  const { cpu } = (opened.board as ReturnType<typeof createBluePill>).chip;
  const status = vi.spyOn(target.core, "status");
  const looks = async (milliseconds: number): Promise<number> => {
    const before = status.mock.calls.length;
    await clock.sleep(milliseconds);
    return status.mock.calls.length - before;
  };
  /** Halts the core behind the session's back; milliseconds of the board's until that is noticed. */
  const noticed = async (): Promise<number> => {
    const heard = new Promise<number>((resolve) => session.events.on("target.halted", () => resolve(clock.now())));
    const at = clock.now();
    cpu.debugWrite(DHCSR, 4, HALT);
    let done = false;
    void heard.then(() => {
      done = true;
    });
    for (let turn = 0; turn < 300 && !done; turn++) await clock.sleep(1);
    return (await heard) - at;
  };
  return { session, clock, looks, noticed };
}

it("a running target is looked at four times a second while nobody waits for it, and then as often as ever", async () => {
  const { session, looks } = await running();
  await looks(300);
  const seldom = await looks(1000);
  expect(seldom).toBeGreaterThanOrEqual(3);
  expect(seldom).toBeLessThanOrEqual(5);
  session.attended = true;
  await looks(300);
  expect(await looks(1000)).toBeGreaterThanOrEqual(40);
});

it("who comes in the middle of a long pause hears of a stop as soon as who was there before", async () => {
  const { session, looks, noticed } = await running();
  session.attended = true;
  await session.halt();
  await session.resume();
  const soon = await noticed();
  await session.resume();
  await looks(500);
  const later = await noticed();
  expect(later).toBeLessThan(soon + 20);

  session.attended = false;
  await session.resume();
  await looks(330);
  session.attended = true;
  expect(await noticed()).toBeLessThan(soon + 5);
  await session.resume();
  await looks(500);
  expect(await noticed()).toBeLessThan(soon + 20);

  // Halted, and running again, within one long pause.
  session.attended = false;
  await session.resume();
  await looks(330);
  await session.halt();
  session.attended = true;
  await session.resume();
  expect(await noticed()).toBeLessThan(soon + 5);
});
