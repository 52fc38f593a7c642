/** OpenOCD's flash drivers and the `program` command. */
import { chipByDeviceId } from "../../../chips/table.ts";
import type { FactValues } from "../../facts.ts";
import { type LineContext, type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";
import { reached, silent } from "./connect.ts";

type Operation = FactValues["flash-trouble"]["operation"];
type Trouble = Omit<FactValues["flash-trouble"], "operation">;

function trouble(operation: Operation, parts: Trouble = {}): Said {
  return say("flash-trouble", { operation, ...parts });
}

function at(match: RegExpExecArray, group: number): { address?: number } {
  return match[group] === undefined ? {} : { address: hexValue(match[group]) };
}

function during({ memory }: LineContext): Operation {
  const operation = memory.get("operation") as Operation | "run" | undefined;
  return operation === undefined || operation === "run" ? "program" : operation;
}

function under(operation: Operation | "run", said: Said[] = [], renewed = false, erases = false) {
  return (_: RegExpExecArray, { memory }: LineContext): Said[] => {
    memory.set("operation", operation);
    if (erases) memory.set("erases", true);
    // What a core without a program did is of no account once there is one.
    if (renewed) memory.delete("lockups");
    return said;
  };
}

export const flashPatterns: readonly LinePattern[] = [
  line("device id", 3, /device id(?:code)? *= *0x([0-9a-f]{1,8})\b(?! *-)/i, (match, { memory }) => {
    const id = hexValue(match[1]);
    memory.set("examined", true);
    if (id === 0) return [say("chip-unidentified", { id: 0 })];
    return [
      say("device-id", { id: id & 0xfff, revision: id >>> 16 }),
      ...(isArtery(id) ? [say("genuine", { verdict: "clone", maker: "Artery (an AT32)" })] : []),
      reached("identified"),
    ];
  }),
  line("flash size", 3, /flash size *= *(\d+) *(k(?:i?b(?:ytes)?)?|bytes)/i, (match, { memory }) => {
    const kib = /^b/i.test(match[2]) ? Number(match[1]) / 1024 : Number(match[1]);
    const assumed = memory.get("size-assumed") === kib;
    return [say("flash-size", { kib, ...(kib >= 65535 && { raw: 0xffff }), ...(assumed && { assumed }) })];
  }),
  line("flash size probed value", 5, /flash size probed value *(?:0x)?([0-9a-f]+)/i, (match) =>
    /^(?:65535|ffff)$/i.test(match[1]) ? [say("flash-size", { kib: 65535, raw: 0xffff })] : [],
  ),
  line(
    ["stm32 flash size failed", "stm32l flash size failed"],
    8,
    /flash size failed, probe inaccurate(?: - assuming (\d+))?/i,
    (match, { memory }) => {
      if (match[1] === undefined) return [];
      memory.set("size-assumed", Number(match[1]));
      return [say("flash-size", { kib: Number(match[1]), assumed: true })];
    },
  ),
  line(
    "cannot identify target as a",
    8,
    /cannot identify target as an? (stm32\S*|\S+ (?:family|device))/i,
    (match, { memory }) => {
      const target = memory.get("target-name") as string | undefined;
      return [
        say("chip-unidentified", {}),
        ...(target !== undefined && isNotFor(match[1], target)
          ? [say("chip-unsupported", { name: target, has: "driver" as const })]
          : []),
      ];
    },
  ),
  line(["auto_probe failed"], 6, /auto_probe failed/i, () => [
    say("verdict", { tool: "openocd", text: "auto_probe failed" }),
  ]),
  // The driver's words for WRPRTERR: write protection, which read protection brings along for the first pages.
  line(
    ["stm32x device protected", "stm32f2x device protected", "stm32lx device protected"],
    8,
    /stm32\w* device protected/i,
    (_, context) => [trouble(during(context), { reason: "protected" })],
  ),
  line(
    ["device is protected", "read protection: on", "read protected", "read-protected", "device security bit"],
    4,
    /device is (?:read.?)?protected|read protection: *on|\bread.?(?:out)?[ -]?protected|device security bit set/i,
    () => [say("read-protection", { on: true })],
  ),
  line("rdp level", 6, /rdp level *([012]) *\(0x/i, (match) => [
    say("read-protection", { on: match[1] !== "0", level: Number(match[1]) as 0 | 1 | 2 }),
  ]),
  line("tzen = ", 8, /tzen = ([01])/i, (match) => [say("trustzone", { on: match[1] === "1" })]),
  line(
    ["programming started", "auto erase enabled"],
    8,
    /\*\* programming started \*\*|auto erase enabled/i,
    under("program", [], false, true),
  ),
  line("verify started", 8, /\*\* verify started \*\*/i, under("verify")),
  line("resetting target", 8, /\*\* resetting target \*\*/i, under("run")),
  // It says so as well when there was no flash at the image's addresses, and nothing was written.
  line("programming finished", 8, /\*\* programming finished \*\*/i, (match, context) =>
    under("program", context.memory.get("outside") === true ? [] : [reached("programmed")], true)(match, context),
  ),
  line("verified ok", 8, /\*\* verified ok \*\*/i, under("verify", [reached("verified")])),
  line("verified ", 5, /verified \d+ bytes in/i, () => [reached("verified")]),
  line("wrote ", 5, /wrote (\d+) bytes from (?:file|vflash image)(?: (.+?))? (?:in|to)\b/i, (match) => [
    ...(match[1] === "0" ? [] : [reached("programmed")]),
    ...(match[2] === undefined ? [] : [say("image-file", { path: match[2] })]),
  ]),
  line("erased sectors", 5, /erased sectors? \d+ through \d+ on flash bank/i, () => [reached("erased")]),
  line("mass erase complete", 5, /mass erase complete/i, () => [reached("erased"), say("chip-erased", {})]),
  line("programming failed", 8, /\*\* programming failed \*\*/i, () => [trouble("program")]),
  // What could not be compared is not told to differ.
  line("verify failed", 8, /\*\* verify failed \*\*/i, (_, { memory }) =>
    memory.get("uncompared") === true ? [trouble("verify")] : [trouble("verify", { reason: "mismatch" })],
  ),
  line("error executing cortex_m crc", 8, /error executing cortex_m crc algorithm/i, (_, { memory }) => {
    memory.set("uncompared", true);
    return [trouble("algorithm", { reason: "algorithm" })];
  }),
  line(
    ["failed erasing sectors", "failed to erase", "mass erase failed", "stm32x mass erase"],
    6,
    /failed erasing sectors?|mass erase failed|failed to erase (?:sector|page|reg|flash)/i,
    (_, { memory }) => {
      memory.set("operation", "erase");
      return [trouble("erase")];
    },
  ),
  // -304 is ERROR_TARGET_NOT_HALTED (target.h).
  line("flash_erase returned", 8, /flash_erase returned (-?\d+)/i, (match, { memory, line: at }) => {
    if (match[1] === "-304" && memory.get("halted") !== true && !memory.has("not-halted")) memory.set("not-halted", at);
    return [trouble("erase")];
  }),
  line(
    [
      "flash write failed",
      "error writing to flash",
      "block write failed",
      "writing to flash failed",
      "flash writing failed",
      "failed to write",
    ],
    5,
    /(?:flash write failed|error writing to flash|block write failed|flash writing failed)(?:.{0,60}?(?:at address|before address)? {0,3}0x([0-9a-f]+))?/i,
    (match, { memory }) => {
      memory.set("operation", "program");
      // A status register's value is no address.
      return [trouble("program", /(?:=|FLASH_SR) *0?x?/i.test(match[0].replace(/address.*/i, "")) ? {} : at(match, 1))];
    },
  ),
  // F1 to L4: WRPERR is bit 4 of what they print so.
  line("flash write failed = ", 8, /flash write failed = (?:0x)?([0-9a-f]{8})/i, (match) =>
    (hexValue(match[1]) & 0x10) === 0 ? [] : [trouble("program", { reason: "protected" })],
  ),
  line("flash write failed, flash_sr", 8, /flash_sr = (?:0x)?([0-9a-f]{8})/i, (match) => [
    say("register", { name: "FLASH_SR", value: hexValue(match[1]) }),
  ]),
  line("otp memory", 6, /otp memory is disabled for write commands|cannot (erase) otp memory/i, (match) => [
    trouble(match[1] === undefined ? "program" : "erase", { reason: "protected" }),
  ]),
  // None of the places where the driver's families have their ID gave one.
  line("can't get the device id", 8, /can'?t get the device id\b/i, () => [say("chip-unidentified", {})]),
  line("stm32x device programming failed", 10, /device programming failed *\/ *flash not erased/i, (_, { memory }) => [
    // Only a command that erases first comes to this after an erase that went well.
    ...(memory.get("erases") === true ? [reached("erased")] : []),
    trouble("program", { reason: "mismatch" }),
  ]),
  line(
    ["flash memory write protected", "flash memory not erased before writing", "write protected"],
    8,
    /flash memory (write protected|not erased before writing)/i,
    (match) => [
      trouble("program", { reason: /write/i.test(match[1]) && /protected/i.test(match[1]) ? "protected" : "mismatch" }),
    ],
  ),
  line(
    ["write protected", "wrprterr", "wrperr", "write protection"],
    3,
    /stm32\S* device .*write protect|\bwrp(?:rt)?err\b|sectors? .* (?:is|are) (?:write )?protected/i,
    (_, context) => [trouble(during(context), { reason: "protected" })],
  ),
  line(
    ["error executing", "failed to execute algorithm"],
    6,
    /error executing \S+ flash write algorithm|failed to execute algorithm at 0x([0-9a-f]+)/i,
    () => [trouble("algorithm", { reason: "algorithm" })],
  ),
  line(
    ["flash write algorithm aborted", "flash algorithm aborted"],
    8,
    /flash (?:write )?algorithm aborted by target/i,
    (_, { memory, line: at }) => {
      memory.set("algorithm-aborted", at.number);
      return [trouble("algorithm", { reason: "algorithm" })];
    },
  ),
  line(
    "error waiting for target flash write algorithm",
    8,
    /error (?:waiting for|starting) target flash (?:write|read) algorithm/i,
    () => [trouble("algorithm", { reason: "algorithm" })],
  ),
  line(
    ["timed out waiting for flash", "wait_flash_op_queue", "stm32x_wait_flash_op_queue", "timeout waiting for flash"],
    8,
    /time?d? ?out (?:waiting for flash|expired, status)|wait_flash_op_queue, time out/i,
    (_, context) => [trouble(during(context), { reason: "timeout" })],
  ),
  line(
    ["timeout waiting for algorithm", "timed out waiting for algorithm"],
    6,
    /time?d? ?out waiting for algorithm/i,
    (_, { memory }) =>
      // The checksum of a verification runs on the core as well.
      [trouble(memory.get("operation") === "verify" ? "verify" : "algorithm", { reason: "timeout" })],
  ),
  line(["no working area available", "not enough working area"], 5, /no(?:t enough)? working area/i),
  line(["couldn't use block writes"], 8, /couldn'?t use block writes/i),
  line("checksum mismatch", 5, /checksum mismatch(?: - attempting binary compare)?/i, () => [
    trouble("verify", { reason: "mismatch" }),
  ]),
  line("diff ", 5, /diff \d+ address 0x([0-9a-f]+)\. *was 0x([0-9a-f]+) instead of 0x([0-9a-f]+)/i, (match) => [
    trouble("verify", {
      reason: "mismatch",
      address: hexValue(match[1]),
      found: hexValue(match[2]),
      expected: hexValue(match[3]),
    }),
  ]),
  line(
    // So spelt by some releases.
    ["verification error address", "verfication error address"],
    8,
    /ver(?:i)?fication error address 0x([0-9a-f]+), read back 0x([0-9a-f]+), expected 0x([0-9a-f]+)/i,
    (match) => [
      trouble("verify", {
        reason: "mismatch",
        address: hexValue(match[1]),
        found: hexValue(match[2]),
        expected: hexValue(match[3]),
      }),
    ],
  ),
  line("verify failed in bank", 8, /verify failed in bank at 0x([0-9a-f]+)/i, () => [
    trouble("verify", { reason: "mismatch" }),
  ]),
  line(["contents differ"], 6, /^(?:error: *)?contents differ/i, () => [trouble("verify", { reason: "mismatch" })]),
  line(
    ["no flash bank found for address", "no flash at address"],
    10,
    /no flash (?:bank found for|at) address (?:0x)?([0-9a-f]+)/i,
    (match, { memory }) => {
      memory.set("outside", true);
      return [trouble("program", { reason: "size", ...at(match, 1) })];
    },
  ),
  // A G4 or L4 with less flash than its largest has a hole behind each half of it.
  line("write into gap from", 10, /write into gap from 0x([0-9a-f]+) to/i, (match) => [
    trouble("program", { reason: "size", ...at(match, 1) }),
  ]),
  line(["is not sector-aligned", "address range"], 6, /address range .{0,40} is not sector-aligned/i, () => [
    trouble("erase", { reason: "alignment" }),
  ]),
  // A comparison of so many bytes may be all that was wanted; it says how many it compares.
  line("file content exceeds flash bank size", 10, /file content exceeds flash bank size/i, () => [
    trouble("program", { reason: "too-large" }),
  ]),
  // Where the next line pads it, the write goes on.
  line("breaks the required alignment", 8, /breaks the required alignment/i, (_, { memory, line: at }) => {
    memory.set("unaligned", at);
    return [];
  }),
  line("padding ", 4, /padding \d{1,8} bytes from 0x[0-9a-f]/i, (_, { memory }) => {
    memory.delete("unaligned");
    return [];
  }),
  // Banks that the configuration has and the chip has not.
  line(
    [
      "this device has a single bank only",
      "stm32h7 flash bank base address config is incorrect",
      "flash register base not defined",
      "invalid bank base address",
    ],
    8,
    /this device has a single bank only|bank base address config is incorrect(?:\. *0x([0-9a-f]{8}))?|flash register base not defined for bank (\d+)|^(?:error: *)?invalid bank base address/i,
    (match) => [
      say("config-unfit", {
        command:
          match[1] !== undefined
            ? `at 0x${match[1]}`
            : match[2] !== undefined
              ? `number ${match[2]}`
              : "the second one",
        why: "bank",
      }),
    ],
  ),
  line(
    ["flash not unlocked", "options not unlocked", "stm32x failed to unlock", "unable to unlock", "failed to unlock"],
    6,
    /(?:flash|options) not unlocked|(?:failed|unable) to unlock/i,
    (match) => [trouble(/options/i.test(match[0]) ? "option-bytes" : "program", { reason: "protected" })],
  ),
  line(
    [
      "stm32x failed to write options",
      "stm32x failed to erase options",
      "failed setting protection",
      "failed to lock device",
      "waiting for obl launch",
      "option load failed",
    ],
    8,
    /failed to (?:write|erase) options|failed setting protection for blocks|failed to lock device|waiting for obl launch, time out|option load failed/i,
    () => [trouble("option-bytes")],
  ),
  line(["tzen can be set only", "deactivation of tzen is only"], 8, /tzen (?:can be set|is) only/i, () => [
    trouble("option-bytes"),
    say("option-bytes-kept", { names: ["TZEN"] }),
  ]),
  // The driver read an ID, or nothing, that it has no description for.
  line("unsupported device", 6, /^(?:error: *)?unsupported device$/i, () => [say("chip-unidentified", {})]),
  line("corrupted fifo", 8, /corrupted fifo (?:read|write) pointer/i, () => [
    trouble("algorithm", { reason: "algorithm" }),
  ]),
  line(
    ["stm32l4x option load", "stm32x write options complete", "write options complete", "option load completed"],
    6,
    /option load completed|write options complete/i,
    () => [say("option-bytes-written", {})],
  ),
  line(["hardware watchdog", "watchdog: hardware"], 4, /^(?:hardware watchdog|watchdog: hardware)$/i, () => [
    say("watchdog-by-hardware", { watchdog: "independent" }),
  ]),
  line(
    ["read_memory:", "write_memory:"],
    8,
    /(?:read|write)_memory: (?:read|write) at 0x([0-9a-f]{1,8}) .*failed/i,
    (match) => [
      say("client-trouble", {
        what: "memory",
        ...at(match, 1),
        ...(/write/i.test(match[0]) && { write: true as const }),
      }),
    ],
  ),
  line(
    ["mem2array", "array2mem"],
    8,
    /(?:mem2array: read|array2mem: write) @ 0x([0-9a-f]{1,8}),.*failed/i,
    (match, context) => [
      say("client-trouble", { what: "memory", ...at(match, 1) }),
      ...busDead(context, at(match, 1).address),
    ],
  ),
  line("error executing event examine-end", 8, /error executing event examine-end on target/i, (_, context) => {
    const { memory, line: at } = context;
    memory.set("examine-handler", at.number);
    // The read that failed is told before its handler or behind it.
    const unread = memory.get("debug-unit-unread") as number | undefined;
    return unread !== undefined && at.number - unread <= 2 && memory.get("bus-dead") !== true ? busDead(context) : [];
  }),
  line(
    ["failed to read memory", "failed to write memory"],
    3,
    /failed to (read|write) memory(?: and, additionally, failed to find out where|.*? at (?:0x)?([0-9a-f]{5,8}))?/i,
    (match, context) => {
      const { address } = at(match, 2);
      const write = /write/i.test(match[1]) && { write: true as const };
      return [
        say("client-trouble", { what: "memory", ...at(match, 2), ...write }),
        // The core's own registers, before the core had been found: what lies behind the debug port refuses.
        ...(address !== undefined && address >= 0xe000_0000 && context.memory.get("examined") !== true
          ? silent(context, "fault")
          : []),
        // Right after the core was examined its chip's own registers are asked for: the core answered, its bus did not.
        ...busDead(context, address),
      ];
    },
  ),
];

/** An image or request whose start fits no unit of flash, and that was not padded. */
export function finishFlash(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const unaligned = memory.get("unaligned") as LogLine | undefined;
  return unaligned === undefined ? [] : [{ line: unaligned, said: trouble("program", { reason: "alignment" }) }];
}

/**
 * Artery's AT32 have a product code of 32 bits where ST has DEV_ID and REV_ID: a class in the upper half (0x5001 to
 * 0x7009) and a part in the lower, of which the low 12 bits are no DEV_ID of ST's.
 */
function isArtery(id: number): boolean {
  return (
    /^(?:50|70)0[1-9a-f]$/.test((id >>> 20).toString(16) + ((id >>> 16) & 15).toString(16)) &&
    !chipByDeviceId(id & 0xfff)
  );
}

/** Whether a driver, by the families that it lists or by its maker, is for other chips than a target of that name. */
function isNotFor(driver: string, target: string): boolean {
  const own = /^stm32([a-z]{1,3}\d?)/i.exec(target)?.[1].toUpperCase();
  if (own === undefined) return /^stm32/i.test(driver);
  const listed = driver
    .replace(/^stm32/i, "")
    .toUpperCase()
    .split("/");
  return listed.length > 1 && !listed.some((each) => each.startsWith(own) || own.startsWith(each.replace("+", "")));
}

/** DBGMCU by family: the unit that a configuration sets up as soon as the core was examined (reference manuals). */
const debugUnits: ReadonlySet<number> = new Set([0x5c001000, 0xe00e1000, 0xe0042000, 0xe0044000, 0x40015000]);

/** A handler that sets up a core that has just been examined, and could not read the chip's memory. */
function busDead({ memory, line: at }: LineContext, address?: number): Said[] {
  const handler = memory.get("examine-handler") as number | undefined;
  if (memory.get("halted") === true) return [];
  const unit = address !== undefined && debugUnits.has((address & ~0xfff) >>> 0);
  if (unit) memory.set("debug-unit-unread", at.number);
  const set = unit && memory.get("examined") === true;
  if (!set && (handler === undefined || at.number - handler > 2)) return [];
  memory.set("bus-dead", true);
  return [say("wire-answer", { answer: "fault" })];
}
