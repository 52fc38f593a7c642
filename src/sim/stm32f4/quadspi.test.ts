import { describe, expect, it } from "vitest";
import { BUS_FAULT } from "../cpu/cpu.ts";
import type { QspiCommand, QspiDevice } from "../parts/qspi-wire.ts";
import { Scheduler } from "../time/scheduler.ts";
import { Quadspi } from "./quadspi.ts";
import { Cr, QuadspiRegister as R, Sr } from "./quadspi-registers.ts";

const ONE_LINE = 1 << 8;
const ADDRESS_24 = (1 << 10) | (2 << 12);
const DATA_1 = 1 << 24;
const READ = 1 << 26;
const POLL = 2 << 26;
const MAPPED = 3 << 26;
/** FSIZE of 16 MiB. */
const FSIZE = 23 << 16;

/** A part that notes what it hears, and sends rising numbers or what it was given. */
class FakePart implements QspiDevice {
  readonly commands: QspiCommand[] = [];
  readonly log: string[] = [];
  readonly written: number[] = [];
  status: number | undefined;
  steadyUntil = 0;
  #next = 0;

  select(command: QspiCommand): void {
    this.commands.push(command);
    this.#next = command.address.value & 0xff;
    this.log.push(`select ${command.instruction.value.toString(16)}`);
  }

  read(): number {
    return this.status ?? this.#next++ & 0xff;
  }

  write(byte: number): void {
    this.written.push(byte);
  }

  deselect(): void {
    this.log.push("deselect");
  }
}

/** The controller at HCLK 100 MHz with a prescaler of 4: one SCLK is 4 cycles. */
class Rig {
  readonly scheduler = new Scheduler(100e6);
  readonly part = new FakePart();
  interrupt = false;
  readonly quadspi = new Quadspi({
    scheduler: this.scheduler,
    setInterrupt: (_, high) => {
      this.interrupt = high;
    },
    deviceFor: () => this.part,
  });

  constructor(cr = 0) {
    this.write(R.CR, (3 << 24) | Cr.EN | cr);
    this.write(R.DCR, FSIZE);
  }

  write(register: number, value: number, size: 1 | 2 | 4 = 4): void {
    this.quadspi.write(register, size, value >>> 0);
  }

  read(register: number, size: 1 | 2 | 4 = 4): number {
    return this.quadspi.read(register, size);
  }

  /** Lets SCLK periods pass. */
  pass(clocks: number): void {
    const end = this.scheduler.cycles + clocks * 4;
    while (this.scheduler.cycles < end) {
      this.scheduler.cycles = Math.min(this.scheduler.next, end);
      this.scheduler.fireDue();
    }
  }

  get status(): number {
    return this.read(R.SR) & 0x3f;
  }

  get level(): number {
    return this.read(R.SR) >>> 8;
  }
}

