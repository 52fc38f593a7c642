import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

const run = ["Running `probe-rs run --chip STM32G071RBTx app`", "     Erasing ✔ 100%", " Programming ✔ 100%"];
const openocd = ["Open On-Chip Debugger 0.12.0", "Info : [stm32g0x.cpu] Cortex-M0+ r0p1 processor detected"];

describe("RTT that is not where the tool looks", () => {
  it.each([
    [[...run, "Error: RTT control block not found in target memory."]],
    [[...run, "Error: Max number of RTT attach retries exceeded."]],
    [["0000900 I Target type is stm32g071 [board]", "0001400 C Control block not found! [__main__]"]],
    [[...openocd, "Info : rtt: Searching for control block 'SEGGER RTT'", "Info : rtt: No control block found"]],
  ])("is the program's doing: %s", (lines) => {
    const [first] = found(...lines);
    expect(first).toMatchObject({ code: "rtt-not-found", certainty: "likely" });
    expect(first.cause).toMatch(/sleeps.*panic or fault/);
  });

  it("is no cause beside a target that answers nothing", () => {
    const [first] = found(
      "Running `probe-rs attach --chip STM32G071RBTx app`",
      "Error: RTT control block not found in target memory.",
      "Caused by:",
      "    2: Command failed with status JtagNoDeviceConnected",
    );
    expect(first.code).not.toBe("rtt-not-found");
  });

  it("is a warning where the ELF file has no symbol for it", () => {
    const warned = [...run.slice(0, 1), "WARN probe_rs::util::rtt: No RTT header info was present in the ELF file."];
    expect(found(...warned)).toMatchObject([{ code: "rtt-not-found", severity: "warning" }]);
    expect(found(...warned, "Error: Failed to erase flash sector at address 0x08000000.")[0].code).toBe(
      "flash-refused",
    );
  });
});

describe("a program that probe-rs saw end in an exception", () => {
  it("faulted, most likely, unless it panicked, which ends in one as well", () => {
    const ended = "Firmware exited unexpectedly: Exception";
    expect(found(...run, ended)[0]).toMatchObject({ code: "firmware-faults", certainty: "likely" });
    const panicked = ["(HOST) ERROR the program panicked", ended];
    expect(found(...run, ...panicked).map(({ code }) => code)).not.toContain("firmware-faults");
  });
});

describe("probe-run's word that a program panicked", () => {
  const verdict = "(HOST) ERROR the program panicked";
  const handler = ["stack backtrace:", "   0: HardFaultTrampoline", "      <exception entry>"];

  it("is a panic where its frames stand below the exception, and a fault where none does", () => {
    const flashed = ["Running `probe-run --chip STM32L432KC app`", "(HOST) INFO  success!"];
    expect(found(...flashed, ...handler, verdict)[0].code).toBe("firmware-faults");
    expect(found(...flashed, ...handler, "   1: rust_begin_unwind", verdict)[0].code).toBe("program-gave-up");
    expect(found(...flashed, ...handler, "   1: core::panicking::panic", verdict)[0].code).toBe("program-gave-up");
  });
});
