import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, it } from "vitest";

import { readImage } from "../../src/formats/image.ts";
import { type BoardServer, firmware, startBoard } from "../gdb/board-server.ts";
import { RspClient } from "../gdb/rsp-client.ts";
import { countOf, Random, seedOfRun } from "../qemu/random.ts";

/** Virtual seconds of the board that pass at least; PROBITY_SOAK_SECONDS=3600 is an hour. */
const wanted = countOf("PROBITY_SOAK_SECONDS", 5);
/** Looks at the memory in between. */
const samples = 10;
/** Bytes that the heap may have grown between the third look and the last: what a server keeps is of a fixed size. */
const mostGrowth = 2 * 1024 * 1024;
const mostResident = 64 * 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const hex = (value: number): string => value.toString(16);
/** The round's last packets, and where the core stands: what a round that fails is understood by. */
function account({ lines, opened }: BoardServer): string {
  const { cpu } = opened.board!.chip;
  const { r } = cpu.registers();
  const state = `${cpu.halted ? "halted" : "running"} at 0x${hex(r[15])}, ${cpu.retired} instructions`;
  return [...lines.slice(-40), `The core: ${state}.`].join("\n");
}

let bench: { readonly board: BoardServer; readonly gdb: RspClient } | undefined;
afterEach(async () => {
  bench?.gdb.close();
  await bench?.board.close();
});

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const programs = ["blinky", "inspect"].map((name) => readImage(readFileSync(firmware(name)), name).segments);

/** A load, as GDB does it: erase, write, done. */
async function load(gdb: RspClient, segments: (typeof programs)[number]): Promise<void> {
  for (const { address, data } of segments) {
    const pages = Math.ceil(((address & 0x3ff) + data.length) / 0x400) * 0x400;
    expect(await gdb.ask(`vFlashErase:${hex(address - (address & 0x3ff))},${hex(pages)}`)).toBe("OK");
    for (let at = 0; at < data.length; at += 1000) {
      const packet = Buffer.from(`vFlashWrite:${hex(address + at)}:`);
      expect(await gdb.ask(Buffer.concat([packet, data.subarray(at, at + 1000)]))).toBe("OK");
    }
  }
  expect(await gdb.ask("vFlashDone")).toBe("OK");
}

/** Loads, resets, steps, runs to a breakpoint and away from it, and reads what a debugger reads. */
async function round(gdb: RspClient, random: Random, number: number): Promise<void> {
  const segments = programs[number % programs.length];
  await load(gdb, segments);
  expect((await gdb.monitor(random.pick(["reset", "reset halt", "reset core", "reset hardware"]))).reply).toBe("OK");
  for (let step = 0; step < 20; step++) {
    expect(await gdb.ask("s")).toMatch(/^[TS]05/);
    if (random.oneIn(3)) await gdb.ask("g");
    if (random.oneIn(5)) await gdb.ask(`m${hex(0x2000_0000 + 4 * random.below(1000))},40`);
  }
  const pc = Buffer.from((await gdb.ask("pf")).slice(0, 8), "hex").readUInt32LE(0);
  const line = `${hex(pc)},${hex(pc + 8)}`;
  await gdb.ask(`vCont;r${line}`);
  // To a place it came by, or until it is told to stop.
  const place = hex(segments[0].address + 0x100 + 2 * random.below(64));
  expect(await gdb.ask(`Z1,${place},2`)).toBe("OK");
  gdb.send("c");
  await new Promise((resolve) => setTimeout(resolve, 2));
  gdb.raw(Uint8Array.of(3));
  expect(await gdb.next()).toMatch(/^[TS]\d\d/);
  expect(await gdb.ask(`z1,${place},2`)).toBe("OK");
}

it(`an hour of loading, resetting and stepping leaves no memory behind (${wanted} virtual seconds of it here)`, {
  timeout: 120_000 + 3000 * wanted,
}, async () => {
  const board = await startBoard({ elf: firmware("blinky") });
  const gdb = await RspClient.connect(board.port);
  bench = { board, gdb };
  // An hour on a machine that has other work besides: a server that is slow for a moment is not one that hangs.
  gdb.patience = 60_000;
  await gdb.ask("qSupported:hwbreak+");
  const random = new Random(seedOfRun(), 0x50a);
  const { scheduler } = board.opened.board!.chip;
  const seconds = (): number => scheduler.nanoseconds / 1e9;
  const looks: { readonly heap: number; readonly resident: number }[] = [];
  const look = (rounds: number): void => {
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    looks.push({ heap: heapUsed, resident: rss });
    console.log(
      `${seconds().toFixed(0)} virtual seconds, ${rounds} rounds: heap ${mib(heapUsed)}, resident ${mib(rss)} MiB`,
    );
  };
  let rounds = 0;
  // Once through everything before the first look: code is compiled, tables are made.
  for (; rounds < 2 * programs.length; rounds++) await round(gdb, random, rounds);
  const begun = seconds();
  look(rounds);
  while (looks.length <= samples) {
    await round(gdb, random, rounds++).catch((error: Error) => {
      throw new Error(`round ${rounds}: ${error.message}\n${account(board)}`);
    });
    // The bench's own notes are no memory of the server's.
    board.lines.length = 0;
    gdb.received = "";
    if (seconds() - begun >= (looks.length * wanted) / samples) look(rounds);
  }
  const last = looks[samples];
  expect(last.heap - looks[2].heap).toBeLessThan(mostGrowth);
  expect(last.resident - looks[2].resident).toBeLessThan(mostResident);
});
