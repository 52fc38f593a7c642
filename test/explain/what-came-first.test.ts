/** What a tool says last or loudest, and what stood behind it. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("an option byte that STM32CubeProgrammer does not know", () => {
  it("comes before a VTref that is not wired", () => {
    const [first] = found(
      "STM32CubeProgrammer v2.16.0",
      "ST-LINK FW  : V3J13M4",
      "Voltage     : 0.00V",
      "Device ID   : 0x448",
      "PROGRAMMING OPTION BYTES AREA ...",
      "Warning: Option Byte: BOR_LEVEL, does not exist",
    );
    expect(first).toMatchObject({ code: "option-unknown" });
    expect(first.cause).toContain('"BOR_LEVEL"');
  });
});

describe("a probe that is on USB", () => {
  const listed = (pid: string) =>
    `libusb: info [winusb_get_device_list] The following device has no driver: 'USB\\VID_0483&PID_${pid}\\5&1'`;
  const none = "2022-01-01T10:00:00 WARN usb.c: Couldn't find any ST-Link devices";

  it("has no driver, by libusb's own list on Windows", () => {
    expect(found("st-flash 1.7.0", listed("374E"), none).map(({ code }) => code)).toEqual(["probe-driver-missing"]);
  });

  it("is not what libusb lists where that is another device", () => {
    expect(found("st-flash 1.7.0", listed("5740"), none)[0].code).toBe("probe-none");
  });

  it("was waited for by pyOCD and came", () => {
    const waited = ["0000300:INFO:eval:pyocd 0.21", "Waiting for a debug probe to be connected..."];
    expect(found(...waited)[0].code).toBe("probe-none");
    const came = found(
      ...waited,
      "0002000:INFO:board:Target type is stm32f407vg",
      "0002100:ERROR:gdb_server:uncaught exception: STLink error (9): Get IDCODE error",
    );
    expect(came.map(({ code }) => code)).not.toContain("probe-none");
    expect(came[0].code).toBe("target-silent");
  });
});

describe("an erase that needs a core at rest", () => {
  it("fails for that alone where OpenOCD says that the core was not halted", () => {
    const [first] = found("Error: Target not halted", "Error: failed erasing sectors 0 to 3");
    expect(first).toMatchObject({ code: "core-does-not-halt", certainty: "likely" });
  });

  it("fails for that alone by the number of the error, too", () => {
    expect(found("Error: failed erasing sectors 0 to 3", "Error: flash_erase returned -304")[0].code).toBe(
      "core-does-not-halt",
    );
    expect(found("Error: failed erasing sectors 0 to 3", "Error: flash_erase returned -4")[0].code).toBe(
      "flash-refused",
    );
  });
});

describe("a chain that reads all ones or zeros", () => {
  const scan = (words: string) =>
    found("Open On-Chip Debugger 0.12.0", `Error: JTAG scan chain interrogation failed: ${words}`);

  it("is looked for at JTAG's wires first", () => {
    for (const words of ["all ones", "all zeroes"]) {
      const [first] = scan(words);
      expect(first).toMatchObject({ code: "wires-open", certainty: "possible" });
      expect(first.cause).toContain("TDO");
      expect(first.remedy[0]).toContain("SWD");
    }
  });

  it("says nothing of a target that is silent over SWD", () => {
    const [first] = found("Open On-Chip Debugger 0.12.0", "Error: Error connecting DP: cannot read IDR");
    expect(first.code).toBe("target-silent");
  });
});

describe("a fault at the end of OpenOCD's own code for writing flash", () => {
  const aborted = "Error: flash write algorithm aborted by target";
  const fault = "target halted due to breakpoint, current mode: Handler HardFault";
  const inAll = (...lines: readonly string[]) => found("Open On-Chip Debugger 0.12.0", ...lines);

  it("is the program's at most possibly, behind what flash refused", () => {
    const all = inAll(aborted, fault, "Error: error executing stm32x flash write algorithm");
    expect(all[0].code).toBe("flash-refused");
    expect(all.find(({ code }) => code === "firmware-faults")).toMatchObject({ certainty: "possible" });
  });

  it("is the program's for certain where no such code ran", () => {
    expect(inAll(fault)[0]).toMatchObject({ code: "firmware-faults", certainty: "certain" });
  });
});

describe("a write that is thrown away", () => {
  const status = (name: string) => `WARN probe_rs::probe::stlink: send_jtag_command 242 failed: ${name}`;
  const codes = (...names: readonly string[]) => found("probe-rs info", ...names.map(status)).map(({ code }) => code);

  it("is no garbled one behind an access port that holds off", () => {
    const held = codes("JtagUnknownJtagChain", "SwdDpWait", "SwdApWdataError", "SwdApFault");
    expect(held[0]).toBe("firmware-low-power");
    expect(held).not.toContain("wire-noisy");
    expect(codes("SwdApWdataError")).toContain("wire-noisy");
  });
});

describe("pyOCD with a bare core", () => {
  const session = (target: string) => [
    `0001000:INFO:board:Target type is ${target}`,
    "0001010:INFO:dap:DP IDR = 0x2ba01477",
    "0001020:INFO:cortex_m:CPU core #0 is Cortex-M4 r0p1",
    "0001030:INFO:gdbserver:GDB server started on port 3333",
  ];

  it("has no flash, of which it warns, and which is why nothing is loaded", () => {
    expect(found(...session("cortex_m"))[0]).toMatchObject({ code: "tool-lacks-chip", severity: "warning" });
    const [first] = found(...session("cortex_m"), "(gdb) load", "Load failed");
    expect(first).toMatchObject({ code: "tool-lacks-chip" });
    expect(first.severity ?? "error").toBe("error");
  });

  it("has where a chip was named", () => {
    expect(found(...session("stm32f407vg"))).toEqual([]);
  });
});

describe("a load that failed", () => {
  it("went where GDB knows no flash, and not for sure where nothing tells at which address", () => {
    const [first] = found("Error in final launch sequence", 'load "/tmp/a.elf"', "Load failed");
    expect(first).toMatchObject({ code: "image-outside-flash", certainty: "possible" });
    expect(first.cause).toMatch(/external memory.*address 0.*behind the end/);
    expect(first.remedy.join(" ")).toContain("objdump -h");
  });

  it("asks for a connection under reset where the chip's ID could not be read", () => {
    const [first] = found(
      "2013-01-01T10:00:00 INFO src/stlink-common.c: Loading device parameters....",
      "2013-01-01T10:00:00 WARN src/stlink-common.c: unknown chip id! 0",
      "Chip ID is 00000000, Core ID is 1ba01477.",
      "Listening at *:4242...",
      "(gdb) load",
      "Loading section .text, size 0x200 lma 0x8000000",
      "Load failed",
    );
    expect(first.code).toBe("not-enough-to-tell");
    expect(first.remedy.join(" ")).toContain("under-reset");
  });
});
