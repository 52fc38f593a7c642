import { describe, expect, it } from "vitest";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { StlinkServerPort } from "../../src/stlink-server/stlink-server-port.ts";
import { runOpenOcd, transports } from "../openocd/openocd.ts";
import { OptionBench, optionBytes } from "./bench.ts";

/** Runs OpenOCD on the chip of `bench`; resolves to its output. */
async function openOcd(bench: OptionBench, transport: (typeof transports)[number], commands: readonly string[]) {
  const probe = new SimulatedProbe({ identity: virtualProbeIdentity("v2"), target: bench.board.chip });
  const server = await StlinkServerPort.listen([probe.asLink()]);
  try {
    const run = await runOpenOcd({ transport, port: server.port, commands: ["init", ...commands] });
    expect(run.code, run.output).toBe(0);
    return run.output;
  } finally {
    probe.dispose();
    await server.close();
  }
}

describe.each(transports)("OpenOCD over %s and we", (transport) => {
  it("read the same from what we wrote", async () => {
    const bench = new OptionBench();
    await (await bench.plug()).change({ wdg_sw: "0", nrst_stdby: "0", data0: "0x5A", data1: "0xC3", wrp: "0-3,8-11" });
    const output = await openOcd(bench, transport, ["halt", "flash probe 0", "stm32f1x options_read 0"]);
    expect(output).toContain("option byte register = 0x30d6be8");
    expect(output).toContain("write protection register = 0xfffffffa");
    expect(output).toMatch(/read protection: off/);
    expect(output).toMatch(/watchdog: hardware/);
    expect(output).toMatch(/stop mode: no reset generated upon entry/);
    expect(output).toMatch(/standby mode: reset generated upon entry/);
    expect(output).toMatch(/user data = 0xc35a/);
    const { registers } = await (await bench.plug()).read();
    expect(registers.map(({ value }) => value)).toEqual([0x30d6be8, 0xfffffffa]);
  });

  it("read the same from a protected chip", async () => {
    const bench = new OptionBench();
    await (await bench.plug()).change({ rdp: "1", data0: "0x11" });
    const output = await openOcd(bench, transport, ["halt", "flash probe 0", "stm32f1x options_read 0"]);
    expect(output).toMatch(/read protection: on/);
    expect(output).toMatch(/user data = 0xff11/);
  });

  it("read the same from what it wrote", async () => {
    const bench = new OptionBench();
    await openOcd(bench, transport, [
      "reset halt",
      "flash probe 0",
      "stm32f1x options_write 0 HWWDG NORSTSTNDBY RSTSTOP USEROPT 0xBEEF",
      "reset halt",
    ]);
    expect([...bench.bytes]).toEqual(optionBytes({ 1: 0xfc, 2: 0xef, 3: 0xbe }));
    const reading = await (await bench.plug()).read();
    const loaded = Object.fromEntries(reading.fields.map((field) => [field.key, field.loaded]));
    expect(loaded).toMatchObject({ rdp: 0, wdg_sw: 0, nrst_stop: 0, nrst_stdby: 1, data0: 0xef, data1: 0xbe });
    expect(reading.problems).toEqual([]);
  });
});
