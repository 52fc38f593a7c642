import { beforeEach, describe, expect, it } from "vitest";
import { ScriptedTarget } from "../../../test/scripted-target.ts";
import { bytes, StLinkHost } from "../../../test/stlink-host.ts";
import { commandName, commandTable } from "./command-table.ts";
import { parseFirmwareVersion, type VirtualProbeKind, virtualProbeIdentity } from "./identity.ts";
import { ProbeFirmware } from "./probe-firmware.ts";

let target: ScriptedTarget;

beforeEach(() => {
  target = new ScriptedTarget();
});

function plug(kind: VirtualProbeKind = "v2", firmware?: string): StLinkHost {
  return new StLinkHost(
    new ProbeFirmware(virtualProbeIdentity(kind, firmware === undefined ? {} : { firmware }), target),
  );
}

function enter(kind: VirtualProbeKind = "v2", firmware?: string): StLinkHost {
  const host = plug(kind, firmware);
  if (host.ask("F5", 2) === "0000") host.send("F3 07");
  expect(host.status("F2 30 A3")).toBe(0x80);
  return host;
}

describe("identification", () => {
  it("answers GET_VERSION per generation", () => {
    expect(plug("v2").ask("F1", 6)).toBe("294783044837");
    expect(plug("v2").ask("F1 80", 6)).toBe("294783044837");
    expect(plug("v2-1").ask("F1", 6)).toBe("295b83044b37");
    expect(plug("v3").ask("F1", 6)).toBe("300083044f37");
    expect(plug("v3").ask("FB", 12)).toBe("030008030100000083044f37");
    expect(plug("v2").ask("FB", 2)).toBe("4200");
  });

  it("takes firmware versions apart, and refuses what is none", () => {
    expect(parseFirmwareVersion("V2J17S4")).toMatchObject({ hardware: 2, jtag: 17, swim: 4 });
    expect(parseFirmwareVersion("V3J8M3B1")).toMatchObject({ hardware: 3, jtag: 8, massStorage: 3, bridge: 1 });
    for (const text of ["", "V2", "V2J0S7", "V2J99S1", "V4J1", "V2J37S7x"]) {
      expect(() => parseFirmwareVersion(text)).toThrow(expect.objectContaining({ code: "probe-firmware-invalid" }));
    }
    expect(() => virtualProbeIdentity("v3", { firmware: "V2J37S7" })).toThrow(/does not run/);
    expect(() => virtualProbeIdentity("v2", { serial: "abc" })).toThrow(
      expect.objectContaining({ code: "probe-serial-invalid" }),
    );
  });

  it("measures the target's voltage against its reference", () => {
    const host = plug();
    expect(host.ask("F7", 8)).toBe("f10500000b080000");
    target.voltage = 0;
    expect(host.ask("F7", 8)).toBe("f105000000000000");
    expect(plug("v2", "V2J12S0").ask("F7", 2)).toBe("4200");
  });

  it("reports its board in 128 bytes from J36 and J6", () => {
    expect(enter("v2").ask("F2 56", 128)).toBe("80" + "00".repeat(127));
    expect(enter("v2", "V2J35S7").ask("F2 56", 2)).toBe("4200");
    expect(enter("v3", "V3J5M2").ask("F2 56", 2)).toBe("4200");
  });

  it("names every command once, and unknown ones by opcode", () => {
    const opcodes = commandTable.map(({ group, sub }) => `${group}.${sub}`);
    expect(new Set(opcodes).size).toBe(opcodes.length);
    const names = commandTable.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(commandName(bytes("F2 07"))).toBe("READMEM_32BIT");
    expect(commandName(bytes("F1 80"))).toBe("GET_VERSION");
    expect(commandName(bytes("F2 7F"))).toBe("F2.7F");
  });
});

