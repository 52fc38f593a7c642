import { describe, expect, it } from "vitest";
import { runVerb } from "../../src/cli/verbs.ts";

async function doctor(...words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const status = await runVerb(["doctor", ...words], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    errorIsTerminal: false,
    onStop: () => {},
    exit: () => {},
  });
  return { status, out, error };
}

describe("the doctor's page", () => {
  it("of a healthy board says so, in a short table", async () => {
    const { status, out, error } = await doctor("--probe", "sim:bluepill?pace=fast&elf=firmware/blinky/blinky.elf");
    expect({ status, error }).toEqual({ status: 0, error: "" });
    expect(out).toMatch(/^Probe: {4}ST-LINK\/V2-1, V2J37M27, [0-9A-F]{24}$/m);
    expect(out).toMatch(/^Wires: {4}3\.30 V, SWD answers at 4000 kHz, DPIDR 0x1ba01477, NRST not tested/m);
    expect(out).toMatch(/\nNothing is wrong\.\n$/);
    expect(out.split("\n").length).toBeLessThan(12);
  });

  it("of a target that answers under reset only says so", async () => {
    const { out } = await doctor("--probe", "sim:bluepill?pace=fast&fault=swd-off");
    expect(out).toMatch(/^Wires: {4}3\.30 V, SWD answers only under reset, at 950 kHz, DPIDR 0x1ba01477/m);
  });

  it("has the worst first, with evidence and remedy, and ends with 1", async () => {
    const { status, out } = await doctor("--probe", "sim:bluepill?pace=fast&fault=old-probe-firmware,rdp1");
    expect(status).toBe(1);
    expect(out).toMatch(/\[read-protected\].*Evidence: FLASH_OBR.*Remedy:.*\[probe-firmware-old\]/s);
    expect(out).not.toMatch(/Nothing is wrong/);
  });

  it("keeps what is merely worth knowing apart, under a heading, and not as a cause", async () => {
    const { status, out } = await doctor("--probe", "sim:bluepill?pace=fast");
    expect(status).toBe(0);
    expect(out).toMatch(
      /\nNothing is wrong\.\n\nWorth knowing\n\nNote: {5}The flash is empty .*\nAdvice: {3}Program a/s,
    );
    expect(out).not.toMatch(/^(Cause|Remedy):/m);
    const both = await doctor("--probe", "sim:bluepill?pace=fast&fault=old-probe-firmware");
    expect(both.status).toBe(1);
    expect(both.out).toMatch(/^Cause: .*\[probe-firmware-old\].*\nWorth knowing\n\nNote: .*\[vector-table-empty\]/ms);
  });

  it("speaks of Probity by its name, as doctor is no server", async () => {
    for (const fault of ["rdp1", "stop-mode", "iwdg-reset", "clone-cs32", "wrong-flash-size", "old-probe-firmware"]) {
      const { out } = await doctor("--probe", `sim:bluepill?pace=fast&fault=${fault}`);
      expect(out, fault).not.toMatch(/this (server|one)/i);
    }
  });

  it("of a target that is silent proposes what would tell more when it may not reset it", async () => {
    const { status, out } = await doctor("--no-reset", "--probe", "sim:bluepill?pace=fast&fault=swd-off");
    expect(status).toBe(1);
    expect(out).toMatch(/\(possible\)\s+\[wires-open\]/);
    expect(out).not.toMatch(/\(certain\)/);
  });

  it("refuses a probe that does not exist by words, not by a finding", async () => {
    const { status, error } = await doctor("--probe", "sim:nowhere");
    expect(status).toBe(1);
    expect(error).toMatch(/^Cause: .*\[board-unknown\]/m);
  });

  it("of a project quotes file and line", async () => {
    const probe = ["--probe", "sim:bluepill?pace=fast"];
    const healthy = await doctor("test/projects/healthy", ...probe);
    expect(healthy.status).toBe(0);
    expect(healthy.out).toMatch(/^Project: {2}Debug\/blinky\.elf/m);
    const off = await doctor("test/projects/debug-off", ...probe);
    expect(off.status).toBe(1);
    expect(off.out).toMatch(/\[ioc-debug-off\].*blinky\.ioc, line \d+/s);
  });

  it("of a project and a board judges the one by the other", async () => {
    const { status, out } = await doctor("test/projects/stale-loader", "--probe", "sim:bluepill?pace=fast");
    expect(status).toBe(1);
    expect(out).toMatch(/\[launch-loader-unfit\]/);
    expect(out).toMatch(/^For: .*read from the target/m);
  });
});
