import { describe, expect, it } from "vitest";
import { cleanLine, LONGEST_LINE } from "./clean.ts";

const texts = (raw: string): string[] => cleanLine(raw).map(({ text }) => text);
const text = (raw: string): string => texts(raw).join("|");

describe("cleaning a line", () => {
  it("takes the prefix of ST's log file off and keeps its time and function", () => {
    expect(cleanLine("[0.207] initExternalMemory():  Init() failed returned 0x1 @ 0x2")).toEqual([
      { text: "Init() failed returned 0x1 @ 0x2", seconds: 0.207, functionName: "initExternalMemory" },
    ]);
    expect(text("Reason: [0.229] initServerContext():  Unknown. Please check")).toBe("Reason: Unknown. Please check");
  });

  it("takes prompts, quotes and fences off", () => {
    expect(text("$ openocd -f a.cfg")).toBe("openocd -f a.cfg");
    expect(text("user@host:~/project$ st-info --probe")).toBe("st-info --probe");
    expect(text("[user@host build]$ make flash")).toBe("make flash");
    expect(text("PS C:\\Users\\me> STM32_Programmer_CLI -l")).toBe("STM32_Programmer_CLI -l");
    expect(text("C:\\ST>ST-LINK_gdbserver.exe -d")).toBe("ST-LINK_gdbserver.exe -d");
    expect(text("(gdb) target remote :61234")).toBe("target remote :61234");
    expect(text("> > Device ID: 0x410")).toBe("Device ID: 0x410");
    expect(text(">Device ID: 0x410")).toBe("Device ID: 0x410");
    expect(text("```text")).toBe("");
    expect(text("`Device ID: 0x410`")).toBe("Device ID: 0x410");
  });

  it("takes off what a poster wrote behind a tool's words", () => {
    expect(text("Error: init mode failed   \u2190 \u8bfb\u4e0d\u5230")).toBe("Error: init mode failed");
    expect(text("Error: init mode failed <--- here")).toBe("Error: init mode failed");
    expect(text("Error: init mode failed  // at 4 MHz, too")).toBe("Error: init mode failed");
    expect(text("chipid: 0x0000   # no chip")).toBe("chipid: 0x0000");
    expect(text("\u9519\u8bef\uff1aDevice ID \uff1a 0x410")).toBe("\u9519\u8bef:Device ID : 0x410");
    expect(text("see http://openocd.org/doc and a <- b")).toBe("see http://openocd.org/doc and a <- b");
    expect(text("<--- here")).toBe("<--- here");
  });

  it("takes the source file and function off that older releases of OpenOCD print", () => {
    expect(text("hla_interface.c:93 hl_interface_init_target(): UNEXPECTED idcode: 0xffffffff")).toBe(
      "UNEXPECTED idcode: 0xffffffff",
    );
    expect(text("Error: 12 345 stlink_usb.c:788 stlink_usb_error_check(): no")).toBe("Error: no");
    expect(text("main.c:12: error: no")).toBe("main.c:12: error: no");
  });

  it("takes colours and terminal titles off", () => {
    expect(text("\x1b[31mError: \x1b[0mfailed \x1b[1;33mto erase\x1b[K")).toBe("Error: failed to erase");
    expect(text("\x1b]0;title\x07Voltage : 3.2V")).toBe("Voltage : 3.2V");
    expect(text("[31mError: lost escape[0m")).toBe("Error: lost escape");
  });

  it("parts what overwrites itself, and lines parted by markup", () => {
    expect(texts("[==  ]  50%\r[====] 100%\rFile download complete")).toEqual([
      "[==  ]  50%",
      "[====] 100%",
      "File download complete",
    ]);
    expect(texts("Device ID: 0x410<br>PC: 0x8002108<br/>")).toEqual(["Device ID: 0x410", "PC: 0x8002108"]);
  });

  it("reads entities, once or twice escaped, and odd blanks and quotes", () => {
    expect(text("Stack 0x2 &lt;sp+0&gt;:&nbsp; 0x7b")).toBe("Stack 0x2 <sp+0>:  0x7b");
    expect(text("&amp;quot;a.stldr&amp;quot;")).toBe('"a.stldr"');
    expect(text("can&#39;t &#x3c;b&#x3E;")).toBe("can't");
    expect(text("Voltage\u00a0: 3,26V\u200b")).toBe("Voltage : 3,26V");
    expect(text("\u201cx.stldr\u201d")).toBe('"x.stldr"');
    expect(text("fish & chips &unknown; &#0;")).toBe("fish & chips &unknown; &#0;");
  });

  it("leaves what looks like markup and is none", () => {
    expect(text("Stack 0x200024ed <sp+0>:  0x7b1151be")).toBe("Stack 0x200024ed <sp+0>:  0x7b1151be");
    expect(text("use -cp <path>")).toBe("use -cp <path>");
    expect(text("-> 5^done")).toBe("-> 5^done");
  });

  it.each([
    ["2024-05-01T12:00:00.1234567Z Device ID: 0x410"],
    ["[2024-05-01T12:00:00.123Z] Device ID: 0x410"],
    ["2024-05-01 12:00:00,123 Device ID: 0x410"],
    ["2024/05/01 12:00:00 - Device ID: 0x410"],
    ["12:06:46:555 : Device ID: 0x410"],
    ["20:01:57 : Device ID: 0x410"],
    ["[12:00:00.123] Device ID: 0x410"],
    ["12:00:00.123 -> Device ID: 0x410"],
    ["May  1 12:00:00 host openocd[123]: Device ID: 0x410"],
    ["[   12.345678] Device ID: 0x410"],
    ["server_1  | Device ID: 0x410"],
    ["42 | Device ID: 0x410"],
    ["2024-05-01T12:00:00.123Z 01O Device ID: 0x410"],
    ["   Device ID: 0x410   "],
    ["- Device ID: 0x410"],
    ["2024-05-01 12:00:00.123 [INFO] Device ID: 0x410"],
    ["12:00:00 [stderr] Device ID: 0x410"],
  ])("takes the stamp of %s off", (raw) => {
    expect(text(raw)).toBe("Device ID: 0x410");
  });

  it("cuts what is too long for a line and bounds its parts", () => {
    expect(text("x".repeat(100_000)).length).toBe(LONGEST_LINE);
    expect(texts("a\r".repeat(1000)).length).toBeLessThan(100);
  });
});
