/** Launches of an IDE that fail before, beside or after the server: what each of its words leaves as the first cause. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) =>
  explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings.filter(({ severity }) => severity !== "note");
const ide = (...lines: readonly string[]) => found("STM32CubeIDE 1.16.0", ...lines)[0];

describe("a launch that fails inside the IDE", () => {
  it("names the project that is not there", () => {
    const first = ide("The launch configuration references non existing project motor.");
    expect(first).toMatchObject({ code: "launch-value-wrong", certainty: "likely" });
    expect(first.cause).toContain("the project motor, which is not in the workspace");
  });

  it("without a reason is no more than possibly its configuration's, and never GDB that is missing", () => {
    const findings = found("STM32CubeIDE 1.16.0", "Could not start GDB server", "Undefined debug error");
    expect(findings[0]).toMatchObject({ code: "launch-value-wrong", certainty: "possible" });
    expect(findings.map(({ code }) => code)).not.toContain("gdb-missing");
  });

  it("without a reason gives way to one that is told", () => {
    expect(ide("Undefined debug error", "Reason: (20) No ST-LINK found.").code).toBe("probe-none");
  });

  it("has no program to load", () => {
    expect(ide("Launch failed. Binary not found.").code).toBe("file-missing");
    expect(ide('Cannot run program "C:/ws/app/Debug/app.elf": Launching failed').code).toBe("launch-value-wrong");
    expect(ide('Cannot run program "make": Unknown reason').code).toBe("program-missing");
  });

  it("waits for its server in vain, which says nothing of USB", () => {
    const findings = found("Error in services launch sequence", "Starting ST-LINK GDB server timed out.");
    expect(findings.map(({ code }) => code)).toEqual(["gdb-server-gone"]);
  });

  it("needs the server that shares the probe", () => {
    expect(ide("Failed to start ST-LINK server").code).toBe("probe-shared-server");
  });
});

describe("a program that does not fit its linker script", () => {
  it("was not linked, by how much and where", () => {
    const first = ide(
      "ld: app.elf section `.bss' will not fit in region `RAM'",
      "ld: region `RAM' overflowed by 512 bytes",
    );
    expect(first).toMatchObject({ code: "program-does-not-fit", certainty: "certain" });
    expect(first.cause).toContain("512 bytes larger than the region RAM");
  });

  it("in a script of LLVM's linker, too", () => {
    const first = ide("ld.lld: error: section '.text' will not fit in region 'FLASH': overflowed by 64 bytes");
    expect(first.cause).toContain("region FLASH");
  });
});

describe("Java under ST's windows", () => {
  it.each([
    ["A Java Runtime Environment (JRE) or JDK must be available in order to run STM32CubeIDE.", "program-missing"],
    ["STM32CubeIDE: JVM terminated. Exit code=13", "versions-differ"],
    ["Error: JavaFX runtime components are missing, and are required to run STM32CubeProgrammer", "versions-differ"],
    ["java.lang.UnsatisfiedLinkError: no STLinkUSBDriver in java.library.path", "library-missing"],
    ["java.lang.UnsatisfiedLinkError: /opt/st/libSTLinkUSBDriver.so: libusb-1.0.so.0: cannot open", "library-missing"],
  ])("is missing, another, or lacks a library: %s", (words, code) => {
    expect(found(words)[0]?.code).toBe(code);
  });

  it("ended well is nothing", () => {
    expect(found("STM32CubeIDE: JVM terminated. Exit code=0")).toEqual([]);
  });
});

describe("a server's answers to GDB", () => {
  it("that come late are out of step, others are another matter", () => {
    expect(ide("Remote replied unexpectedly to 'vMustReplyEmpty': PacketSize=1000").code).toBe("gdb-server-gone");
    expect(ide("Remote replied unexpectedly to 'vMustReplyEmpty': hello").code).toBe("not-enough-to-tell");
  });

  it("refuse a monitor command by name, which explains nothing else", () => {
    const refused = ["monitor reset halt", "Error message from debugger back end:", "Protocol error with Rcmd"];
    expect(ide(...refused)).toMatchObject({
      code: "option-unknown",
      certainty: "possible",
      cause: expect.stringContaining('"reset halt"'),
    });
    expect(ide(...refused, "Reason: (4) No device found on target.").code).not.toBe("option-unknown");
  });

  it("with an error are about the core, not about cables", () => {
    expect(ide("target remote localhost:61234", "Remote failure reply: E31").cause).toContain("could not read or stop");
  });
});

it("a core that stands at an address of system memory runs ST's boot loader", () => {
  expect(ide('No source available for "0x1fff0a30"').code).toBe("boot-not-from-flash");
  expect(ide('No source available for "main() at 0x8000abc"')?.code).not.toBe("boot-not-from-flash");
});

describe("the firmware of a probe", () => {
  it("that was not updated to the end is told with what broke it off", () => {
    const [first] = found("STLinkUpgrade", "JNI error returned by system: 121");
    expect(first).toMatchObject({ code: "probe-firmware-old", certainty: "likely" });
    expect(first.cause).toContain("broke off: USB lost the probe");
    expect(first.remedy[0]).toContain("virtual machine");
  });

  it("of which nothing is left but the updater is given its type", () => {
    const [first] = found("STLinkUpgrade", "Unknown firmware type. Don't know how to upgrade.");
    expect(first.remedy[1]).toContain("-force_prog");
  });
});

it("the drive of an ST-LINK that cannot stop the chip does not claim that its debug port answers", () => {
  const [first] = found("The interface firmware FAILED to reset/halt the target MCU");
  expect(first).toMatchObject({ code: "target-silent", certainty: "possible" });
});

it("a device that does not match is not one that does not answer", () => {
  const codes = found("STM32CubeIDE 1.16.0", "Error: the connected device does not match the selected one").map(
    (each) => each.code,
  );
  expect(codes).not.toContain("wires-open");
});

describe("where Eclipse shows no source", () => {
  it("tells a handler by its name, and an unknown place with the questions that tell more", () => {
    expect(ide('No source available for "HardFault_Handler() at 0x80003f2"').code).toBe("firmware-faults");
    const place = (pc: string) =>
      ide(`Break at address "${pc}" with no debug information available, or outside of program code.`);
    expect(place("0x8000f2a")).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(place("0x8000f2a").remedy[0]).toMatch(/info symbol.*another program/);
    expect(place("0x1fffc7ce").code).toBe("boot-not-from-flash");
  });
});

describe("what the probe's driver answered, in the middle of an IDE's dialogs", () => {
  it("is read where nothing else tells whose it is", () => {
    const dialog = ["Error message from debugger back end:", "Error finishing flash operation"];
    const again = Array.from({ length: 6 }, () => dialog).flat();
    const [found] = explainLog(
      Buffer.from(["Error: ST-LINK error (DEV_TARGET_NOT_HALTED)", ...again].join("\n")),
    ).findings;
    expect(found).toMatchObject({ code: "core-does-not-halt", certainty: "likely" });
  });
});

describe("OpenOCD's monitor commands at ST's server", () => {
  it("are told by the server's own words, of GDB's machine interface, too", () => {
    const [found] = explainLog(
      Buffer.from('24-interpreter-exec console "monitor reset init"\n@"Unknown reset option\\n"\n'),
    ).findings;
    expect(found.code).toBe("option-unknown");
    expect(found.cause).toContain("reset init");
  });
});

describe("ST's internal error 32 without a word of the chip", () => {
  it("is told as what it may be, with the step for each", () => {
    const [found] = explainLog(
      Buffer.from("ST-LINK FW  : V3J15M6\nTarget unknown error 32\nError in initializing ST-LINK device.\n"),
    ).findings;
    expect(found).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(found.cause).toMatch(/STM32N6.*second core/);
    expect(found.remedy[0]).toMatch(/BOOT1.*-m/);
  });
});
