import { beforeEach, describe, expect, it } from "vitest";
import { ScriptedTarget } from "../../../test/scripted-target.ts";
import { bytes, StLinkHost } from "../../../test/stlink-host.ts";
import { readU32, toHex } from "../../base/bytes.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "./identity.ts";
import { ProbeFirmware } from "./probe-firmware.ts";

let target: ScriptedTarget;
let host: StLinkHost;

const CTRL_STAT = "F2 45 FF FF 04 00";
const STICKYERR = 0x20;

beforeEach(() => {
  target = new ScriptedTarget();
  host = enter();
});

function enter(kind: VirtualProbeKind = "v2", firmware?: string): StLinkHost {
  const identity = virtualProbeIdentity(kind, firmware === undefined ? {} : { firmware });
  const found = new StLinkHost(new ProbeFirmware(identity, target));
  if (found.ask("F5", 2) === "0000") found.send("F3 07");
  expect(found.status("F2 30 A3")).toBe(0x80);
  target.log = [];
  return found;
}

describe("memory", () => {
  it("reads and writes by 8, 16 and 32 bits", () => {
    host.write("08", 0x20000000, bytes("11223344 55667788"));
    expect(toHex(host.read("07", 0x20000000, 8))).toBe("1122334455667788");
    host.write("48", 0x20000002, bytes("AABB"));
    expect(toHex(host.read("47", 0x20000002, 4))).toBe("aabb5566");
    host.write("0D", 0x20000005, bytes("CC"));
    expect(toHex(host.read("0C", 0x20000003, 3))).toBe("bb55cc");
    expect(target.log.filter(({ kind }) => kind === "write").map(({ size }) => size)).toEqual([4, 4, 2, 1]);
    expect(host.last()).toEqual({ status: 0x80, address: 0 });
    expect(host.ask("F2 3B", 2)).toBe("8000");
  });

  it("gives two bytes for a read of one", () => {
    target.sram[7] = 0x5a;
    expect(host.ask("F2 0C 07 00 00 20 01 00", 2)).toBe("5a00");
  });

  it("reads the CPUID with CSW bytes as OpenOCD sends them", () => {
    expect(host.ask("F2 07 00 ED 00 E0 04 00 00 00 00 A2", 4)).toBe("31c21f41");
    expect(host.ask("F2 3E", 12)).toBe("80" + "00".repeat(11));
    expect(host.value("F2 45 00 00 00 00").value).toBe(0x22000052);
    host.word(0x20000000);
    expect(host.value("F2 45 00 00 00 00").value).toBe(0x23000052);
    const old = enter("v2", "V2J31S7");
    old.send("F2 07 00 ED 00 E0 04 00 00 00 00 A2", 4);
    expect(old.value("F2 45 00 00 00 00").value).toBe(0x23000052);
  });

  it("writes TAR again at every 1 KB, so that long transfers need no care of the host", () => {
    target.flash.set(Uint8Array.from({ length: 6144 }, (_, index) => index * 7));
    expect(host.read("07", 0x08000200, 4096)).toEqual(target.flash.slice(0x200, 0x1200));
    expect(host.read("07", 0x08000004, 6144)).toEqual(target.flash.slice(4, 6148));
    const data = Uint8Array.from({ length: 6140 }, (_, index) => index * 13);
    host.write("08", 0x200003fc, data);
    expect(target.sram.slice(0x3fc, 0x3fc + data.length)).toEqual(data);
    host.write("48", 0x20000ffe, data.subarray(0, 100));
    expect(target.sram.slice(0xffe, 0xffe + 100)).toEqual(data.slice(0, 100));
  });

  it("stays at one address with the commands that do not increment", () => {
    host.write("50", 0x20000010, bytes("01000000 02000000 03000000"));
    expect(readU32(target.sram, 0x10)).toBe(3);
    expect(toHex(host.read("54", 0x20000010, 8))).toBe("0300000003000000");
  });

  it("refuses what is not aligned, and touches nothing", () => {
    for (const [command, address, length] of [
      ["07", 0x20000002, 4],
      ["07", 0x20000000, 6],
      ["47", 0x20000001, 2],
      ["47", 0x20000000, 3],
    ] as const) {
      expect(host.read(command, address, length)).toEqual(new Uint8Array(length));
      expect(host.last()).toEqual({ status: 0x0a, address });
    }
    host.write("08", 0x20000001, bytes("00000000"));
    expect(host.last().status).toBe(0x0a);
    expect(target.log).toEqual([]);
  });

  it("has limits: 6144 bytes a read, 64 bytes by 8 bits, 512 on a V3 from J6", () => {
    const outcome = (on: StLinkHost, command: string, length: number): number => {
      on.read(command, 0x20000000, length);
      return on.last().status;
    };
    expect([6144, 6148].map((length) => outcome(host, "07", length))).toEqual([0x80, 0x08]);
    expect([64, 65].map((length) => outcome(host, "0C", length))).toEqual([0x80, 0x08]);
    const v3 = enter("v3");
    expect([512, 513].map((length) => outcome(v3, "0C", length))).toEqual([0x80, 0x08]);
    expect(outcome(enter("v3", "V3J5M2"), "0C", 65)).toBe(0x08);
    host.write("08", 0x20000000, new Uint8Array(0x4ffc)); // writes stream
    expect(host.last().status).toBe(0x80);
  });

  it("tells where a read failed, fills up with zeros, and leaves STICKYERR", () => {
    target.sram.fill(0xee);
    const end = 0x20005000;
    const got = host.read("07", end - 8, 16);
    expect(toHex(got)).toBe("ee".repeat(8) + "00".repeat(8));
    expect(host.last()).toEqual({ status: 0x11, address: end });
    expect(host.last()).toEqual({ status: 0x11, address: end }); // reading it does not clear it
    expect(host.value(CTRL_STAT).value & STICKYERR).toBe(STICKYERR);
    expect(host.value("F2 45 00 00 04 00").status).toBe(0x19);
    expect(host.status("F2 46 FF FF 00 00 04 00 00 00")).toBe(0x80);
    expect(host.value(CTRL_STAT).value & STICKYERR).toBe(0);
    expect(host.value("F2 45 00 00 04 00").status).toBe(0x80);
    host.read("0C", 0x30000003, 1);
    expect(host.last()).toEqual({ status: 0x11, address: 0x30000003 });
  });

  it("tells where a write failed, at the start, in the middle and at a 1 KB boundary", () => {
    for (const [address, words, fault] of [
      [0x30000000, 1, 0x30000000],
      [0x20005000 - 8, 4, 0x20005000],
      [0x20005000 - 4, 2, 0x20005000],
      [0x30000400 - 4, 3, 0x30000400 - 4],
    ] as const) {
      host.write("08", address, new Uint8Array(words * 4));
      expect(host.last()).toEqual({ status: 0x11, address: fault });
    }
    host.write("50", 0x30000000, new Uint8Array(8));
    expect(host.last()).toEqual({ status: 0x11, address: 0x30000000 });
  });

  it("goes on after a fault for hosts that never write ABORT", () => {
    host.read("07", 0x30000000, 4);
    expect(host.word(0xe000ed00)).toBe(0x411fc231);
    expect(host.last().status).toBe(0x80);
  });

  it("reads flash at its alias 0", () => {
    target.flash.set([1, 2, 3, 4]);
    expect(toHex(host.read("07", 0, 4))).toBe("01020304");
  });

  it("knows the narrow and special forms by firmware", () => {
    const j25 = enter("v2", "V2J25S4");
    expect(toHex(j25.read("47", 0x20000000, 2))).toBe("4200");
    target.sram[0] = 9;
    j25.write("48", 0x20000000, bytes("0000"));
    expect(target.sram[0]).toBe(9);
    expect(j25.last().status).toBe(0x42);
    expect(enter("v2", "V2J14S1").status("F2 3E")).toBe(0x42);
    expect(enter("v2", "V2J31S7").status("F2 54")).toBe(0x42);
  });
});

