/** Logs in which an external loader, or the memory behind it, is what failed. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("a loader's Init() that the programmer says failed", () => {
  const read = (loader: string, ...end: readonly string[]) => [
    `$ STM32_Programmer_CLI -c port=SWD${loader} -r32 0x90000000 16`,
    "STM32CubeProgrammer v2.16.0",
    "ST-LINK FW  : V3J13M4",
    "Device ID   : 0x468",
    "Reading 32-bit memory content",
    "  Address:      : 0x90000000",
    ...end,
    "Error: failed to read the requested memory content",
  ];

  it("is what the read behind it failed for", () => {
    const [first, ...others] = found(...read(" -el ./w25_own.stldr", "Error: Init function failed with timeout"));
    expect(first).toMatchObject({ code: "loader-init-failed", certainty: "likely" });
    expect(first.cause).toContain("programmer gave up");
    expect(others.map(({ code }) => code)).not.toContain("flash-refused");
    expect(codes(...read("", "Error: Initialization function has failed"))[0]).toBe("loader-init-failed");
  });

  it("is what the erase before it failed for", () => {
    const erase = ["Erasing memory corresponding to segment 0:", "Erasing external memory sector 2"];
    const all = codes(
      "STM32CubeProgrammer v2.16.0",
      ...erase,
      "Error: failed to erase memory",
      "Error: Init function fail",
    );
    expect(all).toEqual(["loader-init-failed"]);
  });

  it("is not told where none is spoken of", () => {
    expect(codes(...read(" -el ./w25_own.stldr"))).not.toContain("loader-reports-failure");
    expect(found(...read(" -el ./w25_own.stldr")).every(({ certainty }) => certainty !== "certain")).toBe(true);
  });
});

describe("a loader that cannot be loaded", () => {
  const refused = (banner: string, path: string) =>
    found(banner, "ST-LINK FW  : V2J37S7", "Device ID   : 0x450", `Error: External loader ${path} cannot be loaded`);
  const own = "C:/ST/STM32CubeProgrammer/bin/ExternalLoader/BOARD-X_W25Q64.stldr";

  it("is there, where the programmer's window had it in its list", () => {
    const all = refused("STM32CubeProgrammer API v2.14.0 | Windows-64Bits", own);
    expect(all[0]).toMatchObject({ code: "loader-failed", certainty: "likely" });
    expect(all.map(({ code }) => code)).not.toContain("file-missing");
  });

  it("may be missing, where a command line named it or it lies elsewhere", () => {
    expect(refused("STM32CubeProgrammer v2.14.0", own)[0].code).toBe("file-missing");
    const other = refused("STM32CubeProgrammer API v2.14.0 | Windows-64Bits", "D:/own/BOARD-X_W25Q64.stldr");
    expect(other[0].code).toBe("file-missing");
  });
});

describe("work on external memory that failed", () => {
  const download = (loader: string, ...erase: readonly string[]) =>
    found(
      `Debugger tab > External loaders: ${loader}`,
      "STMicroelectronics ST-LINK GDB server. Version 7.4.0",
      "Waiting for debugger connection...",
      "Debugger connected",
      "STM32CubeProgrammer v2.17.0",
      "ST-LINK FW  : V3J15M6",
      "Board       : STM32H745I-DISCO",
      "Device ID   : 0x450",
      "Opening and parsing file: app.srec",
      "  Address       : 0x08000000",
      ...erase,
      "Error: failed to download Segment[1]",
      "Error: failed to download the File",
    );
  const both = [
    "Erasing memory corresponding to segment 0:",
    "Erasing internal memory sector 0",
    "Erasing memory corresponding to segment 1:",
    "Erasing external memory sectors [0 20]",
    "Error: failed to erase memory",
  ];

  it("is a loader's of another board, where its name says so", () => {
    expect(download("MX25LM51245G_STM32H7B3I-DISCO, on", ...both)[0]).toMatchObject({
      code: "loader-needs-octospi",
      certainty: "likely",
    });
    expect(download("MT25QL128A_STM32F469I-DISCO.stldr", ...both)[0].code).toBe("loader-other-family");
  });

  it("is the loader's, and not the internal flash's, where the name fits or tells nothing", () => {
    for (const name of ["MT25TL01G_STM32H745I-DISCO", "own_loader"]) {
      const all = download(name, ...both).map(({ code }) => code);
      expect(all[0]).toBe("loader-reports-failure");
      expect(all).not.toContain("flash-refused");
    }
  });

  it("is so without the lines about segments", () => {
    expect(download("own_loader", "Erasing external memory sector 3")[0].code).toBe("loader-reports-failure");
    expect(download("own_loader", "Erasing internal memory sector 3")[0].code).toBe("flash-refused");
  });
});
