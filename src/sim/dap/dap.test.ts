import { beforeEach, describe, expect, it } from "vitest";
import { ScriptedTarget } from "../../../test/scripted-target.ts";
import { ACK } from "./ack.ts";
import { Dap } from "./dap.ts";

let target: ScriptedTarget;
let dap: Dap;

const STICKYERR = 0x20;

beforeEach(() => {
  target = new ScriptedTarget();
  dap = new Dap(target);
  dap.selectProtocol("swd");
});

function readDp(address: number): number {
  expect(dap.readDp(address)).toBe(ACK.ok);
  return dap.data;
}

function readAp(register: number): number {
  dap.writeDp(8, register & 0xf0);
  expect(dap.readAp(register & 0xc)).toBe(ACK.ok);
  return readDp(0xc);
}

function writeAp(register: number, value: number): void {
  dap.writeDp(8, register & 0xf0);
  expect(dap.writeAp(register & 0xc, value)).toBe(ACK.ok);
}

function powerUp(): void {
  dap.writeDp(8, 0);
  dap.writeDp(4, 0x50000000);
}

describe("debug port", () => {
  it("identifies itself and acknowledges the power-up requests", () => {
    expect(readDp(0)).toBe(0x1ba01477);
    expect(readDp(4)).toBe(0);
    dap.writeDp(4, 0x10000000);
    expect(readDp(4)).toBe(0x30000000);
    dap.writeDp(4, 0x50000000);
    expect(readDp(4)).toBe(0xf0000000);
    dap.writeDp(4, 0);
    expect(readDp(4)).toBe(0);
    expect(target.debugPower).toEqual([true, false]);
  });

  it("has its banks: DLCR keeps what it can, TARGETID and DLPIDR read 0 on a DPv1", () => {
    powerUp();
    dap.writeDp(8, 1);
    dap.writeDp(4, 0xffffffff);
    expect(readDp(4)).toBe(0x3c0);
    for (const bank of [2, 3]) {
      dap.writeDp(8, bank);
      expect(readDp(4)).toBe(0);
    }
    dap.writeDp(8, 0);
    expect(readDp(4)).toBe(0xf0000000);
  });

  it("answers AP accesses with FAULT while the debug domain has no power", () => {
    expect(dap.readAp(0xc)).toBe(ACK.fault);
    expect(readDp(4) & STICKYERR).toBe(STICKYERR);
  });

  it("does not answer when the target does not, and forgets everything without supply", () => {
    powerUp();
    target.answers = false;
    expect(dap.readDp(0)).toBe(ACK.none);
    target.answers = true;
    expect(readDp(4)).toBe(0xf0000000);
    target.answers = false;
    target.voltage = 0;
    expect(dap.writeDp(0, 0)).toBe(ACK.none);
    target.answers = true;
    expect(readDp(4)).toBe(0);
  });

  it("sets STICKYERR on a bus fault and blocks the AP until ABORT clears it", () => {
    powerUp();
    writeAp(0x00, 0x23000012);
    writeAp(0x04, 0x30000000);
    expect(dap.readAp(0xc)).toBe(ACK.ok); // posted: its own transaction went well
    expect(dap.readDp(0xc)).toBe(ACK.fault);
    expect(dap.readAp(0)).toBe(ACK.fault);
    expect(dap.writeAp(4, 0)).toBe(ACK.fault);
    expect(dap.writeDp(8, 0)).toBe(ACK.fault);
    expect(readDp(0)).toBe(0x1ba01477);
    expect(readDp(4)).toBe(0xf0000020);
    expect(dap.writeDp(0, 1 << 1)).toBe(ACK.ok); // STKCMPCLR is another bit
    expect(readDp(4) & STICKYERR).toBe(STICKYERR);
    expect(dap.writeDp(0, 1 << 2)).toBe(ACK.ok);
    expect(readDp(4) & STICKYERR).toBe(0);
    expect(readAp(0x04)).toBe(0x30000000); // TAR stays at the access that failed
  });

  it("sets STICKYORUN for an access refused in overrun detection", () => {
    powerUp();
    dap.writeDp(4, 0x50000001);
    writeAp(0x04, 0x30000000);
    writeAp(0x00, 0x23000002);
    dap.readAp(0xc);
    expect(dap.readAp(0xc)).toBe(ACK.fault);
    expect(readDp(4) & 0x22).toBe(0x22);
    dap.writeDp(0, 1 << 4);
    expect(readDp(4) & 0x22).toBe(0x20);
  });

  it("clears sticky bits through CTRL/STAT on JTAG alone", () => {
    for (const [protocol, left] of [
      ["swd", STICKYERR],
      ["jtag", 0],
    ] as const) {
      dap = new Dap(target);
      dap.selectProtocol(protocol);
      powerUp();
      writeAp(0x00, 0x23000002);
      writeAp(0x04, 0x30000000);
      dap.writeAp(0xc, 1);
      dap.writeDp(4, 0x50000020);
      expect(readDp(4) & STICKYERR).toBe(left);
    }
    expect(dap.scanIdcode()).toBe(0x3ba00477);
  });
});