describe("modes", () => {
  it("starts idle, enters and leaves debug mode without a reply", () => {
    const host = plug();
    expect(host.ask("F5", 2)).toBe("0100");
    expect(host.status("F2 30 A3")).toBe(0x80);
    expect(host.ask("F5", 2)).toBe("0200");
    expect(host.ask("F2 21", 0)).toBe("");
    expect(host.ask("F5", 2)).toBe("0100");
  });

  it("starts old firmware in DFU mode, which F3 07 leaves", () => {
    const host = plug("v2", "V2J17S4");
    expect(host.ask("F5", 2)).toBe("0000");
    expect(host.status("F2 30 A3")).toBe(0x08);
    expect(host.ask("F7", 8)).toBe("0000000000000000");
    expect(host.ask("F3 07", 0)).toBe("");
    expect(host.ask("F5", 2)).toBe("0100");
    expect(host.status("F2 30 A3")).toBe(0x80);
  });

  it("enters and leaves SWIM", () => {
    const host = plug();
    host.send("F4 00");
    expect(host.ask("F5", 2)).toBe("0300");
    expect(host.ask("F4 09", 4)).toBe("04000000");
    host.send("F4 01");
    expect(host.ask("F5", 2)).toBe("0100");
  });

  it("refuses target access outside debug mode, and takes RESETSYS anywhere", () => {
    const host = plug();
    expect(host.status("F2 32")).toBe(0x08);
    expect(host.value("F2 36 F0 ED 00 E0").status).toBe(0x08);
    expect(host.ask("F2 07 00 00 00 20 04 00", 4)).toBe("08000000");
    expect(target.log).toEqual([]);
  });

  it("enters again without having left", () => {
    const host = enter();
    expect(host.status("F2 30 A3")).toBe(0x80);
    expect(host.word(0xe000ed00)).toBe(0x411fc231);
  });

  it("releases NRST and closes the access ports on leaving", () => {
    const host = enter();
    expect(host.status("F2 4B 00")).toBe(0x80);
    host.send("F2 3C 00");
    host.send("F2 21");
    expect(target.nrst).toEqual([true, false]);
    expect(target.debugPower).toEqual([true, false]);
    host.status("F2 30 A3");
    expect(host.status("F2 4C 00")).toBe(0x1d);
  });

  it("enters over JTAG; before J15 that pulses NRST", () => {
    const host = plug();
    expect(host.status("F2 30 A4")).toBe(0x80);
    expect(target.nrst).toEqual([]);
    expect(host.ask("F2 31", 12)).toBe("800000007704a03b41004116");
    const old = plug("v2", "V2J14S1");
    old.send("F3 07");
    expect(old.status("F2 30 A4")).toBe(0x80);
    expect(target.nrst).toEqual([true, false]);
    expect(plug().status("F2 30 77")).toBe(0x08);
  });

  it("says 09 when nothing answers, and 12 or 16 when the target goes away", () => {
    const host = enter();
    target.answers = false;
    expect(host.value("F2 45 FF FF 04 00").status).toBe(0x16);
    expect(host.value("F2 45 00 00 00 00").status).toBe(0x12);
    host.read("07", 0x20000000, 4);
    expect(host.last().status).toBe(0x12);
    expect(host.ask("F2 31", 12)).toBe("09" + "00".repeat(11));
    expect(plug().status("F2 30 A3")).toBe(0x09);
    target.jtagIdcode = undefined;
    target.answers = true;
    expect(plug().status("F2 30 A4")).toBe(0x09);
  });
});

