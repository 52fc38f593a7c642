/** Where GDB says that the program stands: frames of a back-trace, and the handlers and last functions among them. */
import { gdbTick } from "./gdb-tick.ts";
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { memoryWords } from "./memory-words.ts";
import { hexValue } from "./values.ts";

/** The exception whose handler has such a name (CMSIS: `HardFault_Handler`; Zephyr: `z_arm_hard_fault`). */
export function faultNumber(name: string): number | undefined {
  // In Rust the crate's name stands before it.
  const found =
    /^(?:\w{1,60}::){0,4}_*(?:z_arm_|arm_|rt_hw_|cm_|cpu_)?(hard|mem_?manage|mpu|bus|usage)_?(?:fault)?(?:_?handler|_?exception|_?trampoline|_isr)?/i.exec(
      name,
    );
  if (found === null || !/fault|memmanage/i.test(name)) return undefined;
  return { h: 3, m: 4, b: 5, u: 6 }[found[1][0].toLowerCase()];
}

/** The C libraries' functions whose BKPT 0xAB asks the debugger for a file, a character or an end (newlib's rdimon, picolibc). */
const semihosts =
  /^_*(?:initialise_monitor_handles|(?:sys_)?semihost\w*|swi(?:write|read|open|close|lseek)|do_AngelSWI)$/i;

/** Where the program stands: the PC, and the function when it has a name. */
export function at(address: string | undefined, name: string | undefined, signal?: string): Said[] {
  const fault = faultNumber(name ?? "");
  return [
    ...(fault === undefined ? [] : [say("exception-active", { number: fault })]),
    ...(signal === "SIGTRAP" && semihosts.test(name ?? "") ? [say("semihosting-call", {})] : []),
    say("stop", {
      ...(signal !== undefined && { signal }),
      ...(address !== undefined && { pc: hexValue(address) }),
      ...(name !== undefined && name !== "??" && { function: name }),
    }),
  ];
}

/** A weak handler of the start-up file: all of them are one loop, and GDB names it after any of them. */
const weak = /^(?:WWDG1?|ADC\w*|[A-Z]\w*)_IRQHandler$/;

/** The function of a frame; one of the start-up file's weak handlers is told as what it is. */
function named(name: string, rest: string): string {
  const inStartUp = /startup_\w*\.s\b|vectors?(?:_\w+)?\.[csS]\b/i.test(rest);
  if (weak.test(name) && (inStartUp || /^WWDG/.test(name))) return `Default_Handler (shown as ${name})`;
  return name;
}

/** Eclipse's debug view: `HardFault_Handler() at main.c:87 0x80012ab`. */
const inView = /^([\w:~]{1,120})\(\) at (?:[\w./\\+ -]{1,160}:\d{1,6} )?0x([0-9a-f]{7,8})$/i;
const bare = /^([\w:~]{1,120}) *\((.{0,200}?)\) at (.{1,200})/i;

/** How the names of handlers begin, and of functions in which a program ends on purpose; in lower case. */
const words = [
  "abort",
  "arch_system_halt",
  "arm_hardfault",
  "assert_failed",
  "blocking_handler",
  "bus_fault",
  "busfault",
  "chsyshalt",
  "debugmon_handler",
  "default_handler",
  "defaulthandler",
  "dummy_handler",
  "error_handler",
  "hal_assert",
  "hard_fault",
  "hardfault",
  "infinite_loop",
  "intdefaulthandler",
  "k_sys_fatal_error_handler",
  "mbed_die",
  "mbed_error",
  "mbed_halt",
  "mem_manage",
  "memmanage",
  "nmi_handler",
  "null_handler",
  "panic",
  "prvtaskexiterror",
  "rt_hw_hard_fault",
  "rust_begin_unwind",
  "rust_panic",
  "svc_handler",
  "unused_isr",
  "up_assert",
  "usage_fault",
  "usagefault",
  "vapplicationmallocfailedhook",
  "vapplicationstackoverflowhook",
  "vassertcalled",
  "vportvalidateinterruptpriority",
  "wwdg",
] as const;
/** Such names that are found by an address or a frame's number alone. */
const others = [
  "assert",
  "default_irqhandler",
  "exit",
  "kill",
  "stack_chk_fail",
  "unhandled_",
  "z_arm_",
  "z_fatal_error",
  "z_irq_spurious",
];
const known = new RegExp(`^(?:${words.join("|")}|z_\\w+|_+(?:${[...words, ...others].join("|")}))`, "i");
/** A frame whose number lost its `#` in a web page counts with it. */
const numbered = new RegExp(
  String.raw`^(?:(?:bt|where|backtrace|info stack) +)?#?(\d{1,2}) +(?:0x([0-9a-f]{7,8}) in ([\w:~<>?]{1,120})|((?:${words.join("|")})\w{0,80})|(?<=\b0 +)(_\w{1,80})) *\((.{0,300})`,
  "i",
);

