/** What ST's boot loader answers, and what a programmer makes of it. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const usb = [
  "STM32CubeProgrammer v2.15.0",
  "USB speed   : Full Speed (12MBit/s)",
  "Product ID  : STM32  BOOTLOADER",
  "DFU protocol: 1.1",
];

describe("a port that cannot be opened", () => {
  const refused = (port: string) => found("STM32CubeProgrammer v2.4.0", `Error: Cannot open port ${port}`);

  it("is none of the probe's, and for a name of USB a matter of its spelling", () => {
    const all = refused("USB2");
    expect(all.map(({ code }) => code)).toEqual(["serial-port-unavailable"]);
    expect(all[0].cause).toContain("small letters");
    expect(all[0].remedy[0]).toContain("usb1");
  });

  it("is a serial one under the name of one", () => {
    expect(refused("COM7")[0].code).toBe("serial-port-unavailable");
    expect(refused("COM7")[0].cause).not.toContain("small letters");
  });
});

describe("RAM that a boot loader does not give", () => {
  const read = (address: string, ...after: readonly string[]) =>
    found(
      ...usb,
      "Device ID   : 0x0413",
      "UPLOADING ...",
      "  Size          : 1024 Bytes",
      `  Address       : ${address}`,
      "Error: failed to read the requested memory content",
      ...after,
    )[0];

  it("is its own, and says nothing of flash", () => {
    expect(read("0x20000000")).toMatchObject({ code: "boot-loader-refuses", certainty: "likely" });
    expect(read("0x20000000").cause).toContain("its own");
    expect(read("0x20000000", "File download complete").severity).toBe("warning");
  });

  it("is another matter where flash was asked for, RAM far from its start, or a probe", () => {
    expect(read("0x08000000").code).not.toBe("boot-loader-refuses");
    expect(read("0x20010000").cause).not.toContain("its own");
    const probe = found(
      "STM32CubeProgrammer v2.15.0",
      "ST-LINK FW  : V3J13M4",
      "Device ID   : 0x413",
      "  Address       : 0x20000000",
      "Error: failed to read the requested memory content",
    );
    expect(probe.map(({ code }) => code)).not.toContain("boot-loader-refuses");
  });
});

describe("read protection that a programmer speaks of", () => {
  const claim = [...usb, "Error: Device is under read out protection"];
  const upload = (address: string) => [
    `$ dfu-util -a 0 -s ${address}:2048 -U flash.bin`,
    "dfu-util 0.11",
    "Opening DFU capable USB device...",
    "Upload\t[=========================] 100%         2048 bytes",
    "Upload done.",
  ];

  it("is none, where flash is read through the boot loader afterwards", () => {
    const all = found(...claim, ...upload("0x08000000"));
    expect(all[0].code).toBe("boot-loader-refuses");
    expect(all[0].remedy[0]).toContain("erases");
    expect(all.map(({ code }) => code)).not.toContain("read-protected");
  });

  it("stands, where another memory was read, or flash before it, or nothing", () => {
    expect(found(...claim, ...upload("0x1FFFF800"))[0].code).toBe("read-protected");
    expect(found(...upload("0x08000000"), ...claim)[0].code).toBe("read-protected");
    expect(found(...claim)[0].code).toBe("read-protected");
  });
});

describe("a chip that comes back in its boot loader", () => {
  const download = (id: string, ...told: readonly string[]) =>
    found(
      ...usb,
      `Device ID   : ${id}`,
      "Memory Programming ...",
      "Opening and parsing file: app.hex",
      "  Address       : 0x08000000",
      "File download complete",
      "Download verified successfully",
      ...told,
    ).map(({ code, certainty }) => [code, certainty]);
  const again = "After each power cycle the DFU device is back again.";
  const low = "BOOT0 is at GND by 10k.";

  it("with BOOT0 low does so by its option bytes, where they have a say", () => {
    expect(download("0x0442", again, low)[0]).toEqual(["option-bytes-wrong", "likely"]);
    expect(download("0x0468", low, again)[0]).toEqual(["option-bytes-wrong", "likely"]);
  });

  it("does not start from flash, where the pin alone decides, or nobody looked at it", () => {
    expect(download("0x0413", again, low)[0]).toEqual(["boot-not-from-flash", "likely"]);
    expect(download("0x0442", again)[0]).toEqual(["boot-not-from-flash", "likely"]);
  });

  it("is not there, where the text says that it does not come back", () => {
    expect(download("0x0442", "After a reset the DFU device never comes back.", low)).toEqual([]);
    expect(download("0x0442", low)).toEqual([]);
  });
});
