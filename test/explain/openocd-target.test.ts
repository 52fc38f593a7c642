/** What OpenOCD says of a target that it had reached: its debug port, comparators, flash, and the debuggers that come. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { openocdAttached, openocdStarted } from "./messages/message-group.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const direct = [
  ...openocdStarted,
  "Info : auto-selecting first available session transport \"dapdirect_swd\". To override use 'transport select <transport>'.",
  "Info : STLINK V3J7M2 (API v3) VID:PID 0483:374E",
  "Info : Target voltage: 3.285",
];
const halted = [...openocdAttached, "[stm32f4x.cpu] halted due to debug-request, current mode: Thread"];
const behindThePort = ["firmware-low-power", "core-does-not-halt"];

describe("a debug port that answers for itself alone", () => {
  it.each([
    "Info : SWD DPIDR 0x6ba02477\nError: [stm32h7x.cpu0] DP initialisation failed",
    "Info : SWD DPIDR 0x6ba02477\nError: [stm32h7x.cpu0] Debug AP not available, reset NOT asserted!",
    "Info : SWD DPIDR 0x6ba02477\nError: [stm32h7x.cpu0] AP write error, reset will not halt",
    "Debug: 112 90 arm_adi_v5.c:640 dap_dp_poll_register(): DAP: poll 20000000 timeout",
    "Debug: 201 95 cmsis_dap.c:700 cmsis_dap_swd_read_process(): SWD ack not OK @ 3 FAULT",
    "Error: invalid mode value encountered 13",
  ])("is told by what lies behind it: %s", (lines) => {
    expect(behindThePort).toContain(found(...direct, lines)[0]?.code);
  });

  it("is not one that did not answer a DP that was never read", () => {
    const codes = found(...direct, "Error: [stm32f4x.cpu] DP initialisation failed").map(({ code }) => code);
    expect(codes).toContain("firmware-disables-swd");
    expect(codes).not.toContain("core-does-not-halt");
  });
});

describe("a build after 0.12", () => {
  const later = [
    ...direct,
    "Info : SWD DPIDR 0x2ba01477",
    "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected",
    "Info : [stm32f4x.cpu] Examination succeed",
    "Info : [stm32f4x.cpu] starting gdb server on 3333",
  ];

  it("names the target before what it says of it", () => {
    const gone = [
      "Error: [stm32f4x.cpu] Polling failed, trying to reexamine",
      "Error: Error connecting DP: cannot read IDR",
      "Error: [stm32f4x.cpu] Examination failed, GDB will be halted. Polling again in 100ms",
    ];
    expect(found(...later, ...gone)[0]?.code).toBe("target-lost");
    expect(found(...later, "Error: [stm32f4x.cpu] not halted")[0]?.code).toBe("core-does-not-halt");
    const attached = ["Warn : [stm32f4x.cpu] GDB connection 1 not halted", "Error: undefined debug reason 8 - target"];
    expect(found(...later, ...attached)[0]?.code).toBe("core-does-not-halt");
  });

  it("resets a core that it could not tell to halt, and it may halt all the same", () => {
    const unwritten = "Info : [stm32f4x.cpu] AP write error, reset will not halt";
    expect(found(...later, unwritten, "[stm32f4x.cpu] halted due to breakpoint, current mode: Thread")).toEqual([]);
  });
});

it("a target that is gone while its flash is written was lost, not refused", () => {
  const findings = found(
    ...halted,
    "** Programming Started **",
    "Error: Error connecting DP: cannot read IDR",
    "** Programming Failed **",
  );
  expect(findings.map(({ code }) => code)).toEqual(["target-lost", "wires-open"]);
  // Its program does not run then.
  expect(findings[0].cause).toMatch(/watchdog.*supply/);
  expect(findings[0].cause).not.toContain("its program, which ran on");
});

describe("a breakpoint or watchpoint", () => {
  const none = "Error: can't add breakpoint: resource not available";
  const beyond =
    "Error: [stm32f4x.cpu] Cortex-M Flash Patch Breakpoint rev.1 cannot handle HW breakpoint above address 0x1FFFFFFE";

  it("at an address that the unit does not reach has not used up its comparators", () => {
    const [first] = found(...halted, beyond, none);
    expect(first).toMatchObject({ code: "comparators-used-up", certainty: "certain" });
    expect(first.cause).toContain("outside of the code region");
    expect(found(...halted, none)[0]?.cause).toContain("More hardware breakpoints");
  });

  it.each([
    "Error: [stm32f4x.cpu] watchpoint value masks not supported",
    "Error: [stm32f4x.cpu] unsupported watchpoint length",
    "Error: [stm32f4x.cpu] watchpoint address is unaligned",
  ])("may be none that a comparator can make: %s", (line) => {
    const [first, ...more] = found(...halted, line, "Error: can't add write watchpoint at 0x20000010, unknown reason");
    expect(first.cause).toContain("no comparator of this core can make");
    expect(more).toEqual([]);
  });

  it("needs a core that stands still", () => {
    expect(found(...openocdAttached, "Error: target stm32f4x.cpu is not halted (add breakpoint)")[0]?.code).toBe(
      "core-does-not-halt",
    );
  });
});

describe("a debugger that comes", () => {
  const accepted = "Info : accepting 'gdb' connection on tcp/3333";

  it("to a core that runs is told so only where it asks why the core stands", () => {
    const running = "Warn : GDB connection 1 on target stm32f4x.cpu not halted";
    expect(found(...openocdAttached, accepted, running)).toEqual([]);
    const asked = found(...openocdAttached, accepted, running, "Error: undefined debug reason 8 - target needs reset");
    expect(asked[0]).toMatchObject({ code: "core-does-not-halt", certainty: "likely" });
  });

  it("second is refused for the first", () => {
    const [first] = found(...halted, accepted, "Info : rejected 'gdb' connection, no more connections allowed");
    expect(first).toMatchObject({ code: "gdb-server-gone", cause: expect.stringContaining("has a debugger already") });
  });

  it("and is rejected by a server that does not say why has not missed the server", () => {
    const [first] = found(...openocdAttached, accepted, "Error: attempted 'gdb' connection rejected");
    expect(first.code).toBe("not-enough-to-tell");
  });
});

describe("flash", () => {
  const programmed = [...halted, "** Programming Started **", "** Programming Finished **", "** Verify Started **"];

  it("that could not be compared is not told to differ", () => {
    const failed = [
      "Error: timeout waiting for algorithm, a target reset is recommended",
      "Error: error executing cortex_m crc algorithm",
      "** Verify Failed **",
    ];
    expect(found(...programmed, ...failed).map(({ code }) => code)).toEqual(["flash-refused"]);
    expect(found(...programmed, "** Verify Failed **")[0]?.code).toBe("flash-differs");
  });

  it("that is smaller than the file is told as such", () => {
    const cut = "Warn : File content exceeds flash bank size. Only writing the first 65536 bytes of the file";
    expect(found(...halted, cut)[0]?.code).toBe("image-too-large");
  });

  it("that an image does not fit by its alignment is told as surely as OpenOCD does", () => {
    const unaligned =
      "Error: Section start address 0x08000001 breaks the required alignment of flash bank stm32f4x.flash";
    expect(found(...halted, "** Programming Started **", unaligned, "** Programming Failed **")).toMatchObject([
      { code: "programmer-alignment", certainty: "likely" },
    ]);
  });
});

it.each([
  "Error: TZEN can be set only when RDP level is 0",
  "Error: Deactivation of TZEN is only possible when the RDP is changing to level 0",
])("TrustZone that is not switched has its reason told: %s", (line) => {
  const [first] = found(...halted, line);
  expect(first).toMatchObject({ code: "option-bytes-wrong", certainty: "likely" });
  expect(first.cause).toContain("TrustZone");
});

describe("what an image does not fit", () => {
  const unaligned =
    "Warn : Section start address 0x08000194 breaks the required alignment of flash bank stm32l4x.flash";
  const failed = ["Error: failed erasing sectors 0 to 1", "** Programming Failed **"];
  const codes = (...lines: readonly string[]) =>
    found(...halted, "** Programming Started **", ...lines).map(({ code }) => code);

  it("is no reason where OpenOCD pads it and goes on", () => {
    expect(codes(unaligned, "Warn : Padding 4 bytes from 0x08000190", ...failed)).toEqual(["flash-refused"]);
    expect(codes(unaligned, ...failed)).toEqual(["programmer-alignment"]);
  });

  it.each([
    "Error: this device has a single bank only",
    "Error: STM32H7 flash bank base address config is incorrect. 0x08080000 but should rather be 0x8000000",
  ])("is the configuration where that has other banks than the chip: %s", (line) => {
    expect(codes(line, "Error: auto_probe failed", "** Programming Failed **")).toEqual(["config-unfit"]);
  });
});

describe("serial flash that OpenOCD drives by itself", () => {
  const unprobed = "Error: Flash bank not probed";
  const cause = (...lines: readonly string[]) =>
    found(...halted, ...lines).map(({ code, cause }) => `${code}: ${cause}`);

  it("and that gives no ID is the cause once it is worked, and none before", () => {
    const none = ["Info : No id from flash1", "Info : No id - set flash parameters manually"];
    expect(cause(...none)).toEqual([]);
    expect(cause(...none, "** Programming Started **", unprobed, "** Programming Failed **")).toEqual([
      expect.stringMatching(/^loader-memory-silent: .*gets no answer/),
    ]);
  });

  it("and at which OpenOCD itself ends was worked", () => {
    const none = "Info : No id - set flash parameters manually";
    expect(cause(none, "Assertion failed!")).toEqual([expect.stringMatching(/^loader-memory-silent: /)]);
  });

  it("is known by the ID that is not in the list", () => {
    const unknown = "Warn : Unknown flash1 device id = 0x1840ef - set flash parameters manually";
    expect(cause(unknown, unprobed)).toEqual([expect.stringMatching(/^tool-lacks-chip: .*0x1840ef/)]);
  });

  it("has a controller that may be off", () => {
    expect(cause("Error: No QSPI, no OCTOSPI at 0x52005000", unprobed)).toEqual([
      expect.stringMatching(/^loader-memory-silent: .*0x52005000/),
    ]);
  });
});