/** Flags of a transmitter, which a program that prints a lot waits for by rights. */
const sends = /(?:\b|_)T(?:X|C\b)/;

/** The program began anew, and nobody asked for it. */
function restarted(memory: Map<string, unknown>): Said[] {
  const count = ((memory.get("came-back") as number | undefined) ?? 0) + 1;
  memory.set("came-back", count);
  return [say("resets-seen", { count, milliseconds: 0 })];
}

export const gdbPlaces: readonly LinePattern[] = [
  ...memoryWords,
  ...gdbTick,
  // The start-up file's weak handlers, all of one loop.
  line(
    "startup_stm32",
    3,
    /^(?:#0 +)?(?:0x([0-9a-f]{8}) in )?(\w{1,80}_IRQHandler) *\(\) at (\S{0,200}startup_stm32\w{0,24}\.s\b.{0,20})/i,
    (match, { memory }) => at(match[1], named(match[2], match[3]), memory.get("signal") as string | undefined),
  ),
  // A loop that waits for hardware to be ready, by the flag in its source line.
  line(
    ["while", "if"],
    0,
    /^\d{1,6}\s{1,40}(?:while|if) *\(.{0,60}\b(?:PWR_FLAG_(?:ACT)?VOSRDY|PWR_CSR1?_(?:ACT)?VOSRDY|PWR_D3CR_VOSRDY)\b/,
    () => [say("waits-for", { flag: "VOSRDY" })],
  ),
  // The same for any flag in a peripheral's register, where the user stopped the program.
  line(
    "while",
    0,
    /^\d{1,6}\s{1,40}while *\((.{0,20}(?:->|__HAL_\w{2,30}_GET_(?:IT_)?(?:FLAG|SOURCE)\b|\bLL_\w{2,30}_IsActiveFlag_).{1,120}?)\) *(?:;|\{ *\}|\{ *;? *\}?)? *$/,
    (match, { memory }) =>
      memory.get("signal") === "SIGINT" && !sends.test(match[1]) && !/VOSRDY/.test(match[1])
        ? [say("waits-for", { condition: match[1].trim() })]
        : [],
  ),
  // Back at its first instruction though nobody reset it: the program had been stopped at a breakpoint of its own before.
  line("reset_handler", 2, /^(?:0x[0-9a-f]{8} in )?reset_handler *\(/i, (_, { memory, previous }) => {
    if (memory.get("in-program") !== true || !/\breceived signal SIGTRAP\b/.test(previous?.text ?? "")) return [];
    return restarted(memory);
  }),
  // A program calls this once, at its start; a breakpoint elsewhere in main may stand in its loop.
  line("hal_init", 0, /^\d{1,6}\s{1,40}HAL_Init *\(/, (_, { memory, previous }) => {
    if (!/^(?:temporary )?breakpoint \d+, main\b/i.test(previous?.text ?? "")) return [];
    const again = memory.get("at-start") === true;
    memory.set("at-start", true);
    return again ? restarted(memory) : [];
  }),
  line(
    ["mon", "transfer rate", "start", "run", "target extended-remote", "target remote"],
    0,
    /^(?:mon(?:itor)? +(?:\w+ +)?reset|transfer rate:|start\b|run$|target (?:extended-)?remote)/i,
    (_, { memory }) => {
      memory.delete("in-program");
      memory.delete("at-start");
      return [];
    },
  ),
  // The source line of the place: a check of FreeRTOS' that failed.
  line("configassert", 3, /^\d{1,6}\s{1,40}configASSERT\s{0,3}\(/i, () => [say("stop", { function: "configASSERT" })]),
  // A call of semihosting (Arm, Semihosting, 2): the debugger was to answer it.
  line(["bkpt", "0x"], 3, /^=> 0x([0-9a-f]{7,8})\b.{0,100}:\s+bkpt\s+0x00ab\b/i, () => [say("semihosting-call", {})]),
  // `0x08000268 in Reset_Handler ()`, `#0  0x1ffff020 in ?? ()`.
  line(["0x"], 3, /^(?:#0 +)?0x([0-9a-f]{8}) in ([\w?:~<>]+) *\((.{0,200})/i, (match, { memory }) => {
    memory.set("connected", true);
    return at(match[1], named(match[2], match[3]), memory.get("signal") as string | undefined);
  }),
  // A back-trace, whose first frame is where the core stands. Handlers may call others, and stand further down then.
  line(["0x", "0 _", "0  _", ...words], 5, numbered, (match, { memory }) => {
    const [, number, address, inFrame, plain, underscored, rest] = match;
    const name = inFrame ?? plain ?? underscored;
    const first = Number(number) === 0;
    memory.set("connected", true);
    if (!first) {
      const fault = faultNumber(name);
      return fault === undefined ? [] : [say("exception-active", { number: fault })];
    }
    // The pattern above has it as well.
    if (/^#0 +0x[0-9a-f]{8} in/i.test(match.input)) return [];
    return at(address, named(name, rest), memory.get("signal") as string | undefined);
  }),
  line(["0x", ...words], 4, inView, (match, { memory }) => {
    if (!known.test(match[1])) return [];
    memory.set("connected", true);
    return at(match[2], match[1]);
  }),
  line([...words, "syscalls.c"], 5, bare, (match) =>
    known.test(match[1]) ? at(undefined, named(match[1], match[3])) : [],
  ),
  // The machine interface's record of a stop.
  line(
    "stopped,",
    6,
    /\*stopped,[^{]{0,300}frame=\{addr="0x([0-9a-f]{8})",func="([^"]{1,120})"(.{0,400})/i,
    (match, { memory }) => {
      memory.set("connected", true);
      if (/reason="(?:breakpoint-hit|end-stepping-range|location-reached|function-finished)"/.test(match.input)) {
        return faultNumber(match[2]) === undefined ? [] : at(match[1], match[2]);
      }
      return at(match[1], named(match[2], match[3]));
    },
  ),
  // `info registers`: a register in hexadecimal and once more as a number. IPSR, the low bits of xPSR, is the exception.
  line(
    ["pc  ", "lr  ", "sp  ", "xpsr  "],
    5,
    /^(pc|lr|sp|xpsr) {2,20}0x([0-9a-f]{1,8})\s+(?:0x[0-9a-f]{1,8}|-?\d{1,11})\b(?: <(\w{1,120})(?:\+\d+)?>)?/i,
    (match) => {
      const name = match[1].toLowerCase();
      const value = hexValue(match[2]);
      const exception = value & 0x1ff;
      const fault = name === "xpsr" && exception >= 3 && exception <= 6;
      return [
        say("core-register", { name, value }),
        ...(match[3] !== undefined && known.test(match[3]) ? at(match[2], named(match[3], "")) : []),
        ...(fault ? [say("exception-active", { number: exception })] : []),
      ];
    },
  ),
  line("backtrace stopped: ", 8, /^backtrace stopped: /i),
  line("signal handler called", 4, /[<(]signal handler called[>)]/i),
  // `print $pc`: `$1 = (void (*)(void)) 0x1ffff020`.
  line("void (*)", 3, /^\$\d{1,4} = \(void \(\*\)\((?:void)?\)\) 0x([0-9a-f]{1,8})\b/i, (match, { previous }) =>
    previous !== undefined && /\$pc\b/i.test(previous.text)
      ? [say("core-register", { name: "pc", value: hexValue(match[1]) })]
      : [],
  ),
];
