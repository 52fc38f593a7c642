import { afterEach, describe, expect, it } from "vitest";
import { openLink } from "../../src/session/open-link.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";
import { StlinkServerPort } from "../../src/stlink-server/stlink-server-port.ts";
import { type OpenOcdRun, runOpenOcd } from "./openocd.ts";

let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
});

/** OpenOCD on a board with a fault, behind the TCP protocol of the stlink-server. */
async function attach(
  keys: string,
  commands: readonly string[],
  configuration: readonly string[] = [],
): Promise<OpenOcdRun> {
  const opened = await openLink(parseProbeSpec(`sim:bluepill?pace=fast&${keys}`));
  const server = await StlinkServerPort.listen([opened.link]);
  close = async () => {
    await server.close();
    opened.dispose();
  };
  return runOpenOcd({ transport: "hla_swd", port: server.port, commands, configuration });
}

const underReset = ["reset_config srst_only srst_nogate connect_assert_srst"];

describe("OpenOCD meets the faults as it would on a bench", () => {
  it("no-power: the voltage is 0, and no target is there", async () => {
    const { output, code } = await attach("fault=no-power", ["init"]);
    expect(output).toContain("Target voltage: 0.000000");
    expect(output).toMatch(/target voltage may be too low for reliable debugging|Target voltage may be too low/i);
    expect(output).toMatch(/init mode failed|unable to connect to the target/);
    expect(code).not.toBe(0);
  });

  it("swdio-open: the voltage is good, and no target is there", async () => {
    const { output, code } = await attach("fault=swdio-open", ["init"], underReset);
    expect(output).toMatch(/Target voltage: 3\.[23]/);
    expect(output).toMatch(/init mode failed|unable to connect to the target/);
    expect(code).not.toBe(0);
  });

  it("rdp1: flash cannot be read, and the driver says that the chip is protected", async () => {
    const { output } = await attach("fault=rdp1&elf=firmware/blinky/blinky.elf", [
      "init",
      "halt",
      "mdw 0x20000000",
      "flash probe 0",
      "stm32f1x options_read 0",
      'echo "failed: [catch {mdw 0x08000000}]"',
    ]);
    expect(output).toMatch(/0x20000000: [0-9a-f]{8}/);
    expect(output).toMatch(/failed: -?[1-9]/);
    expect(output).not.toMatch(/0x08000000: [0-9a-f]{8}/);
    expect(output).toMatch(/read protection: on/i);
  });

  it("swd-off: out of reach, but under reset not", async () => {
    const lost = await attach("fault=swd-off", ["init"]);
    expect(lost.output).toMatch(/init mode failed|unable to connect to the target/);
    await close?.();
    const { output, code } = await attach("fault=swd-off", ["init", "reset halt", "reg pc"], underReset);
    expect(code, output).toBe(0);
    expect(output).toMatch(/pc: 0x080001/);
  });

  it("clone-cs32: another id than the one that the target file expects", async () => {
    const { output } = await attach("fault=clone-cs32", ["init", "halt", "flash probe 0"]);
    expect(output).toMatch(/UNEXPECTED idcode: 0x2ba01477/);
    expect(output).toMatch(/expected 1 of 1: 0x1ba01477/);
  });
});
