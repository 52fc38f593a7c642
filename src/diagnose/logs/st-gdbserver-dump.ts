/** The lines of ST-LINK_gdbserver about an external loader: its start, its end, and the registers it prints then. */
import { type LinePattern, type LogLine, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

interface Dump {
  readonly line: LogLine;
  readonly registers: (readonly [name: string, value: number])[];
}

const register = /^(r(?:\d|1[0-2])|sp|lr|pc|xpsr|primask|basepri|faultmask|control|msp|psp) +0x([0-9a-f]{1,8})\s*$/i;

export const dumpPatterns: readonly LinePattern[] = [
  line("found external memory initializer", 10, /found external memory initializer at 0x([0-9a-f]+)/i, () => [
    say("loader-started", {}),
  ]),
  line("writing external memory initializer", 10, /writing external memory initializer.*\(0 byte\)/i, () => [
    say("tool-defect", { what: "zero-bytes" }),
  ]),
  line("run external memory initializer", 10, /run external memory initializer/i, (_, { line: at, memory }) => {
    memory.set("loader-at", at.seconds);
    return [say("loader-started", {}), say("stage", { stage: "loader-run", reached: true })];
  }),
  line("restore after external memory", 8, /restore after external memory initializer/i, (_, { line: at, memory }) => {
    memory.set("loader-until", at.seconds);
    return [];
  }),
  line("init", 10, /^init\(\) failed returned 0x([0-9a-f]+) *@ *0x([0-9a-f]+)/i, (match, { memory }) => {
    const returned = hexValue(match[1]);
    const place = hexValue(match[2]);
    const from = memory.get("loader-at") as number | undefined;
    const until = memory.get("loader-until") as number | undefined;
    // What a function returned can't be the address at which it stopped: neither was read.
    const stale = returned === place;
    return [
      say("loader-init", {
        outcome: stale ? "timed-out" : "failed",
        ...(!stale && { returned }),
        ...(stale && { running: true }),
        ...(from !== undefined && until !== undefined && { waited: Math.max(0, until - from) }),
      }),
      ...(stale ? [say("tool-defect", { what: "init-return", detail: match[1].toLowerCase() })] : []),
    ];
  }),
  line(
    ["failed to initialize external memory", "failed to initialise external memory"],
    10,
    /failed to initiali[sz]e external memory/i,
    () => [say("loader-init", { outcome: "failed" }), say("stage", { stage: "loader-run", reached: false })],
  ),
  line(
    [
      "r0",
      "r1",
      "r2",
      "r3",
      "r4",
      "r5",
      "r6",
      "r7",
      "r8",
      "r9",
      "sp ",
      "lr ",
      "pc ",
      "xpsr",
      "primask",
      "basepri",
      "faultmask",
      "control",
      "msp",
      "psp",
    ],
    1,
    register,
    (match, { line: at, memory }) => {
      const dumps = (memory.get("dumps") as Dump[] | undefined) ?? [];
      const last = dumps.at(-1);
      const name = match[1].toLowerCase();
      if (last === undefined || last.registers.some(([each]) => each === name)) {
        if (dumps.length < 8) dumps.push({ line: at, registers: [[name, hexValue(match[2])]] });
      } else {
        last.registers.push([name, hexValue(match[2])]);
      }
      memory.set("dumps", dumps);
      return [];
    },
  ),
  line("lr: ", 1, /^lr: *0x([0-9a-f]+)\s*$/i, (match, { memory }) => {
    memory.set("return-trap", hexValue(match[1]));
    return [];
  }),
];

/** Dumps as facts, and whether they were read at all. */
export function finishDump(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const found: { line: LogLine; said: Said }[] = [];
  for (const { line: at, registers } of (memory.get("dumps") as Dump[] | undefined) ?? []) {
    if (registers.length < 4) continue;
    found.push({ line: at, said: say("register-dump", { registers }) });
    const core = registers.filter(([name]) => /^(?:r\d+|sp|lr|pc|xpsr|msp)$/.test(name));
    const value = core[0]?.[1];
    if (core.length >= 4 && core.every((each) => each[1] === value)) {
      const trap = memory.get("return-trap") as number | undefined;
      const why = trap !== undefined && (trap | 1) >>> 0 === value ? "return address | 1" : "one value";
      found.push({
        line: at,
        said: say("tool-defect", { what: "registers-unread", detail: `0x${value.toString(16)}, ${why}` }),
      });
    }
  }
  return found;
}
