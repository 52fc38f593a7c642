/** A memory map of the server's that GDB does not take. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explained = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

const overlap = "warning: Overlapping regions in memory map: ignoring";
const refused = ["Warning:", "Cannot insert breakpoint 1.", "Cannot access memory at address 0x80012a4"];
const gdb = (server: string, ...lines: readonly string[]) =>
  explained(server, "Reading symbols from app.elf...", "Remote debugging using :3333", ...lines);
const openocd = "Open On-Chip Debugger 0.11.0";

describe("a memory map whose regions overlap", () => {
  it("comes of OpenOCD's flash banks, and leaves GDB without flash", () => {
    expect(gdb(openocd, overlap, ...refused)[0]).toMatchObject({ code: "config-unfit", certainty: "likely" });
    expect(gdb(openocd, overlap, "Load failed")[0]).toMatchObject({ code: "config-unfit" });
  });

  it("is a warning where nothing failed by it", () => {
    expect(gdb(openocd, overlap)).toMatchObject([{ code: "config-unfit", severity: "warning" }]);
    // What failed before the map came failed for something else.
    const before = gdb(openocd, ...refused, overlap).find(({ code }) => code === "config-unfit");
    expect(before).toMatchObject({ severity: "warning" });
  });

  it("is the server's own fault where nobody configures its map", () => {
    const [first] = gdb("0000412 I Target type is stm32f407vg [board]", overlap, ...refused);
    expect(first).toMatchObject({ code: "tool-defect", certainty: "possible" });
    expect(first.cause).toContain("pyOCD");
  });

  it("is no matter where the map was taken", () => {
    const codes = gdb(openocd, ...refused).map(({ code }) => code);
    expect(codes).not.toContain("config-unfit");
  });
});
