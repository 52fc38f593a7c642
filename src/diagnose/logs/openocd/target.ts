/** What OpenOCD says of the core: halted, lost, locked up, reset by someone else. */
import { type LineContext, type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";
import { probeAnswered } from "./adapter.ts";
import { flashWork, lost, silent } from "./connect.ts";

/** Exception numbers by OpenOCD's names (ARMv7-M B1.5.2). */
const exceptions: Readonly<Record<string, number>> = { nmi: 2, hardfault: 3, memmanage: 4, busfault: 5, usagefault: 6 };

/** OpenOCD's names for the cores that start second: `stm32h7x.cpu1`, `STM32H745.cm4`, `stm32wlx.cpu1`. */
const secondCore = /\.(?:cpu1|cm4|cm0p?)\]?$/i;

export const targetPatterns: readonly LinePattern[] = [
  line(
    ["halted due to", "target halted"],
    7,
    /halted(?: in \S+ state)? due to ([\w-]+)(?:, *current mode: *(\w+)(?: +(\w+))?)?/i,
    (match, { memory, line: at }) => {
      memory.set("halted", true);
      memory.delete("not-halted");
      memory.set("examined", true);
      // The core ran OpenOCD's own code, up to the line before.
      const inAlgorithm = at.number - ((memory.get("algorithm-aborted") as number | undefined) ?? -9) <= 2;
      const exception = exceptions[match[3]?.toLowerCase() ?? ""];
      return [
        say("core", { state: "halted", why: match[1].toLowerCase() }),
        ...(exception === undefined
          ? []
          : [say("exception-active", { number: exception, ...(inAlgorithm && { inAlgorithm: true as const }) })]),
      ];
    },
  ),
  line(
    "xpsr: ",
    5,
    /xpsr: *(?:0x)?([0-9a-f]{8}) pc: *(?:0x)?([0-9a-f]{8})(?: [mp]sp: *(?:0x)?([0-9a-f]{8}))?/i,
    (match) => [
      say("core-register", { name: "xpsr", value: hexValue(match[1]) }),
      say("core-register", { name: "pc", value: hexValue(match[2]) }),
      ...(match[3] === undefined ? [] : [say("core-register", { name: "sp", value: hexValue(match[3]) })]),
    ],
  ),
  line(["clearing lockup", "lockup"], 10, /clearing lockup after double fault/i, (_, { memory, line: at }) => {
    const found = (memory.get("lockups") as { line: LogLine; said: Said }[] | undefined) ?? [];
    memory.set("lockups", [...found.slice(-8), { line: at, said: say("core", { state: "lockup" }) }]);
    memory.set("locked-up", true);
    return [];
  }),
  line(
    ["polling target", "polling failed"],
    10,
    /polling(?: target(?: \S+)?)? failed, (?:trying to reexamine|gdb will be halted)/i,
    (_, context) => {
      const { memory } = context;
      if (memory.get("examined") !== true) {
        memory.set("unpolled", true);
        return silent(context, "fault");
      }
      // Clearing a lockup fails the poll that finds it.
      const said = memory.get("locked-up") === true ? [] : lost(memory);
      memory.delete("locked-up");
      if (said.length > 0) memory.set("lost", true);
      return said;
    },
  ),
  line("polling succeeded again", 10, /polling succeeded again/i, (_, { memory }) => {
    memory.delete("lost");
    return [say("target-back", {})];
  }),
  line("examination failed, gdb will be halted", 10, /examination failed, gdb will be halted/i, (_, context) => {
    // Polling follows upon an examination, so the debug port had been entered.
    if (context.memory.get("examined") !== true) return silent(context, "fault");
    context.memory.set("lost", true);
    return lost(context.memory);
  }),
  line(
    ["target", "examination failed"],
    6,
    /target (\S+) examination failed|examine (\S+) failed|^(?:error: *)?\[(\S+)\] examination failed/i,
    (match, context) =>
      // A chip's second core, which has an access port of its own, is no sign of the first.
      secondCore.test(match[1] ?? match[2] ?? match[3])
        ? [say("access-port-failed", { ap: 3 })]
        : context.memory.get("examined") === true
          ? lost(context.memory)
          : context.memory.get("port") === true
            ? [say("access-port-failed", {})]
            : unexamined(context),
  ),
  line(
    [
      "timed out while waiting for target halted",
      "timeout waiting for target halt",
      "wait_halt timed out",
      "timed out waiting for",
      "timed out (",
      "halt timed out",
    ],
    6,
    /(?:timed? ?out (?:\(\d+ ?\w*\) )?(?:while )?waiting for target ?(?:to be )?(?:"?halt(?:ed)?"?)|wait_halt timed out|\bhalt timed out, wake up gdb)/i,
    (_, { memory }) => {
      // A core that stood still was let run again by the work on flash alone: it is that work that did not end.
      if (memory.get("halted") === true && flashWork.has(memory.get("operation"))) {
        return [say("flash-trouble", { operation: "algorithm", reason: "algorithm" })];
      }
      memory.set("halt-failed", true);
      return [say("halt-failed", memory.get("manner") === "under-reset" ? { manner: "under-reset" } : {})];
    },
  ),
  line(
    ["target not halted", "not halted", "target: ", "target ", "can't add"],
    2,
    /^(?:error: *)?(?:(?:\[?\S+\]? )?target:? (?:\S+ - )?not halted|\[\S+\] not halted$|target must be stopped for |target \S+ is not halted|can'?t add .{1,60}\btarget running)/i,
    (_, { memory, line: at }) => {
      if (memory.get("halted") !== true && !memory.has("not-halted")) memory.set("not-halted", at);
      return [];
    },
  ),
  // A reset that examines the core anew, in vain.
  line("target: ", 6, /^(?:\S{1,200}:\d+: )?(?:error: *)?target: \S+ - not examined/i, (_, context) =>
    context.memory.get("examined") === true
      ? [say("target-lost", { during: "reset" })]
      : [say("stage", { stage: "target-connected", reached: false })],
  ),
  line(["external reset detected"], 8, /external reset detected/i, (_, { memory, line: at }) => {
    const seen = (memory.get("resets") as { count: number; last: LogLine } | undefined) ?? { count: 0, last: at };
    memory.set("resets", { count: seen.count + 1, last: at });
    return [];
  }),
  // GDB asks why the core stands; a core that runs has no reason. Attaching to it so is no failure by itself.
  line("gdb connection", 8, /gdb connection \d+ (?:on target \S+ )?not halted/i, (_, { memory, line: at }) => {
    memory.set("attached-running", at.number);
    return [];
  }),
  line("undefined debug reason", 10, /undefined debug reason (\d+)/i, (match, { memory, line: at }) => {
    const running = memory.get("attached-running") as number | undefined;
    if (running !== undefined && at.number - running < 4 && memory.get("halted") !== true) {
      return [say("halt-failed", {})];
    }
    return [say("verdict", { tool: "openocd", text: match.input.trim() })];
  }),
  // What follows from a core that was not found, not why it was not.
  line(
    [
      "not examined yet",
      "target not examined",
      "target non examined",
      "reset is not asserted because",
      "use a reset button or power cycle",
    ],
    6,
    /target(?: \S+)? no[nt] examined|reset is not asserted because the target is not examined|use a reset button or power cycle/i,
    ({ input }, { memory }) => {
      if (/refuse gdb connection/i.test(input)) memory.set("gdb-refused", true);
      const second = /target (\S+) not examined/i.exec(input)?.[1] ?? "";
      if (memory.get("examined") !== true) return [say("stage", { stage: "target-connected", reached: false })];
      return secondCore.test(second) ? [say("access-port-failed", { ap: /stm32h7/i.test(second) ? 3 : 1 })] : [];
    },
  ),
  // The server is there and told why it takes no client, which is left to the lines before.
  line(
    "consider setting up a gdb-attach event",
    8,
    /consider setting up a gdb-attach event/i,
    ({ input }, { memory }) => {
      memory.set("gdb-refused", true);
      return [say("unknown-error", { text: input })];
    },
  ),
  // The server is there; why it refuses is told before, or not at all.
  line("attempted 'gdb' connection rejected", 10, /attempted 'gdb' connection rejected/i, ({ input }, { memory }) =>
    memory.get("gdb-refused") === true ? [] : [say("unknown-error", { text: input })],
  ),
  line("rejected 'gdb' connection", 10, /(?<!attempted )rejected 'gdb' connection, no more connections/i, () => [
    say("client-trouble", { what: "occupied" }),
  ]),
  line(
    ["requesting target halt and executing", "only resetting the cortex-m core"],
    8,
    /requesting target halt and executing a soft reset|only resetting the cortex-m core/i,
  ),
  line("swclk/tck", 8, /swclk\/tck = \d .*nreset = ([01])/i, (match, { memory, line: at }) => {
    if (match[1] === "0") memory.set("nreset-low", at);
    else memory.delete("nreset-low");
    return [];
  }),
  line(
    "cmsis-dap",
    4,
    /^(?:info : *)?cmsis-dap: (?:fw version|interface (?:ready|initiali[sz]ed)|swd +supported|jtag +supported|serial#)/i,
    (_, { memory }) => {
      probeAnswered(memory);
      return [];
    },
  ),
  line("background polling", 5, /background polling: (?:on|off)/i),
  // FP_CTRL.REV 0: FP_COMP holds bits 28 to 2 of an address in the code region (ARMv7-M C1.11.5).
  line(
    "cortex-m flash patch breakpoint rev",
    10,
    /flash patch breakpoint rev\.?1 cannot handle/i,
    unable("breakpoint"),
  ),
  line(
    [
      "only breakpoints of two bytes",
      "watchpoint value masks",
      "unsupported watchpoint length",
      "watchpoint address is",
    ],
    4,
    /watchpoint value masks not supported|unsupported watchpoint length|watchpoint address is unaligned/i,
    unable("watchpoint"),
  ),
  line("failed to enable the fpb", 8, /failed to enable the fpb/i, (_, context) => silent(context)),
  line(
    ["can't add breakpoint", "can not find free fpb", "cannot find free fpb"],
    6,
    /can'?t add breakpoint: *resource not available|can(?: not|not) find free fpb comparator/i,
    (_, { memory, line: at }) => (justUnable(memory, at) ? [] : [say("breakpoints-exhausted", {})]),
  ),
  line(
    ["can not find free dwt", "can't add"],
    6,
    /can ?not find free dwt comparator|can'?t add (?:(?:read|write|access) )?watchpoint\b.{0,40}[:,] *(?:resource not available|unknown reason)/i,
    ({ input }, { memory, line: at }) =>
      justUnable(memory, at) || /unknown reason/i.test(input)
        ? []
        : [say("breakpoints-exhausted", { watchpoint: true })],
  ),
  line(["unable to reset target"], 6, /unable to reset target/i, (_, { memory }) =>
    // A core that did not halt after it has been told.
    memory.get("bus-dead") === true
      ? []
      : memory.get("examined") !== true
        ? [say("stage", { stage: "target-connected", reached: false })]
        : memory.get("halt-failed") !== true
          ? [say("target-lost", { during: "reset" })]
          : [],
  ),
];

/** What the comparators of the core cannot do, however many are free. */
function unable(what: "breakpoint" | "watchpoint"): NonNullable<LinePattern["facts"]> {
  return (_, { memory, line: at }) => {
    memory.set("unable", at.number);
    return [say("breakpoints-exhausted", { watchpoint: what === "watchpoint", beyond: true })];
  };
}

/** A line or two behind it OpenOCD says in general that there is no breakpoint. */
function justUnable(memory: Map<string, unknown>, at: LogLine): boolean {
  return at.number - ((memory.get("unable") as number | undefined) ?? -9) <= 2;
}

/** Over the high-level adapter, a core that could not be examined counts when nothing more telling follows. */
function unexamined({ memory, line: at }: LineContext): Said[] {
  if (memory.get("high-level") === true) memory.set("unexamined", at);
  return [say("stage", { stage: "target-connected", reached: false })];
}

/** Lockups that no new program ended, and resets that came from outside, in all. */
export function finishTarget(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const lockups = (memory.get("lockups") as { line: LogLine; said: Said }[] | undefined) ?? [];
  const resets = memory.get("resets") as { count: number; last: LogLine } | undefined;
  const low = memory.get("nreset-low") as LogLine | undefined;
  const unexamined = memory.get("unexamined") as LogLine | undefined;
  const unwritten = memory.get("ap-write") as LogLine | undefined;
  const told = ["silent", "lost", "halt-failed", "examined"].some((key) => memory.get(key) === true);
  const stands = memory.get("halted") === true;
  // What needs a core that stands still was refused, and nothing else says why it did not stop.
  const runs = memory.get("not-halted") as LogLine | undefined;
  // Flash is worked on only in a target that was reached, which an excerpt may leave out.
  const reached = memory.get("examined") === true || flashWork.has(memory.get("operation"));
  const plain = reached && !["silent", "lost", "halt-failed"].some((key) => memory.get(key) === true);
  return [
    ...lockups,
    ...(runs !== undefined && plain ? [{ line: runs, said: say("halt-failed", {}) }] : []),
    // That adapter enters the debug port before it examines a core; a failure there would have been told.
    ...(unwritten === undefined || told || stands
      ? []
      : [{ line: unwritten, said: say("wire-answer", { answer: "fault" }) }]),
    ...(unexamined === undefined || told
      ? []
      : [
          { line: unexamined, said: say("wire-answer", { answer: "ok" }) },
          { line: unexamined, said: say("access-port-failed", {}) },
        ]),
    // The debug port answers in reset, the core does not. A probe whose NRST is open may show it low with all well.
    ...(low !== undefined && memory.get("port") === true && memory.get("examined") !== true
      ? [{ line: low, said: say("nrst", { level: "low", driven: false }) }]
      : []),
    ...(resets === undefined || resets.count < 3
      ? []
      : [{ line: resets.last, said: say("resets-seen", { count: resets.count, milliseconds: 0 }) }]),
  ];
}