describe("clock", () => {
  it("takes divisors on the V2 in idle and in debug mode", () => {
    for (const host of [plug(), enter()]) {
      expect(host.status("F2 43 03 00")).toBe(0x80);
      expect(host.status("F2 43 1E 03")).toBe(0x80);
      expect(host.status("F2 44 40 00")).toBe(0x80);
      expect(host.status("F2 61 00 00 E8 03 00 00")).toBe(0x42);
    }
    expect(plug("v2", "V2J19S1").status("F2 43 03")).toBe(0x42);
  });

  it("sets the frequency of the wires", () => {
    const firmware = new ProbeFirmware(virtualProbeIdentity("v2"), target);
    const host = new StLinkHost(firmware);
    expect(firmware.wireHertz / 1000).toBeCloseTo(1818, 0);
    for (const [divisor, kilohertz] of [
      ["07", 480],
      ["28", 100],
      ["4F", 50],
      ["9E", 25],
    ] as const) {
      host.send(`F2 43 ${divisor} 00`, 2);
      expect(Math.abs(firmware.wireHertz / 1000 - kilohertz)).toBeLessThan(kilohertz * 0.06);
    }
  });

  it("lists and picks clocks on the V3", () => {
    const host = plug("v3");
    expect(host.ask("F2 61 00 00 E8 03 00 00", 8)).toBe("80000000e8030000");
    expect(host.ask("F2 62 00", 52)).toBe(
      "80000000e803000007000000c05d0000401f0000e40c0000e8030000c80000003200000005000000" + "00".repeat(12),
    );
    expect(host.value("F2 61 00 00 0F 27 00 00")).toEqual({ status: 0x80, value: 8000 });
    expect(host.value("F2 61 00 00 04 00 00 00").status).toBe(0x08);
    expect(host.value("F2 61 01 00 FF FF FF 00").value).toBe(21333);
    expect(host.status("F2 43 03 00")).toBe(0x42);
  });

  it("changes the V3's prescaler, which takes the top clocks away", () => {
    const host = plug("v3");
    expect(host.value("F2 63 01").status).toBe(0x80);
    host.value("F2 61 00 00 C0 5D 00 00");
    expect(host.value("F2 63 02").status).toBe(0x40);
    expect(host.ask("F2 62 00", 16)).toBe("80000000e02e000007000000e02e0000");
    expect(host.value("F2 63 03").status).toBe(0x08);
  });
});

describe("trace", () => {
  it("receives at the target's baud rate into a buffer of the size asked for", () => {
    const host = enter();
    expect(host.status("F2 40 00 10 80 84 1E 00")).toBe(0x80);
    target.trace.push(1, 0x41, 1, 0x42);
    expect(host.ask("F2 42", 2)).toBe("0400");
    const firmware = new ProbeFirmware(virtualProbeIdentity("v2"), target);
    const other = new StLinkHost(firmware);
    other.send("F2 30 A3", 2);
    other.send("F2 40 04 00 80 84 1E 00", 2);
    target.trace.push(...Array.from({ length: 10 }, (_, index) => index));
    expect(other.ask("F2 42", 2)).toBe("0400");
    expect([...firmware.readTrace(3)]).toEqual([0, 1, 2]);
    expect([...firmware.readTrace(9)]).toEqual([3]);
    other.send("F2 41", 2);
    target.trace.push(9);
    expect(other.ask("F2 42", 2)).toBe("0000");
  });

  it("receives nothing of what was sent before it began to, however much that was", () => {
    const host = enter();
    for (let count = 0; count < 200_000; count++) target.trace.push(7);
    host.send("F2 40 00 10 80 84 1E 00", 2);
    target.trace.push(1);
    expect(host.ask("F2 42", 2)).toBe("0100");
  });

  it("hears nothing at a wrong rate, and refuses rates it has not got", () => {
    const host = enter();
    host.send("F2 40 00 10 40 42 0F 00", 2);
    target.trace.push(1, 2, 3);
    expect(host.ask("F2 42", 2)).toBe("0000");
    expect(host.status("F2 40 00 10 80 96 98 00")).toBe(0x08);
    expect(enter("v3").status("F2 40 00 10 80 96 98 00")).toBe(0x80);
    expect(plug().status("F2 40 00 10 80 84 1E 00")).toBe(0x20);
  });
});

describe("what comes over the link", () => {
  it("gives exactly the length asked for, whatever the command", () => {
    const host = enter();
    for (const [text, length] of [
      ["F2 7F", 12],
      ["F1", 2],
      ["00", 5],
      ["FC 01", 4],
      ["", 3],
    ] as const) {
      expect(host.send(text, length)).toHaveLength(length);
    }
    expect(host.ask("F2 7F", 4)).toBe("42000000");
    expect(host.ask("F2 21", 4)).toBe("00000000");
  });

  it("answers the odd ends of the protocol", () => {
    const host = plug();
    expect(host.ask("F9 00", 2)).toBe("8000");
    expect(host.ask("F3 03", 6)).toBe("000000000200");
    expect(host.status("FD 01")).toBe(0x80);
    expect(plug("v2", "V2J33S7").status("FD 01")).toBe(0x42);
    expect(plug("v3").ask("FC 02", 2)).toBe("0800");
    expect(plug("v3e").status("FC 02")).toBe(0x42);
    expect(host.status("F2 49")).toBe(0x80);
  });
});