describe("QUADSPI in indirect mode", () => {
  it("sends a lone instruction as CCR is written, for the time of its clocks", () => {
    const rig = new Rig();
    rig.write(R.CCR, ONE_LINE | 0x06);
    expect(rig.status).toBe(Sr.BUSY | Sr.FTF);
    rig.pass(7.5);
    expect([rig.status & Sr.BUSY, rig.part.log.at(-1)]).toEqual([Sr.BUSY, "select 6"]);
    // What is written meanwhile is lost.
    rig.write(R.CCR, ONE_LINE | 0x04);
    rig.write(R.DLR, 77);
    rig.pass(0.5);
    expect([rig.status, rig.part.log.at(-1)]).toEqual([Sr.TCF | Sr.FTF, "deselect"]);
    expect([rig.read(R.CCR), rig.read(R.DLR)]).toEqual([ONE_LINE | 0x06, 0]);
    rig.write(R.FCR, Sr.TCF);
    expect(rig.status).toBe(Sr.FTF);
  });

  it("does nothing while EN is 0, and nothing without a phase", () => {
    const rig = new Rig();
    rig.write(R.CR, 0);
    rig.write(R.CCR, ONE_LINE | 0x06);
    rig.write(R.CR, (3 << 24) | Cr.EN);
    rig.write(R.CCR, 0);
    rig.pass(100);
    expect([rig.part.log, rig.status]).toEqual([[], Sr.FTF]);
  });

  it("begins a write of data with DR, and ends behind the last byte", () => {
    const rig = new Rig();
    rig.write(R.DLR, 2);
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | 0x02);
    rig.write(R.AR, 0x123456);
    expect([rig.status & Sr.BUSY, rig.part.log.length]).toEqual([0, 0]);
    rig.write(R.DR, 0x2211, 2);
    expect(rig.part.commands[0].address).toEqual({ value: 0x123456, bits: 24, lines: 1 });
    rig.pass(32 + 16);
    expect([rig.status & (Sr.BUSY | Sr.TCF), rig.level]).toEqual([Sr.BUSY, 0]);
    expect(rig.part.written).toEqual([0x11, 0x22]);
    // The part waits, selected, until the third byte comes; a fourth is not sent.
    rig.pass(1000);
    rig.write(R.DR, 0x4433, 2);
    rig.pass(7);
    expect(rig.status & Sr.BUSY).toBe(Sr.BUSY);
    rig.pass(1);
    expect([rig.part.written, rig.status & (Sr.BUSY | Sr.TCF)]).toEqual([[0x11, 0x22, 0x33], Sr.TCF]);
  });

  it("has room as long as FTHRES free places are left", () => {
    const rig = new Rig(7 << 8); // eight bytes
    rig.write(R.DLR, 63);
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | 0x02);
    rig.write(R.AR, 0);
    for (let i = 0; i < 6; i++) rig.write(R.DR, 0);
    expect([rig.level, rig.status & Sr.FTF]).toEqual([24, Sr.FTF]);
    rig.write(R.DR, 0, 1);
    expect([rig.level, rig.status & Sr.FTF]).toEqual([25, 0]);
  });

  it("stalls a writer while the FIFO's 32 places are full", () => {
    const rig = new Rig();
    rig.write(R.DLR, 63);
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | 0x02);
    rig.write(R.AR, 0);
    for (let i = 0; i < 8; i++) rig.write(R.DR, 0);
    expect([rig.level, rig.status & Sr.FTF]).toEqual([32, 0]);
    const before = rig.scheduler.cycles;
    rig.write(R.DR, 0xaa, 1);
    expect(rig.scheduler.cycles - before).toBe((32 + 8) * 4);
  });

  it("fills the FIFO at the pace of SCLK, stands still when it is full, and is busy until it is empty", () => {
    const rig = new Rig(3 << 8); // FTHRES: four bytes
    rig.write(R.DLR, 39);
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | READ | 0x03);
    rig.write(R.AR, 0x10);
    rig.pass(32 + 8 * 3);
    expect([rig.level, rig.status & Sr.FTF]).toEqual([3, 0]);
    rig.pass(8);
    expect([rig.level, rig.status & Sr.FTF]).toEqual([4, Sr.FTF]);
    rig.pass(1000);
    expect([rig.level, rig.status]).toEqual([32, Sr.BUSY | Sr.FTF]);
    expect(rig.read(R.DR)).toBe(0x13121110);
    expect(rig.level).toBe(28);
    rig.pass(8 * 3);
    expect(rig.level).toBe(31);
    for (let i = 0; i < 8; i++) rig.read(R.DR);
    // The last word waits for bytes that are on their way.
    expect(rig.read(R.DR)).toBe(0x37363534);
    expect([rig.level, rig.status]).toEqual([0, Sr.TCF]);
    expect(rig.part.log).toEqual(["select 3", "deselect"]);
  });

  it("reads without an address as CCR is written, and raises FTF for the rest below the threshold", () => {
    const rig = new Rig(15 << 8);
    rig.write(R.DLR, 2);
    rig.write(R.CCR, ONE_LINE | DATA_1 | READ | 0x9f);
    rig.pass(8 + 24);
    expect(rig.status).toBe(Sr.BUSY | Sr.FTF | Sr.TCF);
    expect([rig.read(R.DR, 1), rig.read(R.DR, 1), rig.read(R.DR, 1), rig.read(R.DR, 1)]).toEqual([0, 1, 2, 0]);
    expect(rig.status).toBe(Sr.TCF);
  });

  it("refuses addresses beyond FSIZE with TEF", () => {
    const rig = new Rig();
    rig.write(R.DLR, 3);
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | READ | 0x03);
    rig.write(R.AR, 0xfffffd);
    expect([rig.status, rig.part.log]).toEqual([Sr.TEF, []]);
    rig.write(R.FCR, Sr.TEF);
    rig.write(R.AR, 0xfffffc);
    expect(rig.status).toBe(Sr.BUSY);
  });

  it("ends whatever goes on at ABORT, with TCF", () => {
    const rig = new Rig();
    rig.write(R.DLR, 100);
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | READ | 0x03);
    rig.write(R.AR, 0);
    rig.pass(100);
    rig.write(R.CR, rig.read(R.CR) | Cr.ABORT);
    expect([rig.status, rig.level, rig.read(R.CR) & Cr.ABORT]).toEqual([Sr.TCF, 0, 0]);
    expect(rig.part.log).toEqual(["select 3", "deselect"]);
  });

  it("leaves the instruction out of every command but the first with SIOO", () => {
    const rig = new Rig();
    rig.write(R.CCR, (1 << 28) | ONE_LINE | ADDRESS_24 | 0x20);
    for (const address of [0x1000, 0x2000]) {
      rig.write(R.AR, address);
      rig.pass(40);
    }
    expect(rig.part.commands.map(({ instruction }) => instruction.lines)).toEqual([1, 0]);
  });

  it("keeps chip select high for CSHT clocks between commands", () => {
    const rig = new Rig();
    rig.write(R.DCR, FSIZE | (5 << 8));
    rig.write(R.CCR, ONE_LINE | 0x06);
    rig.pass(8);
    rig.write(R.CCR, ONE_LINE | 0x06);
    rig.pass(13);
    expect(rig.status & Sr.BUSY).toBe(Sr.BUSY);
    rig.pass(1);
    expect(rig.status & Sr.BUSY).toBe(0);
  });

  it("interrupts at threshold and end of a read, and at the end of a write", () => {
    const rig = new Rig(Cr.FTIE | (7 << 8));
    rig.write(R.DLR, 15);
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | READ | 0x03);
    expect(rig.interrupt).toBe(false);
    rig.write(R.AR, 0);
    rig.pass(32 + 63);
    expect(rig.interrupt).toBe(false);
    rig.pass(1);
    expect(rig.interrupt).toBe(true);
    rig.read(R.DR);
    expect(rig.interrupt).toBe(false);
    rig.write(R.CR, (3 << 24) | Cr.EN | Cr.TCIE);
    rig.pass(63);
    expect(rig.interrupt).toBe(false);
    rig.pass(1);
    expect(rig.interrupt).toBe(true);
    rig.write(R.FCR, Sr.TCF);
    expect(rig.interrupt).toBe(false);
  });
});

