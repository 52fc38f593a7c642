import { describe, expect, it } from "vitest";
import { Scheduler } from "../time/scheduler.ts";
import { Mt25q, mt25qTimes } from "./mt25q.ts";
import { noPhase, type QspiCommand, type QspiLines } from "./qspi-wire.ts";

const MHZ = 100;

/** A master that sends whole commands, and the part's own time. */
class Master {
  readonly scheduler = new Scheduler(MHZ * 1e6);
  readonly flash = new Mt25q(this.scheduler);

  pass(nanoseconds: number): void {
    this.scheduler.cycles += Math.ceil((nanoseconds * MHZ) / 1000);
  }

  /** One command: what is read of it, when `read` is given. */
  send(
    instruction: number,
    options: {
      lines?: QspiLines;
      address?: number;
      bits?: number;
      addressLines?: QspiLines;
      dummy?: number;
      dataLines?: QspiLines;
      write?: readonly number[];
      read?: number;
    } = {},
  ): number[] {
    const { lines = 1, address, bits = 24, dummy = 0, write = [], read = 0 } = options;
    const hasData = write.length + read > 0;
    const command: QspiCommand = {
      instruction: { value: instruction, bits: 8, lines },
      address: address === undefined ? noPhase : { value: address, bits, lines: options.addressLines ?? lines },
      alternate: noPhase,
      dummyCycles: dummy,
      dataLines: hasData ? (options.dataLines ?? lines) : 0,
      doubleRate: false,
    };
    this.flash.select(command);
    for (const byte of write) this.flash.write(byte);
    const bytes = Array.from({ length: read }, () => this.flash.read());
    this.flash.deselect();
    return bytes;
  }

  writeEnabled(instruction: number, options: Parameters<Master["send"]>[1] = {}): void {
    this.send(0x06, { lines: options.lines });
    this.send(instruction, options);
  }

  status(lines: QspiLines = 1): number {
    return this.send(0x05, { lines, read: 1 })[0];
  }

  flags(): number {
    return this.send(0x70, { read: 1 })[0];
  }
}

