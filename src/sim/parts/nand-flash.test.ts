import { beforeEach, describe, expect, it } from "vitest";
import { Scheduler } from "../time/scheduler.ts";
import { NandFlash, nandGeometry, nandTimes } from "./nand-flash.ts";

let scheduler: Scheduler;
let nand: NandFlash;

function pass(nanoseconds: number): void {
  scheduler.cycles = scheduler.cyclesAt(scheduler.nanoseconds + nanoseconds);
  scheduler.fireDue();
}

function send(command: number, ...address: number[]): void {
  nand.command(command);
  for (const cycle of address) nand.address(cycle);
}

const row = (page: number): [number, number, number] => [page & 0xff, (page >> 8) & 0xff, page >> 16];

function program(page: number, bytes: readonly number[], pointer = 0x00, column = 0): void {
  nand.command(pointer);
  send(0x80, column, ...row(page));
  for (const byte of bytes) nand.write(byte);
  nand.command(0x10);
}

function status(): number {
  nand.command(0x70);
  return nand.read();
}

function read(page: number, count: number, pointer = 0x00, column = 0): number[] {
  send(pointer, column, ...row(page));
  pass(nandTimes.read);
  return Array.from({ length: count }, () => nand.read());
}

function erase(page: number): void {
  send(0x60, ...row(page));
  nand.command(0xd0);
}

beforeEach(() => {
  scheduler = new Scheduler(72_000_000);
  nand = new NandFlash(scheduler, { badBlocks: [37] });
});