describe("QUADSPI polling a status register", () => {
  it("reads it every PIR clocks until it matches under the mask, and stops there with APMS", () => {
    const rig = new Rig(Cr.APMS | Cr.SMIE);
    rig.part.status = 3;
    rig.write(R.PSMKR, 1);
    rig.write(R.PSMAR, 0);
    rig.write(R.PIR, 100);
    rig.write(R.CCR, ONE_LINE | DATA_1 | POLL | 0x05);
    rig.pass(16 + 3 * 116);
    expect(rig.part.commands.length).toBe(4);
    expect([rig.status, rig.read(R.DR, 1)]).toEqual([Sr.BUSY | Sr.FTF, 3]);
    expect(rig.status).toBe(Sr.BUSY);
    rig.part.status = 2;
    expect(rig.interrupt).toBe(false);
    rig.pass(116);
    expect([rig.status & (Sr.BUSY | Sr.SMF), rig.interrupt]).toEqual([Sr.SMF, true]);
    rig.write(R.FCR, Sr.SMF);
    rig.pass(1000);
    expect([rig.part.commands.length, rig.interrupt]).toEqual([5, false]);
  });

  it("matches any bit with PMM, and goes on without APMS", () => {
    const rig = new Rig(Cr.PMM);
    rig.part.status = 0x40;
    rig.write(R.PSMKR, 0xc0);
    rig.write(R.PSMAR, 0x80);
    rig.write(R.CCR, ONE_LINE | DATA_1 | POLL | 0x05);
    rig.pass(20);
    expect(rig.status & Sr.SMF).toBe(0);
    rig.part.status = 0xc0;
    rig.pass(40);
    expect(rig.status & (Sr.SMF | Sr.BUSY)).toBe(Sr.SMF | Sr.BUSY);
    rig.write(R.CR, rig.read(R.CR) | Cr.ABORT);
    expect(rig.status & Sr.BUSY).toBe(0);
  });

  it("passes over polls that would read the same while the part is busy, and sees the end in time", () => {
    const rig = new Rig(Cr.APMS);
    rig.part.status = 1;
    rig.part.steadyUntil = 1e6;
    rig.write(R.PSMKR, 1);
    rig.write(R.CCR, ONE_LINE | DATA_1 | POLL | 0x05);
    rig.pass(24_900);
    expect(rig.part.commands.length).toBeLessThan(5);
    expect(rig.status & Sr.SMF).toBe(0);
    rig.part.status = 0;
    rig.part.steadyUntil = 0;
    rig.pass(150);
    expect(rig.status & Sr.SMF).toBe(Sr.SMF);
  });
});