describe("MT25QL512A", () => {
  it("tells its id, on one line alone until it is in quad protocol", () => {
    const master = new Master();
    expect(master.send(0x9f, { read: 5 })).toEqual([0x20, 0xba, 0x20, 0x10, 0x44]);
    expect(master.send(0xaf, { read: 3 })).toEqual([0xff, 0xff, 0xff]);
    master.send(0x35);
    expect(master.flash.protocolLines).toBe(4);
    expect(master.send(0x9f, { read: 3 })).toEqual([0xff, 0xff, 0xff]);
    expect(master.send(0xaf, { read: 3 })).toEqual([0xff, 0xff, 0xff]);
    expect(master.send(0xaf, { lines: 4, read: 3 })).toEqual([0x20, 0xba, 0x20]);
    master.send(0xf5, { lines: 4 });
    expect(master.flash.protocolLines).toBe(1);
  });

  it("programs a page: wraps in it, clears bits only, and is busy for the typical time", () => {
    const master = new Master();
    const { flash } = master;
    master.send(0x02, { address: 0x1000, write: [0] });
    expect(flash.content.byte(0x1000)).toBe(0xff);
    master.writeEnabled(0x02, { address: 0x10fe, write: [1, 2, 3] });
    expect([master.status(), master.flags() & 0x80]).toEqual([1, 0]);
    expect([...flash.content.read(0x10fe, 3), flash.content.byte(0x1000)]).toEqual([1, 2, 0xff, 3]);
    // Busy: neither reads nor new work.
    expect(master.send(0x03, { address: 0x1000, read: 1 })).toEqual([0xff]);
    master.writeEnabled(0x02, { address: 0x2000, write: [0] });
    master.pass(mt25qTimes.programPage - 100);
    expect(master.status() & 1).toBe(1);
    master.pass(100);
    expect([master.status(), master.flags() & 0x80]).toEqual([0, 0x80]);
    expect(flash.content.byte(0x2000)).toBe(0xff);
    master.writeEnabled(0x02, { address: 0x1000, write: [0xfe] });
    expect(flash.content.byte(0x1000)).toBe(2);
    expect(flash.busyNanoseconds).toEqual({ erase: 0, program: 2 * mt25qTimes.programPage });
  });

  it("takes the last 256 bytes when more than a page comes", () => {
    const master = new Master();
    master.writeEnabled(0x02, { address: 0x300, write: Array.from({ length: 257 }, (_, i) => i & 0xff) });
    expect(master.flash.content.byte(0x300)).toBe(0);
    master.pass(mt25qTimes.programPage);
    master.writeEnabled(0x02, { address: 0x500, write: [0x55, ...new Array(255).fill(0x11), 0x0f] });
    expect(master.flash.content.byte(0x500)).toBe(0x0f);
  });

  it.each([
    [0x20, 0x1000, mt25qTimes.erase4K],
    [0x52, 0x8000, mt25qTimes.erase32K],
    [0xd8, 0x10000, mt25qTimes.erase64K],
  ])("erases by command 0x%s of %i bytes", (instruction, bytes, time) => {
    const master = new Master();
    const { content } = master.flash;
    content.load(0x10000, new Uint8Array(0x20000));
    master.writeEnabled(instruction, { address: 0x20000 + bytes - 1 });
    expect([content.byte(0x1ffff), content.byte(0x20000), content.byte(0x20000 + bytes - 1)]).toEqual([0, 0xff, 0xff]);
    if (bytes < 0x10000) expect(content.byte(0x20000 + bytes)).toBe(0);
    master.pass(time - 1000);
    expect(master.flash.busy).toBe(true);
    master.pass(1000);
    expect([master.flash.busy, master.flash.busyNanoseconds.erase]).toEqual([false, time]);
  });

  it("erases everything, and nothing of what block protection covers", () => {
    const master = new Master();
    const { flash } = master;
    flash.content.load(0, Uint8Array.of(0));
    flash.content.load(0x3ff0000, Uint8Array.of(0));
    // TB and BP 1: the lowest sector of 64 KiB.
    master.writeEnabled(0x01, { write: [0x24] });
    master.pass(mt25qTimes.writeStatus);
    expect(master.status()).toBe(0x24);
    master.writeEnabled(0xc7);
    expect([flash.busy, master.flags() & 0x22, master.status() & 2]).toEqual([false, 0x22, 2]);
    master.writeEnabled(0x02, { address: 0xffff, write: [0] });
    expect([flash.content.byte(0xffff), master.flags() & 0x12]).toEqual([0xff, 0x12]);
    master.send(0x50);
    expect(master.flags()).toBe(0x80);
    master.writeEnabled(0xd8, { address: 0x3ff0000 & 0xffffff });
    expect(flash.busy).toBe(true);
    master.pass(mt25qTimes.erase64K);
    master.writeEnabled(0x01, { write: [0] });
    master.pass(mt25qTimes.writeStatus);
    master.writeEnabled(0xc7);
    expect([flash.content.chunks, flash.busy]).toEqual([0, true]);
    expect(flash.busyNanoseconds.erase).toBe(mt25qTimes.erase64K + mt25qTimes.eraseBulk);
  });

  it("reaches beyond 16 MiB by four address bytes, by the mode, or by the extended address register", () => {
    const master = new Master();
    master.flash.content.load(0x2345678, Uint8Array.of(0x5a));
    const short = () => master.send(0x03, { address: 0x345678, read: 1 })[0];
    expect(short()).toBe(0xff);
    expect(master.send(0x13, { address: 0x2345678, bits: 32, read: 1 })).toEqual([0x5a]);
    master.writeEnabled(0xc5, { write: [2] });
    expect([short(), master.send(0xc8, { read: 1 })[0]]).toEqual([0x5a, 2]);
    master.send(0xb7);
    expect(master.flags() & 1).toBe(1);
    expect(master.send(0x03, { address: 0x2345678, bits: 32, read: 1 })).toEqual([0x5a]);
    master.send(0xe9);
    expect(short()).toBe(0x5a);
  });

  it("reads on two and four lines after the dummy clocks that it is set to", () => {
    const master = new Master();
    master.flash.content.load(0x100, Uint8Array.of(0x12, 0x34, 0xa5));
    const expected = [0x12, 0x34, 0xa5];
    const at = { address: 0x100, read: 3 };
    expect(master.send(0x0b, { ...at, dummy: 8 })).toEqual(expected);
    expect(master.send(0x3b, { ...at, dummy: 8, dataLines: 2 })).toEqual(expected);
    expect(master.send(0xbb, { ...at, dummy: 8, addressLines: 2, dataLines: 2 })).toEqual(expected);
    expect(master.send(0x6b, { ...at, dummy: 8, dataLines: 4 })).toEqual(expected);
    expect(master.send(0xeb, { ...at, dummy: 10, addressLines: 4, dataLines: 4 })).toEqual(expected);
    master.writeEnabled(0x81, { write: [0x6b] });
    expect(master.send(0x85, { read: 1 })).toEqual([0x6b]);
    expect(master.send(0x6b, { ...at, dummy: 6, dataLines: 4 })).toEqual(expected);
  });

  it("gives shifted data for a wrong number of dummy clocks or lines, as wires would", () => {
    const master = new Master();
    master.flash.content.load(0x100, Uint8Array.of(0x12, 0x34, 0x56, 0x78));
    const at = { address: 0x100, read: 2 };
    // Two clocks too early on four lines: a byte of idle lines, then the data. Two too late: the first byte is missed.
    expect(master.send(0x6b, { ...at, dummy: 6, dataLines: 4 })).toEqual([0xff, 0x12]);
    expect(master.send(0x6b, { ...at, dummy: 10, dataLines: 4 })).toEqual([0x34, 0x56]);
    expect(master.send(0x6b, { ...at, dummy: 9, dataLines: 4 })).toEqual([0x23, 0x45]);
    // One line of four is IO1, bit 1 of each nibble: 0001 0010 0011 0100 0101 0110 0111 1000.
    expect(master.send(0x6b, { ...at, read: 1, dummy: 8, dataLines: 1 })).toEqual([0b01100110]);
    // The part sends on IO1 alone, the master listens to all four: the others are pulled up.
    expect(master.send(0x0b, { ...at, read: 4, dummy: 8, dataLines: 4 })).toEqual([0xdd, 0xdf, 0xdd, 0xfd]);
  });

  it("takes the bits of an address as they come: four bytes where it expects three", () => {
    const master = new Master();
    const { flash } = master;
    flash.content.load(0x001234, Uint8Array.of(9, 8));
    // The part hears 0x001234, and its data begin while the last eight bits are still sent.
    expect(master.send(0x03, { address: 0x00123456, bits: 32, read: 1 })).toEqual([8]);
    master.writeEnabled(0x02, { address: 0x00100056, bits: 32, write: [0x77] });
    expect([...flash.content.read(0x1000, 2)]).toEqual([0x56, 0x77]);
    master.pass(mt25qTimes.programPage);
    // An erase with a byte too much is no erase.
    master.writeEnabled(0x20, { address: 0x1000, bits: 32 });
    expect([flash.busy, master.status() & 2]).toEqual([false, 2]);
  });

  it("forgets modes at a reset that was enabled, and at power-on; nonvolatile settings stay", () => {
    const master = new Master();
    const { flash } = master;
    master.send(0xb7);
    master.writeEnabled(0x61, { write: [0x7f] });
    expect(flash.protocolLines).toBe(4);
    master.send(0x99, { lines: 4 });
    expect(flash.protocolLines).toBe(4);
    master.send(0x66, { lines: 4 });
    master.status(4);
    master.send(0x99, { lines: 4 });
    expect(flash.protocolLines).toBe(4);
    master.send(0x66, { lines: 4 });
    master.send(0x99, { lines: 4 });
    expect([flash.protocolLines, flash.fourByteAddresses]).toEqual([1, false]);
    master.pass(mt25qTimes.reset);
    // NVCR: four address bytes (bit 0), six dummy clocks.
    master.writeEnabled(0xb1, { write: [0xfe, 0x6f] });
    master.pass(mt25qTimes.writeNonvolatile);
    expect(master.send(0xb5, { read: 2 })).toEqual([0xfe, 0x6f]);
    expect(flash.fourByteAddresses).toBe(false);
    flash.powerOn();
    expect([flash.fourByteAddresses, master.send(0x85, { read: 1 })[0]]).toEqual([true, 0x6b]);
  });
});
