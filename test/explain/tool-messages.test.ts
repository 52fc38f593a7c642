import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { forItsContents } from "./messages/message-group.ts";
import { toolMessages } from "./tool-messages.ts";

function explained(...lines: readonly string[]) {
  return explainLog(Buffer.from(`${lines.join("\n")}\n`));
}

describe.each(toolMessages)("a message of $tool", ({ before, messages }) => {
  it.each(messages)("is read: %s", (message, code) => {
    const { findings, tools } = explained(...before, message);
    expect(tools).not.toEqual([]);
    expect(findings[0]?.code).toBe(code);
  });

  it("is what makes the difference", () => {
    if (before.length === 0) return;
    expect(forItsContents(explained(...before).findings)).toEqual([]);
  });
});

it("an error that only another tool words like that is told as one that is not known", () => {
  const { findings } = explained("Open On-Chip Debugger 0.12.0", "Error: failed to read whatever it was");
  expect(findings).toMatchObject([{ code: "not-enough-to-tell", cause: expect.stringContaining("whatever it was") }]);
});

describe("a tool that is older than the chip's family", () => {
  const failed = "2024-07-01T11:46:40 ERROR common.c: Could not find chip id!";
  it.each([
    ["1.8.0", "NUCLEO-H563ZI.bin", "tool-lacks-chip"],
    ["1.9.0", "NUCLEO-H563ZI.bin", "target-silent"],
    ["1.7.0", "stm32u575.bin", "tool-lacks-chip"],
    ["1.8.0", "stm32u575.bin", "target-silent"],
    ["1.6.0", "nucleo_g431.bin", "tool-lacks-chip"],
    ["1.6.1", "nucleo_g431.bin", "target-silent"],
    ["1.8.0", "blinky.bin", "target-silent"],
  ])("st-flash %s with %s: %s", (version, file, code) => {
    const { findings } = explained(`$ st-flash write build/${file} 0x8000000`, `st-flash ${version}`, failed);
    expect(findings[0].code).toBe(code);
  });
});
