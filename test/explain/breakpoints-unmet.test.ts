/** Breakpoints that are set without an error and never met: what the server made of them. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

const server = (version: string, chip: string) => [
  `st-util ${version}`,
  `2021-01-02T10:00:00 INFO common.c: ${chip}: 128 KiB SRAM, 128 KiB flash in at least 128 KiB pages.`,
  "2021-01-02T10:00:00 INFO gdb-server.c: Listening at *:4242...",
];
const session = (place: string, ...end: readonly string[]) => [
  "(gdb) target extended-remote :4242",
  "Remote debugging using :4242",
  "(gdb) break work",
  `Breakpoint 1 at ${place}: file work.c, line 12.`,
  "(gdb) continue",
  "Continuing.",
  ...end,
];
const stopped = ["^C", "Program received signal SIGINT, Interrupt.", "0x08000ea2 in idle () at idle.c:4"];

describe("st-util's breakpoints on a Cortex-M7", () => {
  const [h7, inFlash] = ["H74x/H75x", "0x80004f8"];

  it("are never met where that release has them in another layout", () => {
    const [first] = found(...server("1.6.1", h7), ...session(inFlash, ...stopped));
    expect(first).toMatchObject({ code: "tool-defect", certainty: "likely" });
    expect(first.evidence.join()).toContain(h7);
  });

  it("may not have come by where that release knows the core, where one was met, or none was waited for", () => {
    expect(codes(...server("1.8.0", h7), ...session(inFlash, ...stopped))).not.toContain("tool-defect");
    expect(codes(...server("1.6.1", "F4xx"), ...session(inFlash, ...stopped))).not.toContain("tool-defect");
    const met = ["Breakpoint 1, work () at work.c:12", "Continuing.", ...stopped];
    expect(codes(...server("1.6.1", h7), ...session(inFlash, ...met))).not.toContain("tool-defect");
    expect(codes(...server("1.6.1", h7), ...session(inFlash))).not.toContain("tool-defect");
  });

  const unit = (value: string) =>
    `2015-10-01T10:00:00 ERROR gdbserver/gdb-server.c: [FP_CTRL] = ${value} expecting 0x00000061`;

  it("are of another layout where the breakpoint unit's revision is another, and not where its number is", () => {
    const log = ["Loading device parameters....", ...server("1.1.0", "F7 device").slice(1)];
    expect(found(...log, unit("0x10000081"))[0]).toMatchObject({ code: "tool-defect", certainty: "likely" });
    expect(codes(...log, unit("0x00000041"))).toEqual([]);
  });

  it("in RAM may stay in the data cache, when the program has its caches on", () => {
    const log = [...server("1.1.0", "F7 device"), ...session("0x20010416", ...stopped)];
    expect(found(...log, "  SCB_EnableDCache();")[0]).toMatchObject({ code: "tool-defect", certainty: "possible" });
    expect(codes(...log)).not.toContain("tool-defect");
  });
});
