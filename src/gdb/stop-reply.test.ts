import { describe, expect, it } from "vitest";
import type { CoreRegisters, HaltReason } from "../cortexm/core.ts";
import { BreakpointSet, type StopPoint } from "./breakpoint-set.ts";
import { signalOf, stopReply } from "./stop-reply.ts";

const registers: CoreRegisters = {
  r: Uint32Array.from({ length: 16 }, (_, n) => n),
  xpsr: 0x2100_0003,
  msp: 13,
  psp: 0,
  primask: 1,
  basepri: 0,
  faultmask: 0,
  control: 2,
};

async function context(...points: StopPoint[]) {
  const done = async (): Promise<void> => {};
  const session = { addBreakpoint: done, addWatchpoint: done } as never;
  const breakpoints = new BreakpointSet(session);
  for (const point of points) await breakpoints.add(point);
  return { breakpoints, announced: new Set(["swbreak+", "hwbreak+"]) };
}

const hit: HaltReason = { kind: "breakpoint", address: 0x0800_0200, hardware: true };

describe("signalOf", () => {
  it("tells Ctrl-C, faults and the rest apart", () => {
    expect(signalOf({ kind: "request" })).toBe(2);
    expect(signalOf({ kind: "vector-catch", cause: "hard fault" })).toBe(11);
    expect(signalOf({ kind: "vector-catch", cause: "reset" })).toBe(5);
    expect(signalOf(hit)).toBe(5);
    expect(signalOf({ kind: "external" })).toBe(5);
  });
});

describe("stopReply", () => {
  it("carries every register, so that none is asked for", async () => {
    const reply = stopReply(5, { kind: "step" }, registers, await context());
    expect(reply).toMatch(/^T05thread:1;core:0;00:00000000;01:01000000;/);
    expect(reply).toContain(";0f:0f000000;19:03000021;1a:0d000000;");
    expect(reply).toContain(";1c:01000000;1d:00000000;1e:00000000;1f:02000000;");
    expect(reply.match(/[0-9a-f]{2}:[0-9a-f]{8};/g)).toHaveLength(23);
  });

  it("names the kind of breakpoint as this debugger set it", async () => {
    const software = await context({ kind: "software", address: 0x0800_0200, length: 2 });
    expect(stopReply(5, hit, undefined, software)).toBe("T05thread:1;core:0;swbreak:;");
    const hardware = await context({ kind: "hardware", address: 0x0800_0200, length: 2 });
    expect(stopReply(5, hit, undefined, hardware)).toBe("T05thread:1;core:0;hwbreak:;");
  });

  it("names no kind for a breakpoint that this debugger did not set, or when it did not ask", async () => {
    expect(stopReply(5, hit, undefined, await context())).toBe("T05thread:1;core:0;");
    const silent = await context({ kind: "hardware", address: 0x0800_0200, length: 2 });
    silent.announced.clear();
    expect(stopReply(5, hit, undefined, silent)).toBe("T05thread:1;core:0;");
  });

  it("tells a watchpoint by the access it was set for, and the address", async () => {
    const reason = (access: "read" | "write" | "access"): HaltReason => ({
      kind: "watchpoint",
      access,
      address: 0x2000_0010,
    });
    const none = await context();
    expect(stopReply(5, reason("write"), undefined, none)).toContain(";watch:20000010;");
    expect(stopReply(5, reason("read"), undefined, none)).toContain(";rwatch:20000010;");
    expect(stopReply(5, reason("access"), undefined, none)).toContain(";awatch:20000010;");
    const access = await context({ kind: "access", address: 0x2000_0010, length: 4 });
    expect(stopReply(5, reason("write"), undefined, access)).toContain(";awatch:20000010;");
  });
});
