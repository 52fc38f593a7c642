import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { openocdMessages } from "./messages/openocd.ts";
import { probeRsMessages } from "./messages/probe-rs.ts";
import { pyocdMessages } from "./messages/pyocd.ts";
import { stToolMessages } from "./messages/st-tools.ts";
import { stlinkMessages } from "./messages/stlink-org.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const words = [
  "Hello everybody, I have a question about my new board.",
  "Yesterday it worked well, and I went to bed happy.",
  "I use the example of the vendor, with two changes of mine.",
  "My colleague sees the same on his desk.",
];
/** What somebody writes before and after what he pasted. */
const asked = (...pasted: readonly string[]) => [...words, ...words, ...pasted, ...words];

describe("a line or two of a tool's among the words of whoever asks", () => {
  it.each([
    ["Error: No STM32 target found!", "target-silent"],
    ["Error: failed to erase memory", "flash-refused"],
    ["Reason: No device found on target.", "target-silent"],
    ["libusb_open() failed with LIBUSB_ERROR_ACCESS", "probe-permission"],
    ["Error: Target not halted", "core-does-not-halt"],
    ["Error: open failed", "probe-none"],
    ["Unknown target!", "chip-unknown"],
  ])("is read as it is alone: %s", (line, code) => {
    expect(found(line)[0].code).toBe(code);
    expect(found(...asked(line))[0]?.code).toBe(code);
  });

  it("keeps its cause in nineteen of twenty messages of every tool", () => {
    const groups = [openocdMessages, probeRsMessages, pyocdMessages, stToolMessages, stlinkMessages].flat();
    const messages = groups.flatMap(({ messages }) => messages.map(([text]) => text));
    const lost = messages.filter((text) => found(text)[0]?.code !== found(...asked(text))[0]?.code);
    expect(messages.length).toBeGreaterThan(300);
    expect(lost.length / messages.length, lost.join("\n")).toBeLessThan(0.05);
  });

  it("makes no failure of words alone, nor of another program's output", () => {
    expect(found(...asked())).toEqual([]);
    const build = Array.from(
      { length: 20 },
      (_, i) => `arm-none-eabi-gcc -c -O2 src/module${i}.c -o build/module${i}.o`,
    );
    expect(found(...build, "make: Nothing to be done for 'all'.")).toEqual([]);
  });
});