describe("a core that watches SR while QUADSPI polls", () => {
  const watching = () => {
    const rig = new Rig(Cr.APMS);
    rig.part.status = 1;
    rig.part.steadyUntil = 1e9;
    rig.write(R.PSMKR, 1);
    rig.write(R.CCR, ONE_LINE | DATA_1 | POLL | 0x05);
    rig.pass(20);
    return rig;
  };

  it("is held up after a while, ever less towards the end, and never beyond the next alarm", () => {
    const rig = watching();
    const look = (times: number) => {
      const before = rig.scheduler.cycles;
      for (let i = 0; i < times; i++) rig.quadspi.coreReads(R.SR);
      return rig.scheduler.cycles - before;
    };
    expect(look(999)).toBe(0);
    const first = look(1);
    expect(first).toBeGreaterThan(1e6);
    expect(look(1)).toBeLessThan(first);
    rig.scheduler.afterCycles(10, () => {});
    expect(look(5)).toBe(10);
    rig.scheduler.fireDue();
    // About 1200 looks lead to the end of 1 s at 100 MHz.
    look(1300);
    expect(rig.scheduler.cycles).toBeGreaterThan(0.99e8);
    expect(rig.scheduler.cycles).toBeLessThanOrEqual(1e8);
  });

  it("is not held up when it does other things in between, or nothing is polled", () => {
    const rig = watching();
    const before = rig.scheduler.cycles;
    for (let i = 0; i < 3000; i++) {
      rig.quadspi.coreReads(R.SR);
      if (i % 900 === 0) rig.quadspi.coreReads(R.CR);
      if (i % 901 === 0) rig.write(R.FCR, 0);
    }
    expect(rig.scheduler.cycles).toBe(before);
    const idle = new Rig();
    for (let i = 0; i < 3000; i++) idle.quadspi.coreReads(R.SR);
    expect(idle.scheduler.cycles).toBe(0);
  });
});

