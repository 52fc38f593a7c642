/** Loads into RAM that go on where the RAM of the chip has ended. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

const openocd = (target: string, ...lines: readonly string[]) =>
  found(
    "Open On-Chip Debugger 0.12.0",
    `Info : ${target}.cpu0: hardware has 8 breakpoints, 4 watchpoints`,
    "target halted due to debug-request, current mode: Thread",
    ...lines,
  )[0];
const gdb = (id: string, size: string) =>
  found(
    "Open On-Chip Debugger 0.12.0",
    "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected",
    `Info : device id = ${id}`,
    "Loading section .isr_vector, size 0x188 lma 0x20000000",
    `Loading section .text, size ${size} lma 0x20000188`,
    "Load failed",
  );

describe("a load into RAM", () => {
  it("that fails where the largest RAM of the family has ended is too large", () => {
    const first = openocd("stm32h7x", "Error: Failed to write memory at 0x24100000");
    expect(first).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(first.cause).toMatch(/0x24100000, where the RAM of the largest STM32H7 ends \(1024 KiB from 0x24000000\)/);
  });

  it("is told of the chip where its ID was read", () => {
    const first = openocd(
      "stm32h7x",
      "Info : Device: STM32H74x/75x",
      "Info : device id = 0x20036450",
      "Error: write_memory: write at 0x24080000 with width=32 and count=4096 failed",
    );
    expect(first.cause).toMatch(/0x24080000, .*\(512 KiB from 0x24000000\)/);
  });

  it.each([
    ["in RAM that some chip of the family has", "Error: Failed to write memory at 0x24080000"],
    ["far behind any RAM", "Error: Failed to write memory at 0x28000000"],
    ["that was a read, as of a stack's end", "Error: Failed to read memory at 0x24100000"],
    ["at a peripheral", "Error: Failed to write memory at 0x58024400"],
  ])("is not concluded of an access %s", (_, line) => {
    expect(openocd("stm32h7x", line).code).not.toBe("image-outside-flash");
  });

  it("by GDB is measured by its sections", () => {
    // An F405 has 128 KiB in one stretch, an F429 has 192.
    expect(gdb("0x10076413", "0x20000")[0].cause).toMatch(/0x20020000, .*\(128 KiB from 0x20000000\)/);
    expect(
      gdb("0x10076413", "0x1f000")
        .map(({ cause }) => cause)
        .join(),
    ).not.toContain("where the RAM of");
    expect(
      gdb("0x20016419", "0x20000")
        .map(({ cause }) => cause)
        .join(),
    ).not.toContain("where the RAM of");
  });

  it("by pyOCD fails as a transfer that writes", () => {
    const pyocd = (how: string) =>
      found(
        "0000210 I Target type is stm32f103rc [board]",
        "0000650 I CPU core #0 is Cortex-M3 r1p1 [cortex_m]",
        `0000905 E Memory transfer fault (${how}) @ 0x20010000-0x200103ff [__main__]`,
      ).map(({ code }) => code);
    expect(pyocd("write")).toContain("image-outside-flash");
    expect(pyocd("read")).not.toContain("image-outside-flash");
  });
});