describe("core", () => {
  const DHCSR = "F2 36 F0 ED 00 E0";

  it("halts by the debug word, and transfers registers", () => {
    host.value(DHCSR);
    expect(host.status("F2 35 F0 ED 00 E0 03 00 5F A0")).toBe(0x80);
    expect(host.value(DHCSR)).toEqual({ status: 0x80, value: 0x00030003 });
    target.registers[15] = 0x08000100;
    expect(host.ask("F2 33 0F", 8)).toBe("8000000000010008");
    expect(host.status("F2 34 11 78 56 34 12")).toBe(0x80);
    expect(target.registers[0x11]).toBe(0x12345678);
    expect(host.value("F2 33 91").status).toBe(0x80);
  });

  it("reads all registers in 88 bytes", () => {
    for (let index = 0; index < 19; index++) target.registers[index] = 0x100 + index;
    const all = host.send("F2 3A", 88);
    expect(readU32(all, 0)).toBe(0x80);
    expect(Array.from({ length: 21 }, (_, index) => readU32(all, 4 + index * 4))).toEqual([
      ...Array.from({ length: 19 }, (_, index) => 0x100 + index),
      0,
      0,
    ]);
  });

  it("lets the host see S_RESET_ST once after RESETSYS or NRST", () => {
    for (const reset of ["F2 32", "F2 3C 02"]) {
      host.value(DHCSR);
      expect(host.value(DHCSR).value & (1 << 25)).toBe(0);
      expect(host.status(reset)).toBe(0x80);
      host.value("F2 33 0F");
      expect(host.value(DHCSR).value & (1 << 25)).toBe(1 << 25);
      expect(host.value(DHCSR).value & (1 << 25)).toBe(0);
    }
  });

  it("drives NRST low, high and in a pulse of some length", () => {
    for (const level of ["00", "01", "02"]) expect(host.status(`F2 3C ${level}`)).toBe(0x80);
    expect(target.nrst).toEqual([true, false, true, false]);
    expect(target.nanoseconds).toBeGreaterThanOrEqual(1e6);
    expect(host.status("F2 3C 03")).toBe(0x08);
  });

  it("reports faults of single words", () => {
    expect(host.value("F2 36 00 00 00 30").status).toBe(0x11);
    expect(host.status("F2 35 00 00 00 30 00 00 00 00")).toBe(0x11);
    expect(host.value("F2 36 01 00 00 20").status).toBe(0x0a);
    expect(host.value("F2 36 00 00 00 20 01").status).toBe(0x1d);
    expect(host.value("F2 36 00 00 00 20").status).toBe(0x80);
  });

  it("hands out FPU registers from J15 only", () => {
    expect(host.value("F2 33 40").status).toBe(0x80);
    const old = enter("v2", "V2J14S1");
    expect(old.value("F2 33 40").status).toBe(0x08);
    expect(old.value("F2 33 0F").status).toBe(0x80);
    expect(host.send("F2 3D", 136)[0]).toBe(0x80);
  });

  it("speaks API version 1", () => {
    expect(host.ask("F2 20 A3", 0)).toBe("");
    expect(host.ask("F2 01", 2)).toBe("8000");
    expect(host.status("F2 02")).toBe(0x80);
    expect(host.ask("F2 01", 2)).toBe("8100");
    expect(host.ask("F2 22", 4)).toBe("7714a01b");
    expect(host.status("F2 06 00 EF BE AD DE")).toBe(0x80);
    expect(host.ask("F2 05 00", 4)).toBe("efbeadde");
    expect(host.send("F2 04", 84)[0]).toBe(0xef);
    expect(host.status("F2 0B 02 20 01 00 08 00")).toBe(0x80);
    expect(target.words.get(0xe0002010)).toBe(0x48000121);
    expect(target.words.get(0xe0002000)).toBe(3);
    expect(host.status("F2 0E 02")).toBe(0x80);
    expect(target.words.get(0xe0002010)).toBe(0);
    expect(host.status("F2 10 01 00 00 00 20 02 01")).toBe(0x80);
    expect([0xe0001030, 0xe0001034, 0xe0001038].map((at) => target.words.get(at))).toEqual([0x20000000, 2, 6]);
    expect(host.status("F2 0F 04 00 00 20 78 56 34 12")).toBe(0x80);
    expect(host.word(0x20000004)).toBe(0x12345678);
    expect(host.status("F2 0F 00 00 00 30 00 00 00 00")).toBe(0x81);
    expect(host.status("F2 09")).toBe(0x80);
    expect(target.halted).toBe(false);
    expect(host.status("F2 03")).toBe(0x80);
    expect(host.status("F2 0A")).toBe(0x80);
  });
});

