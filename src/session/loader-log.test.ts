import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CallFailure } from "../flash/loader/loader-failed.ts";
import { LoaderStepLog } from "./loader-log.ts";

const recordedLog = new URL("../../../shared/seed/st-link_gdbserver_log.txt", import.meta.url);

/** What ST's server logs of the loader of the recorded case, by its figures. */
const shapes = [
  "initExternalMemory():  Found external memory initializer at #",
  "initExternalMemory():  Writing external memory initializer seg at # (# byte)",
  "initExternalMemory():  Writing external memory initializer seg at # (# byte)",
  "initExternalMemory():  MSP: #",
  "initExternalMemory():  LR: #",
  "initExternalMemory():  Run external memory initializer",
  "Device_GetStatus():  ST-LINK device status: RUN_MODE",
  "initExternalMemory():  pc: #; ret: #",
  "initExternalMemory():  Restore after external memory initializer",
  "initExternalMemory():  Init() failed returned # @ #",
];

function shapeOf(line: string): string {
  return line
    .replace(/^\[\d+\.\d{3}\] /, "")
    .replace(/0x[0-9a-f]+/g, "#")
    .replace(/([:(] ?)\d+/g, "$1#");
}

function logged(work: (log: LoaderStepLog) => void) {
  const file: string[] = [];
  const console: string[] = [];
  const log = new LoaderStepLog({
    file: (source, text) => file.push(`${source}():  ${text}`),
    line: (source, text, level) => {
      file.push(`${source}():  ${text}`);
      console.push(`${level} ${text}`);
    },
  });
  work(log);
  return { file, console };
}

/** The recorded case, with figures as ST's. */
function runInit(log: LoaderStepLog): void {
  log.found(0x2000162c);
  log.step({ kind: "segment", address: 0x20000004, length: 0x2420 });
  log.step({ kind: "segment", address: 0x20002424, length: 100 });
  log.step({ kind: "stack", msp: 0x20002678, lr: 0x200024ec });
  log.step({ kind: "run", function: "Init", pc: 0x2000162d });
  log.step({ kind: "restore" });
}

const core = {
  r: Array.from({ length: 16 }, (_, i) => 0x20001000 + 0x10 * i),
  xpsr: 0x01000003,
  primask: 1,
  special: { basepri: 0x10, faultmask: 0, control: 2, msp: 0x20001100, psp: 0x20001200 },
  cfsr: 0x8200,
  hfsr: 0x40000000,
  bfar: 0xa0000060,
  stackWords: [0x11, 0x22, 0x33, 0xfffffff9],
};

function failure(more: object): CallFailure {
  return { function: "Init", core, ...more } as unknown as CallFailure;
}

describe("the log of a loader's Init()", () => {
  it("has ST's lines in ST's order", () => {
    const { file, console } = logged((log) => {
      runInit(log);
      log.failed(failure({ returned: 0 }));
    });
    expect(file.slice(0, shapes.length).map(shapeOf)).toEqual(shapes);
    expect(file).toContain("initExternalMemory():  Found external memory initializer at 0x2000162d");
    expect(file).toContain("initExternalMemory():  Writing external memory initializer seg at 0x20000004 (9248 byte)");
    expect(file).toContain("initExternalMemory():  MSP: 0x20002678");
    expect(file).toContain("initExternalMemory():  LR: 0x200024ec");
    expect(file).toContain("initExternalMemory():  pc: 0x200024ed; ret: 0");
    expect(file).toContain("initExternalMemory():  Init() failed returned 0x0 @ 0x200010f0");
    // Two of them are on the console, at the level of information.
    expect(console).toEqual(["8 Run external memory initializer", "8 ST-LINK device status: RUN_MODE"]);
  });

  it("has the lines of the recorded log, shape by shape", () => {
    if (!existsSync(recordedLog)) {
      console.warn("shared/seed is not there: the log is not compared with the recorded one");
      return;
    }
    const recorded = readFileSync(recordedLog, "utf8").split(/\r?\n/);
    const from = recorded.findIndex((line) => line.includes("Found external memory initializer"));
    expect(recorded.slice(from, from + shapes.length).map(shapeOf)).toEqual(shapes);
    const { file } = logged((log) => {
      runInit(log);
      log.failed(failure({ returned: 0 }));
    });
    // Registers and stack words stand in ST's columns.
    const columns = (lines: readonly string[]): string[] =>
      lines
        .map((line) => line.replace(/^\[\d+\.\d{3}\] /, ""))
        .filter((line) => /\(\): {2}(r\d+|sp|lr|pc|xpsr|PRIMASK|BASEPRI|FAULTMASK|CONTROL|MSP|PSP|Stack) /.test(line))
        .map((line) => line.replace(/0x[0-9a-f]+$/, "#").replace(/0x[0-9a-f]+/, "#"));
    const own = columns(file);
    const theirs = columns(recorded);
    expect(own.slice(0, 23)).toEqual(theirs.slice(0, 23));
    expect(own.slice(23)).toEqual(theirs.slice(23, 23 + core.stackWords.length));
  });

  it("has registers as they were read, and fault registers where they tell something", () => {
    const { file } = logged((log) => log.failed(failure({ returned: undefined })));
    expect(file).toEqual([
      "initExternalMemory():  Init() failed @ 0x200010f0",
      ...Array.from({ length: 13 }, (_, i) => `initExternalMemory():  ${`r${i}`.padEnd(13)}${hex(core.r[i])}`),
      "initExternalMemory():  sp           0x200010d0",
      "initExternalMemory():  lr           0x200010e0",
      "initExternalMemory():  pc           0x200010f0",
      "initExternalMemory():  xpsr         0x1000003",
      "initExternalMemory():  PRIMASK      0x1",
      "initExternalMemory():  BASEPRI      0x10",
      "initExternalMemory():  FAULTMASK    0x0",
      "initExternalMemory():  CONTROL      0x2",
      "initExternalMemory():  MSP          0x20001100",
      "initExternalMemory():  PSP          0x20001200",
      "initExternalMemory():  CFSR         0x8200",
      "initExternalMemory():  HFSR         0x40000000",
      "initExternalMemory():  BFAR         0xa0000060",
      "initExternalMemory():  Stack 0x200010d0 <sp+0>:  0x11",
      "initExternalMemory():  Stack 0x200010d4 <sp+4>:  0x22",
      "initExternalMemory():  Stack 0x200010d8 <sp+8>:  0x33",
      "initExternalMemory():  Stack 0x200010dc <sp+12>: 0xfffffff9",
    ]);
  });

  it("says no more than is known where the core was not looked at, or the loader not started", () => {
    const not = logged((log) => {
      log.found(0x20000100);
      log.failed(failure({ core: undefined }));
      log.step({ kind: "restore" });
    });
    expect(not.file).toEqual([
      "initExternalMemory():  Found external memory initializer at 0x20000101",
      "initExternalMemory():  Init() was not started",
    ]);
    const returned = logged((log) => log.failed(failure({ core: undefined, returned: 5 })));
    expect(returned.file).toEqual(["initExternalMemory():  Init() failed returned 0x5"]);
  });
});

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
