/** Failures whose cause another run, or what went well behind them, tells. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

const loaded = ["     Erasing ✔ 100% [####################]", " Programming ✔ 100% [####################]"];

describe("a command that probe-rs' driver for the probe has not", () => {
  const refused = [
    "$ probe-rs download --chip STM32F303RE --connect-under-reset app.elf",
    "Error: Connecting to the chip was unsuccessful.",
    "    1: Command not supported by current probe: swj_sequence",
  ];
  const attach = "$ probe-rs download --chip STM32F303RE app.elf";
  it("is the tool's own choice where the same chip is reached without it", () => {
    const [first] = found(...refused, attach, ...loaded);
    expect(first).toMatchObject({ code: "tool-defect", certainty: "likely" });
    expect(first.cause).toMatch(/swj_sequence.*under reset/);
  });

  it("may be where no other run is told", () => {
    expect(found(...refused)[0]).toMatchObject({ code: "tool-defect", certainty: "possible" });
  });

  it("and is none where the target did not answer", () => {
    const silent = "    1: Target device did not respond to request.";
    expect(codes(...refused.slice(0, 2), silent)).not.toContain("tool-defect");
  });
});

describe("answers to wait for", () => {
  const run = "     Running `probe-rs run --chip STM32G031K8Tx target/thumbv6m-none-eabi/release/blinky`";
  const wait = " WARN probe_rs::probe::stlink: got SwdDpWait/SwdApWait, retrying.";
  it("are of no account where flash was worked behind them", () => {
    expect(found(run, wait, wait, ...loaded)).toEqual([]);
    expect(found(run, wait, wait, loaded[1])).toEqual([]);
  });

  it("and tell of a core that does not take part where nothing was", () => {
    expect(codes(run, wait, wait)).toContain("firmware-low-power");
  });
});

describe("a program whose RTT is gone in a later run", () => {
  const run = (chip: string) =>
    `     Running \`probe-rs run --chip ${chip} target/thumbv7em-none-eabihf/release/blinky\``;
  const missing = " WARN probe_rs::cmd::run: Failed to attach to RTT continuing...";
  it("may have chosen a supply that takes effect at power-on, on a chip that has the choice", () => {
    const [first, second] = found(run("STM32H745XIHx"), ...loaded, run("STM32H745XIHx"), ...loaded, missing);
    expect(first).toMatchObject({ code: "rtt-not-found", severity: "warning" });
    expect(second).toMatchObject({ code: "supply-configuration", certainty: "possible" });
  });

  it("has not on another chip, nor in a first run", () => {
    expect(codes(run("STM32F411RE"), ...loaded, run("STM32F411RE"), ...loaded, missing)).toEqual(["rtt-not-found"]);
    expect(codes(run("STM32H745XIHx"), ...loaded, missing)).toEqual(["rtt-not-found"]);
  });
});

describe("a GDB that came to ST's server", () => {
  const session = [
    "/opt/st/bin/ST-LINK_gdbserver -p 61234 -m 1 -d -cp /opt/st/cp --external-init",
    "STMicroelectronics ST-LINK GDB server. Version 7.11.0",
    "Waiting for debugger connection...",
    "GNU gdb (GDB) 12.1",
    "Remote debugging using :61234",
    "Debugger connected",
  ];
  it("and shows no place of the core's waits for the server's answer", () => {
    const [first] = found(...session, "^C^C");
    expect(first).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(first.remedy.join()).toContain("external loader");
  });

  it("was answered where it shows one", () => {
    expect(found(...session, "0x08000334 in Reset_Handler ()")).toEqual([]);
  });
});

describe("a program that semihosting serves", () => {
  const session = [
    "GNU gdb (GDB) 12.1",
    "Remote debugging using :3333",
    "0x080010f6 in cortex_m_semihosting::hio::open ()",
    "semihosting is enabled",
  ];
  const alone = "Works in gdb, but from a power bank the LED stays dark.";
  it("and does not run without a debugger faults at the first call", () => {
    expect(found(...session, alone)[0]).toMatchObject({ code: "semihosting-off", certainty: "likely" });
    expect(found(session[0], session[1], session[3], alone)[0]).toMatchObject({
      code: "semihosting-off",
      certainty: "possible",
    });
  });

  it("is not told of where nobody complains, and where there are no calls", () => {
    expect(found(...session)).toEqual([]);
    expect(found(session[0], session[1], alone)).toEqual([]);
  });
});