describe("access ports", () => {
  it("hands the DP's registers through", () => {
    expect(host.ask("F2 45 FF FF 00 00", 8)).toBe("800000007714a01b");
    expect(host.status("F2 46 FF FF 04 00 20 00 00 50")).toBe(0x80);
    expect(host.ask(CTRL_STAT, 8)).toBe("80000000000000f0");
    for (const bank of ["14", "24", "34"])
      expect(host.value(`F2 45 FF FF ${bank} 00`)).toEqual({ status: 0x80, value: 0 });
    expect(enter("v2", "V2J31S7").value("F2 45 FF FF 24 00").status).toBe(0x08);
    expect(enter("v2", "V2J23S4").value(CTRL_STAT).status).toBe(0x42);
  });

  it("keeps SELECT right when the host writes it", () => {
    expect(host.ask("F2 45 00 00 FC 00", 8)).toBe("8000000011007714");
    host.status("F2 46 FF FF 08 00 00 00 00 00");
    expect(host.ask("F2 45 00 00 FC 00", 8)).toBe("8000000011007714");
    expect(host.word(0xe000ed00)).toBe(0x411fc231);
  });

  it("lets AP registers reach memory, and keeps a fault for CTRL/STAT", () => {
    host.status("F2 46 00 00 00 00 12 00 00 23");
    host.status("F2 46 00 00 04 00 00 00 00 30");
    expect(host.value("F2 45 00 00 0C 00").status).toBe(0x11);
    expect(host.value("F2 45 00 00 0C 00").status).toBe(0x19);
    host.status("F2 46 FF FF 00 00 1E 00 00 00");
    expect(host.status("F2 46 00 00 0C 00 00 00 00 00")).toBe(0x80); // posted
    expect(host.value(CTRL_STAT).value & STICKYERR).toBe(STICKYERR);
  });

  it("takes AP 0 without INIT_AP, and knows no other", () => {
    expect(host.value("F2 45 00 00 00 00").status).toBe(0x80);
    expect(host.value("F2 45 01 00 FC 00")).toEqual({ status: 0x80, value: 0 });
    expect(host.value("F2 45 01 00 00 00").status).toBe(0x1d);
    expect(host.value("F2 45 09 00 FC 00").status).toBe(0x1d);
    host.send("F2 07 00 00 00 20 04 00 01", 4);
    expect(host.last().status).toBe(0x1d);
    expect(host.status("F2 4B 00")).toBe(0x80);
    expect(host.status("F2 4B 01")).toBe(0x1d);
    expect(host.status("F2 4B 09")).toBe(0x1d);
    expect(host.status("F2 4C 00")).toBe(0x80);
    expect(host.status("F2 4C 00")).toBe(0x1d);
    const j28 = enter("v2", "V2J28S7");
    expect(j28.status("F2 4B 00")).toBe(0x80);
    expect(j28.status("F2 4C 00")).toBe(0x1d);
    expect(enter("v2", "V2J27S6").status("F2 4B 00")).toBe(0x42);
  });

  it("opens on a V3 only chips with ST's ROM table", () => {
    expect(enter("v3").status("F2 4B 00")).toBe(0x80);
    target.words.set(0xe00fffe8, 0x0b);
    expect(enter("v3").status("F2 4B 00")).toBe(0x08);
    expect(enter("v2-1").status("F2 4B 00")).toBe(0x80);
  });

  it("reads the DP one late over JTAG from J24 to J31", () => {
    for (const [firmware, first] of [
      ["V2J31S7", 0],
      ["V2J32S7", 0xf0000000],
    ] as const) {
      const jtag = enter("v2", firmware);
      expect(jtag.status("F2 30 A4")).toBe(0x80);
      expect(jtag.value(CTRL_STAT).value).toBe(first);
      if (first === 0) expect(jtag.value("F2 45 FF FF 0C 00").value).toBe(0xf0000000);
    }
  });
});