describe("AHB-AP", () => {
  beforeEach(powerUp);

  it("has its identification registers; other access ports read 0", () => {
    expect([0xfc, 0xf8, 0xf4].map(readAp)).toEqual([0x14770011, 0xe00ff003, 0]);
    expect(readAp(0x00)).toBe(0x23000040);
    dap.writeDp(8, 0x010000f0);
    dap.readAp(0xc);
    expect(readDp(0xc)).toBe(0);
  });

  it("keeps Size and AddrInc of CSW as written", () => {
    writeAp(0x00, 0xa2000000);
    expect(readAp(0x00)).toBe(0x22000040);
    writeAp(0x00, 0xa2000012);
    expect(readAp(0x00)).toBe(0x22000052);
  });

  it("posts reads: each delivers the one before, RDBUFF the last", () => {
    target.sram.set([1, 0, 0, 0, 2, 0, 0, 0]);
    writeAp(0x00, 0x23000012);
    writeAp(0x04, 0x20000000);
    dap.writeDp(8, 0);
    dap.readAp(0xc);
    dap.readAp(0xc);
    expect(dap.data).toBe(1);
    expect(readDp(0xc)).toBe(2);
  });

  it("puts narrow data on the lanes of its address", () => {
    target.sram.set([0x11, 0x22, 0x33, 0x44]);
    writeAp(0x00, 0x23000010);
    writeAp(0x04, 0x20000002);
    expect(readAp(0x0c)).toBe(0x00330000);
    expect(readAp(0x0c)).toBe(0x44000000);
    writeAp(0x00, 0x23000011);
    writeAp(0x04, 0x20000002);
    writeAp(0x0c, 0xbeef9999);
    expect([...target.sram.subarray(0, 4)]).toEqual([0x11, 0x22, 0xef, 0xbe]);
  });

  it("packs several narrow accesses into one when asked", () => {
    target.sram.set([0x11, 0x22, 0x33, 0x44]);
    writeAp(0x00, 0x23000020);
    writeAp(0x04, 0x20000000);
    target.log = [];
    expect(readAp(0x0c)).toBe(0x44332211);
    expect(target.log.map((access) => access.size)).toEqual([1, 1, 1, 1]);
    expect(readAp(0x04)).toBe(0x20000004);
  });

  it("wraps TAR within 4 KB, and leaves it alone without AddrInc", () => {
    writeAp(0x00, 0x23000012);
    writeAp(0x04, 0x20000ffc);
    readAp(0x0c);
    expect(readAp(0x04)).toBe(0x20000000);
    writeAp(0x00, 0x23000002);
    readAp(0x0c);
    expect(readAp(0x04)).toBe(0x20000000);
  });

  it("reaches four words around TAR through the banked registers", () => {
    writeAp(0x04, 0x20000024);
    writeAp(0x1c, 0xcafe0003);
    expect(readAp(0x1c)).toBe(0xcafe0003);
    expect([...target.sram.subarray(0x2c, 0x30)]).toEqual([0x03, 0x00, 0xfe, 0xca]);
    expect(readAp(0x04)).toBe(0x20000024);
  });
});

describe("a supply that goes away", () => {
  it("takes the port's state with it, and leaves the port to JTAG until it is selected anew", () => {
    powerUp();
    dap.writeDp(8, 0xf0);
    target.powerOns = 2;
    expect(dap.readDp(0)).toBe(ACK.none);
    expect(dap.writeDp(4, 0x50000000)).toBe(ACK.none);
    dap.selectProtocol("swd");
    expect(readDp(0)).toBe(0x1ba01477);
    expect(readDp(4)).toBe(0);
    expect(dap.readAp(0)).toBe(ACK.fault);
  });
});

describe("a write whose data has the wrong parity", () => {
  it("sets WDATAERR, changes nothing else, and blocks what follows until it is cleared", () => {
    powerUp();
    expect(dap.writeSpoilt()).toBe(ACK.ok);
    expect(readDp(4) & 0x80).toBe(0x80);
    expect(dap.writeDp(8, 0)).toBe(ACK.fault);
    expect(dap.writeSpoilt()).toBe(ACK.fault);
    dap.writeDp(0, 8);
    expect(readDp(4) & 0x80).toBe(0);
    expect(dap.writeDp(8, 0)).toBe(ACK.ok);
  });
});
