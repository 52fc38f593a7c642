/** Files, commands and reads that a tool gives up on before it has touched flash. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const connected = ["STM32CubeProgrammer v2.15.0", "ST-LINK SN  : 0012", "ST-LINK FW  : V2J40S7", "Device ID   : 0x410"];

describe("a file that the programmer does not get open", () => {
  const given = (path: string, ...said: readonly string[]) =>
    found(
      `> STM32_Programmer_CLI -c port=SWD -w "${path}" -v`,
      ...connected,
      "Memory Programming ...",
      `Opening and parsing file: ${path.replace(/^.*[\\/]/, "")}`,
      ...said,
    )[0];

  it("has letters in its path that do not get through", () => {
    for (const path of ["C:\\Benutzer\\Jörg\\build\\fw.hex", "D:\\工程\\out\\fw.hex", "C:\\проект\\fw.hex"]) {
      const first = given(path, "Error: File error");
      expect(first).toMatchObject({ code: "file-missing", certainty: "likely" });
      expect(first.cause).toContain(path);
    }
  });

  it("is told to move where it is said not to be there", () => {
    const missing = (path: string) => given(path, `Error: File does not exist: ${path}`).remedy[0];
    expect(missing("C:\\Jörg\\fw.hex")).toContain("Latin letters");
    expect(missing("C:\\Joerg\\fw.hex")).not.toContain("Latin letters");
  });

  it("is left open where the path is plain, or the error another", () => {
    expect(given("C:\\Joerg\\fw.hex", "Error: File error").code).toBe("not-enough-to-tell");
    expect(given("C:\\Jörg\\fw.hex", "Error: Wrong file format").code).toBe("program-unusable");
  });
});

describe("a raw image without an address", () => {
  it("is refused, and needs one", () => {
    const [first] = found(
      ...connected,
      "Error: You must enter the write address to download binary file for STM32 MCU devices.",
      "command exited with status 1: STM32_Programmer_CLI --connect port=swd --download build/app.bin",
    );
    expect(first).toMatchObject({ code: "option-unknown", certainty: "likely" });
    expect(first.remedy[0]).toContain("0x08000000");
    expect(first.remedy.join()).not.toContain("Leave");
  });

  it("is not what a wrong address is", () => {
    const [first] = found(...connected, "Error: Wrong address format");
    expect(first.cause).not.toContain("raw image");
  });
});

describe("GDB that left out its .gdbinit", () => {
  const declined = [
    "Reading symbols from fw.elf...",
    'warning: File "/home/ada/fw/.gdbinit" auto-loading has been declined by your `auto-load safe-path\' set to "$debugdir".',
  ];

  it("has no target for a command that is typed then", () => {
    const all = found(...declined, "(gdb) load", "You can't do that when your target is `exec'");
    expect(all.map(({ code }) => code)).toEqual(["gdb-auto-load-declined"]);
    expect(all[0].evidence.length).toBe(2);
  });

  it("is not the reason where a connection was tried by hand, or nothing was left out", () => {
    const refused = found(...declined, "localhost:3333: Connection refused.")[0];
    expect(refused.code).not.toBe("gdb-auto-load-declined");
    const alone = found(declined[0], '"monitor" command not supported by this target.')[0];
    expect(alone.code).toBe("gdb-server-gone");
  });
});

describe("an IDCODE that a tool of whatever name did not get", () => {
  it("is a debug port that does not answer", () => {
    for (const said of ["Error getting target IDCODE", "Failed to read DPIDR", "could not get the ID code of the DP"])
      expect([said, found("ST-LINK, STM32F042", said)[0].code]).toEqual([said, "target-silent"]);
  });

  it("is another matter where it was read and is not known", () => {
    expect(found("ST-LINK, STM32F042", "Error: unknown IDCODE 0x12345678")[0].code).not.toBe("target-silent");
  });
});