describe("RW_MISC", () => {
  function queue(on: StLinkHost, items: readonly (readonly [operation: number, argument: number])[]): string {
    const first = Math.ceil(items.length / 4) * 4;
    const data = new Uint8Array(first + items.length * 4);
    const view = new DataView(data.buffer);
    for (const [index, [operation, argument]] of items.entries()) {
      data[index] = operation;
      view.setUint32(first + index * 4, argument, true);
    }
    on.send(
      `F2 51 ${items.length
        .toString(16)
        .padStart(4, "0")
        .replace(/(..)(..)/, "$2$1")} 0000`,
      0,
      data,
    );
    return on.ask("F2 52", items.length * 8);
  }

  it("runs a queue of words and hands out values, then status codes", () => {
    host.status("F2 35 F0 ED 00 E0 03 00 5F A0");
    host.value("F2 36 F0 ED 00 E0");
    const reply = queue(host, [
      [5, 0],
      [1, 0xe000edf8],
      [2, 0x1234],
      [3, 0xe000edf0],
    ]);
    expect(reply).toBe("00000000".repeat(3) + "03000300" + "80000000".repeat(4));
    expect(host.word(0xe000edf8)).toBe(0x1234);
    expect(host.ask("F2 52", 8)).toBe("00".repeat(8)); // fetched once
  });

  it("fails what follows a fault, and another AP", () => {
    expect(
      queue(host, [
        [3, 0x20000000],
        [3, 0x30000000],
        [3, 0x20000000],
        [9, 0],
      ]),
    ).toBe("00000000".repeat(4) + "80000000110000001900000008000000");
    expect(
      queue(host, [
        [5, 1],
        [3, 0x20000000],
      ] as const),
    ).toBe("00000000".repeat(2) + "800000001d000000");
    expect(queue(host, [[3, 0x20000001]] as const)).toBe("000000000a000000");
  });

  it("has 64 items on the V2 and 1227 on the V3", () => {
    expect(host.ask("F2 53", 2)).toBe("4000");
    const v3 = enter("v3");
    expect(v3.ask("F2 53", 2)).toBe("cb04");
    const items = Array.from({ length: 65 }, () => [3, 0xe000ed00] as const);
    expect(queue(host, items)).toBe("00".repeat(65 * 8));
    expect(queue(v3, items).slice(0, 16)).toBe("31c21f4131c21f41");
    expect(enter("v2", "V2J31S7").status("F2 53")).toBe(0x42);
  });
});