describe("QUADSPI memory-mapped", () => {
  const mapped = () => {
    const rig = new Rig();
    rig.write(R.CCR, ONE_LINE | ADDRESS_24 | DATA_1 | MAPPED | 0x03);
    return rig;
  };

  it("answers reads with the command in CCR, going on in it for addresses in order", () => {
    const rig = mapped();
    expect(rig.status & Sr.BUSY).toBe(0);
    expect(rig.quadspi.readMapped(0x20, 4, "cpu")).toBe(0x23222120);
    // 32 clocks of instruction and address, four bytes.
    expect(rig.scheduler.cycles).toBe((32 + 32) * 4);
    expect(rig.quadspi.readMapped(0x24, 2, "cpu")).toBe(0x2524);
    expect(rig.scheduler.cycles).toBe((32 + 48) * 4);
    expect(rig.part.log).toEqual(["select 3"]);
    rig.quadspi.readMapped(0x30, 1, "debug");
    expect(rig.part.log).toEqual(["select 3", "deselect", "select 3"]);
    expect(rig.status & Sr.BUSY).toBe(Sr.BUSY);
  });

  it("has read ahead when the core comes back later, 32 bytes at most", () => {
    const rig = mapped();
    rig.quadspi.readMapped(0, 4, "cpu");
    rig.pass(10_000);
    const before = rig.scheduler.cycles;
    for (let at = 4; at < 36; at += 4) rig.quadspi.readMapped(at, 4, "cpu");
    expect(rig.scheduler.cycles).toBe(before);
    rig.quadspi.readMapped(36, 4, "cpu");
    expect(rig.scheduler.cycles - before).toBe(4 * 8 * 4);
  });

  it("is left by ABORT alone: CCR cannot be written while it is busy", () => {
    const rig = mapped();
    rig.quadspi.readMapped(0, 4, "cpu");
    rig.write(R.CCR, ONE_LINE | 0x06);
    expect(rig.read(R.CCR) >>> 26).toBe(3);
    rig.write(R.CR, rig.read(R.CR) | Cr.ABORT);
    expect(rig.status & (Sr.BUSY | Sr.TCF)).toBe(Sr.TCF);
    rig.write(R.CCR, ONE_LINE | 0x06);
    expect(rig.quadspi.readMapped(0, 4, "cpu")).toBe(BUS_FAULT);
  });

  it("faults when it is not on, and beyond FSIZE", () => {
    const rig = mapped();
    expect(rig.quadspi.readMapped(0xfffffc, 4, "cpu")).not.toBe(BUS_FAULT);
    expect(rig.quadspi.readMapped(0x1000000, 1, "cpu")).toBe(BUS_FAULT);
    rig.write(R.CR, 0);
    expect(rig.quadspi.readMapped(0, 4, "cpu")).toBe(BUS_FAULT);
    expect(new Rig().quadspi.readMapped(0, 4, "debug")).toBe(BUS_FAULT);
  });

  it("lets chip select rise after LPTR clocks without a read, with TCEN", () => {
    const rig = mapped();
    rig.write(R.LPTR, 50);
    rig.write(R.CR, rig.read(R.CR) | Cr.TCEN);
    rig.quadspi.readMapped(0, 4, "cpu");
    rig.pass(49);
    expect(rig.status & (Sr.BUSY | Sr.TOF)).toBe(Sr.BUSY);
    rig.pass(1);
    expect(rig.status & (Sr.BUSY | Sr.TOF)).toBe(Sr.TOF);
    expect(rig.quadspi.readMapped(4, 1, "cpu")).toBe(4);
    expect(rig.part.log).toEqual(["select 3", "deselect", "select 3"]);
  });
});

it("QUADSPI reads 0xFF where no part is wired", () => {
  const scheduler = new Scheduler(100e6);
  const quadspi = new Quadspi({ scheduler, setInterrupt: () => {}, deviceFor: () => undefined });
  quadspi.write(R.CR, 4, Cr.EN);
  quadspi.write(R.DLR, 4, 1);
  quadspi.write(R.CCR, 4, ONE_LINE | DATA_1 | READ | 0x9f);
  expect(quadspi.read(R.DR, 2)).toBe(0xffff);
});