describe("NAND512W3A2", () => {
  it("tells its manufacturer and device code", () => {
    send(0x90, 0);
    expect([nand.read(), nand.read(), nand.read()]).toEqual([0x20, 0x76, 0xff]);
  });

  it("needs 12 us to fetch a page, and shows it by status and by R/B", () => {
    nand.content.load(70_000 * 528, Uint8Array.of(1, 2, 3));
    const ready: boolean[] = [];
    nand.onReady((level) => ready.push(level));
    send(0x00, 1, ...row(70_000));
    expect([status(), nand.ready, nand.readyAt]).toEqual([0x80, false, 12_000]);
    pass(nandTimes.read - 100);
    expect(status()).toBe(0x80);
    pass(100);
    expect([status(), nand.ready, nand.readyAt, ready]).toEqual([0xc0, true, 0, [false, true]]);
    // 00h without an address goes back from the status to the data.
    nand.command(0x00);
    expect([nand.read(), nand.read(), nand.read()]).toEqual([2, 3, 0xff]);
    expect(nand.readNanoseconds).toBe(12_000);
  });

  it("puts out no data while the page is on its way", () => {
    nand.content.load(0, Uint8Array.of(1, 2, 3));
    send(0x00, 0, 0, 0, 0);
    expect(nand.read()).toBe(0xff);
    pass(nandTimes.read);
    expect(nand.read()).toBe(1);
  });

  it("starts reading with the fourth address cycle, and ends at the end of the spare area", () => {
    send(0x00, 0, 0, 0);
    expect(nand.ready).toBe(true);
    nand.address(0);
    expect(nand.ready).toBe(false);
    pass(nandTimes.read);
    nand.content.load(528, new Uint8Array(528));
    expect(Array.from({ length: 530 }, () => nand.read()).every((byte) => byte === 0xff)).toBe(true);
  });

  it("points to the areas A, B for one operation, and C until told otherwise", () => {
    nand.content.load(
      0,
      Uint8Array.from({ length: 528 }, (_, i) => (i < 256 ? 0xa : i < 512 ? 0xb : 0xc)),
    );
    expect(read(0, 1, 0x01, 3)).toEqual([0xb]);
    send(0x80, 0, ...row(1));
    nand.write(0x11);
    nand.command(0x10);
    pass(nandTimes.program);
    expect([nand.page(1)[0], nand.page(1)[256]]).toEqual([0x11, 0xff]);
    expect(read(0, 17, 0x50, 0)).toEqual([...new Array(16).fill(0xc), 0xff]);
    send(0x80, 4, ...row(2));
    nand.write(0x22);
    nand.command(0x10);
    pass(nandTimes.program);
    expect([nand.page(2)[4], nand.page(2)[516]]).toEqual([0xff, 0x22]);
    program(3, [0x33], 0x01, 2);
    pass(nandTimes.program);
    expect(nand.page(3)[258]).toBe(0x33);
  });

  it("programs a page in 200 us and can clear bits alone", () => {
    program(100, [0xf0, 0x0f]);
    expect([status(), nand.readyAt]).toEqual([0x80, 200_000]);
    expect(nand.page(100)[0]).toBe(0xff);
    pass(nandTimes.program);
    expect(status()).toBe(0xc0);
    program(100, [0x3c, 0xff, 0x55]);
    pass(nandTimes.program);
    expect([status(), ...nand.page(100).subarray(0, 4)]).toEqual([0xc0, 0x30, 0x0f, 0x55, 0xff]);
    expect(nand.programNanoseconds).toBe(2 * nandTimes.program);
  });

  it("erases a block in 2 ms and leaves its neighbours", () => {
    for (const page of [31, 32, 63, 64]) nand.content.load(page * 528 + 527, Uint8Array.of(0));
    erase(40);
    pass(nandTimes.erase - 1000);
    expect([status(), nand.page(32)[527]]).toEqual([0x80, 0]);
    pass(1000);
    expect(status()).toBe(0xc0);
    expect([31, 32, 63, 64].map((page) => nand.page(page)[527])).toEqual([0, 0xff, 0xff, 0]);
    expect([nand.eraseNanoseconds, nand.busyNanoseconds]).toEqual([nandTimes.erase, nandTimes.erase]);
  });

  it("marks factory bad blocks, and fails to erase or program them", () => {
    const first = 37 * nandGeometry.pagesPerBlock;
    expect(read(first, 7, 0x50, 0)).toEqual([0xff, 0xff, 0xff, 0xff, 0xff, 0, 0xff]);
    expect(nand.page(0)[517]).toBe(0xff);
    erase(first);
    pass(nandTimes.erase);
    expect([status(), nand.page(first)[517]]).toEqual([0xc1, 0]);
    program(first + 1, [0]);
    pass(nandTimes.program);
    expect([status(), nand.page(first + 1)[0]]).toEqual([0xc1, 0xff]);
    program(5, [0]);
    pass(nandTimes.program);
    expect(status()).toBe(0xc0);
  });

  it("copies a page to another without the bus", () => {
    nand.content.load(
      7 * 528,
      Uint8Array.from({ length: 528 }, (_, i) => i * 3),
    );
    send(0x00, 0, ...row(7));
    pass(nandTimes.read);
    send(0x8a, 0, ...row(900));
    nand.command(0x10);
    pass(nandTimes.program);
    expect(nand.page(900)).toEqual(nand.page(7));
  });

  it("takes status and reset alone while busy; a reset cuts the operation off", () => {
    erase(0);
    send(0x90, 0);
    program(64, [0]);
    expect(status()).toBe(0x80);
    pass(500_000);
    nand.content.load(0, Uint8Array.of(0x12));
    nand.command(0xff);
    expect(nand.readyAt).toBe(500_000 + nandTimes.reset.erase);
    pass(nandTimes.reset.erase);
    pass(nandTimes.erase);
    expect([status(), nand.page(0)[0], nand.page(64)[0]]).toEqual([0xc0, 0x12, 0xff]);
    expect([nand.eraseNanoseconds, nand.readNanoseconds]).toEqual([500_000, nandTimes.reset.erase]);
    nand.command(0xff);
    expect(nand.readyAt - scheduler.nanoseconds).toBeCloseTo(nandTimes.reset.idle, 0);
  });

  it("does nothing on a confirmation without its set-up", () => {
    nand.command(0x10);
    nand.command(0xd0);
    send(0x60, 0, 0);
    nand.command(0xd0);
    send(0x80, 0, 0, 0);
    nand.command(0x10);
    send(0x80, ...[0, 0, 0, 0]);
    nand.command(0xd0);
    send(0x60, 0, 0, 0);
    nand.command(0x10);
    expect([nand.ready, nand.busyNanoseconds]).toEqual([true, 0]);
  });
});
