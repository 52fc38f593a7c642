/** What a program's source shows of sleep, and what a debugger then meets. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

const refused = (chip: string, ...source: readonly string[]) =>
  found(
    `     Running \`probe-run --chip ${chip} target/thumbv7em-none-eabi/debug/node\``,
    "Error: An error specific to a probe type occurred",
    "    1: Command failed with status SwdApFault",
    ...source,
  )[0];

describe("a port that refuses the debugger, of a chip with two cores", () => {
  it("is asleep where the program's source shows that it sleeps", () => {
    const first = refused("STM32WL55CCUx", "    loop {", "        cortex_m::asm::wfi();", "    }");
    expect(first).toMatchObject({ code: "firmware-low-power", certainty: "likely" });
    expect(first.cause).toContain("WFI");
    expect(refused("STM32WL55CCUx", "  while (1) { __WFI(); }").code).toBe("firmware-low-power");
    expect(refused("STM32WL55CCUx", "  HAL_PWR_EnterSTOPMode(a, b);").code).toBe("firmware-low-power");
  });

  it("is the second core's where it shows nothing of sleep, or that it is gone", () => {
    expect(refused("STM32WL55CCUx").code).toBe("second-core-off");
    expect(refused("STM32WL55CCUx", "    // cortex_m::asm::wfi();").code).toBe("second-core-off");
    expect(refused("STM32WL55CCUx", "I have removed the wfi() and it is the same.").code).toBe("second-core-off");
  });

  it("is not asleep for a core that a debugger reads in sleep", () => {
    const first = refused("STM32G071RBTx", "        cortex_m::asm::wfi();");
    expect(first.evidence.join()).not.toContain("wfi");
  });
});

describe("messages over RTT that come again and again with one time", () => {
  const run = (...lines: readonly string[]) =>
    found(
      "     Running `probe-run --chip STM32F103C8 target/thumbv7m-none-eabi/debug/app`",
      "  (HOST) INFO  success!",
      ...lines,
    );
  const same = Array.from({ length: 8 }, () => ["0.000000 INFO  ready", "└─ app::main @ src/main.rs:9"]).flat();
  const sleeps = "My idle loop is `loop { cortex_m::asm::wfe() }`.";

  it("may be read wrong while the program sleeps", () => {
    expect(run(...same, sleeps)[0]).toMatchObject({ code: "firmware-low-power", certainty: "possible" });
  });

  it("may be resets where nothing shows that it sleeps, and are new ones where their times differ", () => {
    expect(run(...same).map(({ code }) => code)).not.toContain("firmware-low-power");
    const later = Array.from({ length: 8 }, (_, index) => `0.00000${index} INFO  ready`);
    expect(run(...later, sleeps).map(({ code }) => code)).not.toContain("firmware-low-power");
  });
});

describe("pyOCD with a bare core in place of a chip", () => {
  const generic = "0000584 W Generic 'cortex_m' target type is selected by default; is this intentional? [board]";

  it("cannot load a program, whatever it then says", () => {
    const [first] = found("$ pyocd load app.hex", generic, "0000791 I Loading app.hex [load_cmd]");
    expect(first).toMatchObject({ code: "tool-lacks-chip", certainty: "likely" });
    expect(first.severity ?? "error").toBe("error");
  });

  it("is a warning where nothing was to be loaded, or it was loaded", () => {
    const [server] = found("$ pyocd gdbserver", generic, "0000790 I GDB server started on port 3333 [gdbserver]");
    expect(server).toMatchObject({ code: "tool-lacks-chip", severity: "warning" });
    const done = "0002791 I Erased 1024 bytes (1 sector), programmed 1024 bytes (4 pages) [loader]";
    expect(found("$ pyocd load app.hex", generic, "0000791 I Loading app.hex [load_cmd]", done)).toEqual([]);
  });
});
