import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

/** STM32CubeProgrammer at the boot loader of an L496 or L4A6, which holds up to 1024 KiB. */
const session = (size: string, file = "main.bin"): readonly string[] => [
  "STM32CubeProgrammer v2.17.0",
  "Serial Port COM5 is successfully opened.",
  "Activating device: OK",
  "Chip ID: 0x461",
  "Memory Programming ...",
  "Opening and parsing file: main.bin",
  `  File          : ${file}`,
  `  Size          : ${size}`,
  "  Address       : 0x08000000",
  "Erasing memory corresponding to segment 0:",
  "Error: Operation exceeds memory limits",
];

describe("an image that STM32CubeProgrammer takes to go over the end of flash", () => {
  it("is too large where no chip with this device ID has so much", () => {
    expect(found(...session("1100.00 KB"))[0].code).toBe("image-too-large");
  });

  it("meets a wrong description of the chip where some have", () => {
    const [first] = found(...session("551.46 KB"));
    expect(first).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(first.cause).toMatch(/552 KiB.*up to 1024 KiB/);
    expect(first.remedy[0]).toMatch(/another release/);
  });

  it("is not measured by the length of its text where that is S-records", () => {
    const flash = [
      "STM32CubeProgrammer v2.13.0",
      "Device ID   : 0x451",
      "Flash size  : 2 MBytes",
      "Memory Programming ...",
    ];
    const parsed = (name: string): readonly string[] => [
      `Opening and parsing file: ${name}`,
      "  Size          : 2.11 MB",
      "  Address       : 0x08000000",
      "Error: failed to erase memory",
    ];
    expect(found(...flash, ...parsed("ST-LINK_GDB_server_a1.srec"))[0].code).toBe("flash-refused");
    expect(found(...flash, ...parsed("main.bin"))[0].code).toBe("image-too-large");
  });
});

describe("a defect of the tool itself", () => {
  const erase = (first: number): readonly string[] => [
    "USB speed : Full Speed (12MBit/s)",
    "Device ID   : 0x413",
    "Erasing internal memory sectors [0 9]",
    ...[0, 1, 2].map((each) => `sector ${String(first + each).padStart(4, "0")} does not exist`),
    "Error: Data mismatch found at address 0x08000003 (byte = 0x08 instead of 0x20)",
  ];

  it("is told where a chip is said to lack its first sector, the surer by the release that is known for it", () => {
    expect(found("STM32CubeProgrammer v2.16.0", ...erase(0))[0]).toMatchObject({
      code: "tool-defect",
      certainty: "likely",
    });
    const [other] = found("STM32CubeProgrammer v2.19.0", ...erase(0));
    expect(other).toMatchObject({ code: "tool-defect", certainty: "possible" });
    expect(other.remedy[0]).toContain("2.15");
    expect(found("STM32CubeProgrammer v2.16.0", ...erase(12)).map(({ code }) => code)).not.toContain("tool-defect");
  });

  it("is told where an ST-LINK is said not to debug Arm cores", () => {
    const info = ["probe-rs info --chip STM32G071RB --protocol swd", "Probing target via SWD"];
    const no = "Error during access: The selected probe does not support the 'ARM' interface.";
    const list = "[0]: STLink V3 -- 0483:374f:0031002F3331510133343639 (ST-LINK)";
    expect(found(list, ...info, no)[0]).toMatchObject({ code: "tool-defect", certainty: "likely" });
    expect(found(...info, no)[0].code).toBe("probe-unsupported");
  });
});

describe("what a tool measures or sees before it works", () => {
  it("is VTref that is not wired where the stlink tools found the chip and read no voltage", () => {
    const low = "2024-05-06T07:08:09 ERROR flashloader.c: Target voltage (4 mV) too low for flash writes!";
    expect(found("st-flash 1.7.0", low)[0].code).toBe("vtref-not-wired");
  });

  it("is a core in lockup where ST's server says so", () => {
    const server = ["STMicroelectronics ST-LINK GDB server. Version 7.0.0", "Device ID: 0x483"];
    expect(found(...server, "ST-LINK device status: LOCKUP")[0]?.code).toBe("core-lockup");
    expect(found(...server, "ST-LINK device status: RUN_MODE")).toEqual([]);
  });

  it("is over where OpenOCD lost the chip for a moment and read it then", () => {
    const openocd = [
      "Open On-Chip Debugger 0.12.0",
      "Info : Target voltage: 2.89",
      "Error: mem2array: Read @ 0xe0042004, w=4, cnt=1, failed",
      "target halted due to debug-request, current mode: Thread",
      "Info : device id = 0x10076413",
      "Info : flash size = 1024 kbytes",
      "Polling target stm32f4x.cpu failed, trying to reexamine",
    ];
    expect(found(...openocd).length).toBeGreaterThan(0);
    expect(found(...openocd, "Info : stm32f4x.cpu: hardware has 6 breakpoints, 4 watchpoints")).toEqual([]);
  });

  it("is one session of probe-run's, though Cargo names the command once more at its end", () => {
    const run = "Running `probe-run --chip STM32H723ZG target/app`";
    const handler = ["stack backtrace:", "   0: HardFaultTrampoline", "      <exception entry>"];
    const end = "error: process didn't exit successfully: `probe-run --chip STM32H723ZG target/app` (exit code: 22)";
    expect(found(run, ...handler, "(HOST) ERROR the program panicked", end)[0].code).toBe("firmware-faults");
  });
});

describe("a file of several parts", () => {
  const log = (name: string, ...erased: readonly string[]) => [
    "STM32CubeProgrammer v2.14.0",
    "Device ID   : 0x450",
    "Flash size  : 128 KBytes",
    `Opening and parsing file: ${name}`,
    `  File          : ${name}`,
    "  Size          : 2.80 MB",
    "  Address       : 0x08000000",
    ...erased,
  ];
  const first = ["Erasing memory corresponding to segment 0:", "Erasing internal memory sector 0"];
  const second = "Erasing memory corresponding to segment 1:";

  it("is no larger than the flash for what of it is for other memory", () => {
    const elsewhere = log("gui.hex", ...first, second, "Error: failed to download Segment[1]");
    expect(found(...elsewhere)[0].code).toBe("image-outside-flash");
    const inside = log("app.hex", ...first, "Error: failed to download Segment[0]");
    expect(found(...inside)[0].code).toBe("image-too-large");
  });
});
