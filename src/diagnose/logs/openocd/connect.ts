/** How far OpenOCD came with the debug port and the core, and what came back on the wires. */
import type { ConnectManner, Stage } from "../../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";
import { hexValue, isJep106, isUndriven } from "../values.ts";

/** What a core that was halted is let run for. */
export const flashWork: ReadonlySet<unknown> = new Set(["erase", "program", "verify"]);

export function reached(stage: Stage): Said {
  return say("stage", { stage, reached: true });
}

/** A failure on the wires: before the core was examined it never answered, afterwards it was lost. */
export function silent({ memory }: LineContext, answer: "none" | "error" | "wait" | "fault" = "none"): Said[] {
  if (memory.get("examined") === true) return lost(memory);
  memory.set("silent", true);
  const manner = memory.get("manner") as ConnectManner | undefined;
  const protocol = memory.get("protocol") as "swd" | "jtag" | undefined;
  return [say("wire-answer", { answer, ...(manner && { manner }), ...(protocol && { protocol }) })];
}

/** What was under way when a target that had answered stopped answering. */
export function lost(memory: Map<string, unknown>): Said[] {
  const during = memory.get("operation") as "erase" | "program" | "verify" | "reset" | "run" | undefined;
  // A core that stands still is lost for other reasons than one whose program runs.
  return [say("target-lost", { during: during ?? (memory.get("halted") === true ? "session" : "run") })];
}

function examined({ memory }: LineContext): Said[] {
  const back = memory.get("lost") === true || memory.get("unpolled") === true;
  memory.set("examined", true);
  memory.delete("lost");
  memory.delete("unpolled");
  return [reached("target-connected"), ...(back ? [say("target-back", {})] : [])];
}

/** Whether a core that was examined was lost, or its flash is being worked: what fails then is no first contact. */
function underWay({ memory }: LineContext): boolean {
  return memory.get("examined") === true && (memory.get("lost") === true || flashWork.has(memory.get("operation")));
}

export const connectPatterns: readonly LinePattern[] = [
  line(
    ["hla_swd", "dapdirect_swd", "swd"],
    2,
    /(?:transport select +|^|transport ")(?:hla_|dapdirect_)?swd\b/i,
    (_, { memory }) => {
      memory.set("protocol", "swd");
      return [];
    },
  ),
  line(["hla_jtag", "dapdirect_jtag"], 4, /(?:hla|dapdirect)_jtag\b/i, (_, { memory }) => {
    memory.set("protocol", "jtag");
    return [];
  }),
  line("init mode failed", 10, /init mode failed *\(unable to connect to the target\)/i, (_, context) => {
    if (underWay(context)) return silent(context);
    context.memory.delete("examined");
    context.memory.delete("high-level");
    return [...silent(context), say("stage", { stage: "target-connected", reached: false })];
  }),
  line("error connecting dp", 10, /error connecting dp: *cannot read (?:idr|dpidr)/i, (_, context) => {
    if (underWay(context)) return silent(context);
    context.memory.delete("examined");
    return [...silent(context), say("stage", { stage: "target-connected", reached: false })];
  }),
  // Whatever adapter it is: the port did not even tell who it is.
  line("dap '", 8, /\bdap '[^']{1,60}' initiali[sz]ation failed/i, (_, context) => silent(context)),
  // The port answers, and says that nothing acknowledged its request for power, or that an access never ended.
  line(
    ["debug regions are unpowered", "timeout during wait recovery", "wait recovery failed"],
    10,
    /debug regions are unpowered|timeout during wait recovery|wait recovery failed/i,
    (_, context) => silent(context, "fault"),
  ),
  line("jtag-dp sticky", 6, /jtag-dp sticky error/i),
  // The instruction register shifts out a fixed pattern (IEEE 1149.1): all ones or zeros are an open or held line.
  line("ir capture error", 10, /ir capture error; saw 0x([0-9a-f]+) not 0x([0-9a-f]+)/i, (match, context) => {
    context.memory.set("protocol", "jtag");
    const saw = hexValue(match[1]);
    return silent(context, saw === 0 || (saw & (saw + 1)) === 0 ? "none" : "error");
  }),
  // Behind an ID that was read it is the request for power that nothing acknowledged.
  line("dp initialisation failed", 8, /dp initiali[sz]ation failed/i, (_, context) =>
    silent(context, context.memory.get("port") === true ? "fault" : "none"),
  ),
  // CDBGPWRUPACK (bit 29) and CSYSPWRUPACK (bit 31) of CTRL/STAT, which the port itself answered for.
  line("dap: poll", 10, /dap: poll [28]0000000 timeout/i, (_, context) => {
    context.memory.set("port", true);
    return silent(context, "fault");
  }),
  // Told when a reset was to be made; a core that was examined may come out of it well.
  line(
    ["ap write error", "debug ap not available"],
    10,
    /ap write error, reset|debug ap not available/i,
    (_, context) => (context.memory.get("examined") === true ? [] : silent(context, "fault")),
  ),
  line(["swd dpidr", "jtag idcode"], 6, /\b(swd dpidr|jtag idcode) *0x([0-9a-f]{8})/i, (match, context) => {
    const { memory } = context;
    const protocol = /jtag/i.test(match[1]) ? "jtag" : "swd";
    memory.set("protocol", protocol);
    // What is no ID was read on bad wires.
    const id = hexValue(match[2]);
    if (!isJep106(id)) return silent(context, isUndriven(id) ? "none" : "error");
    memory.set("port", true);
    return [say("idcode", { value: hexValue(match[2]) }), say("wire-answer", { answer: "ok", protocol })];
  }),
  line(
    ["jtag tap:", "tap/device found"],
    8,
    /jtag tap: *\S+ +tap\/device found: *0x([0-9a-f]{8})/i,
    (match, { memory }) => {
      memory.set("protocol", "jtag");
      const value = hexValue(match[1]);
      // ST's boundary scan TAP bears the device ID, with a 6 before it (reference manuals, debug chapter).
      const ofSt = (value & 0xfff) === 0x041 && (value >>> 24) % 16 === 6;
      return [
        say("idcode", { value }),
        ...(ofSt ? [say("device-id", { id: (value >>> 12) & 0xfff })] : []),
        say("wire-answer", { answer: "ok", protocol: "jtag" }),
      ];
    },
  ),
  // The ID code that came and, in this line or the next, the one that was expected.
  line(
    ["unexpected idcode", "unexpected "],
    10,
    /unexpected (?:idcode:|\d+ of \d+:) *0x([0-9a-f]{8})(?:, *expected (?:\d+ of \d+: *)?0x([0-9a-f]{8}))?/i,
    (match, context) => {
      const { memory } = context;
      // A line that nobody drives.
      if (isUndriven(hexValue(match[1]))) return silent(context);
      memory.set("unexpected", hexValue(match[1]));
      return [
        say("idcode", { value: hexValue(match[1]), ...(match[2] !== undefined && { expected: hexValue(match[2]) }) }),
      ];
    },
  ),
  line("idcode: ", 4, /^(?:(?:debug|info) *: *)?idcode: *0x([0-9a-f]{8})\b/i, (match, context) =>
    isUndriven(hexValue(match[1])) ? silent(context) : [],
  ),
  line("unexpected: ", 8, /jtag tap: *\S+ +unexpected: *0x([0-9a-f]{8})/i, (match, context) => {
    const { memory } = context;
    // A line that nobody drives.
    if (isUndriven(hexValue(match[1]))) {
      memory.set("protocol", "jtag");
      return silent(context);
    }
    memory.set("unexpected", hexValue(match[1]));
    memory.set("protocol", "jtag");
    return [say("idcode", { value: hexValue(match[1]) })];
  }),
  line("expected ", 5, /\bexpected \d+ of \d+: *0x([0-9a-f]{8})/i, (match, { memory }) => {
    const value = memory.get("unexpected");
    return typeof value === "number"
      ? [
          say("idcode", { value, expected: hexValue(match[1]) }),
          say("stage", { stage: "target-connected", reached: false }),
        ]
      : [];
  }),
  line(
    "jtag scan chain interrogation failed",
    10,
    /jtag scan chain interrogation failed: *all (zeroes|ones)/i,
    (_, context) => {
      context.memory.set("protocol", "jtag");
      return silent(context);
    },
  ),
  // Bit 0 of an ID is 1; a 0 there is the bypass register of a TAP without one (IEEE 1149.1), and no Cortex-M is without.
  line(
    ["does not have valid idcode", "does not have idcode"],
    8,
    /\btap \S+ does not have (?:valid )?idcode(?: *\(idcode=0x([0-9a-f]{1,8})\))?/i,
    (match, context) => {
      context.memory.set("protocol", "jtag");
      return silent(context, isUndriven(hexValue(match[1] ?? "0")) ? "none" : "error");
    },
  ),
  line(
    ["trying to use configured scan chain anyway", "bypassing jtag setup"],
    8,
    /trying to use configured scan chain anyway|bypassing jtag setup events/i,
  ),
  line(
    ["hardware has", "target has", "cortex-m"],
    6,
    /(?:hardware|target) has (\d+) breakpoints, *(\d+) watchpoints/i,
    (match, context) =>
      // A core without any has not been read: every Cortex-M has comparators that a debugger can count. Zeros alone are
      // no garbled answers.
      // The high-level adapter enters the debug port before, and tells when it cannot ("init mode failed").
      match[1] === "0" && match[2] === "0"
        ? silent(context, context.memory.get("high-level") === true ? "fault" : "none")
        : examined(context),
  ),
  line("cortex-m", 8, /\bcortex-m\d+\+? r\d+p\d+ processor detected/i, (_, context) => examined(context)),
  line("examination succeed", 6, /examination succeed/i, (_, context) => examined(context)),
  line(
    ["jtag status contains invalid mode value", "cpsr contains invalid mode", "invalid mode value encountered"],
    8,
    /(?:jtag status|cpsr) contains invalid mode value|invalid mode value encountered/i,
    // The debug port was entered ("init mode" would have failed), and then DHCSR could not be read.
    (_, context) => silent(context, "fault"),
  ),
  // The probe does a row of transfers by itself, and ends it at the first that is not acknowledged (CMSIS-DAP, DAP_Transfer).
  line(
    "cmsis-dap transfer count mismatch",
    8,
    /cmsis-dap transfer count mismatch: expected \d+, got \d+/i,
    (_, context) => (flashWork.has(context.memory.get("operation")) ? lost(context.memory) : silent(context, "error")),
  ),
  line(["swd", "cmsis-dap"], 4, /data parity mismatch|\(wrong parity\)/i, (_, context) => silent(context, "error")),
  line("fail reading ctrl/stat", 10, /fail reading ctrl\/stat register/i, (_, context) => silent(context, "error")),
  line(
    ["previous state query failed", "stlink"],
    8,
    /previous state query failed, trying to reconnect/i,
    (_, context) => silent(context, "fault"),
  ),
  line(
    ["swd_dp_", "swd_ap_", "stlink_swd_"],
    6,
    /\b(?:stlink_)?(?:jtag|swd)_(?:(dp|ap)_)(wait|fault|error|parity_error|sticky_error|stickyorun_error|wdata_error)\b/i,
    (match, context) => {
      const what = match[2].toLowerCase();
      return what === "wait"
        ? []
        : silent(context, what.startsWith("fault") || what.startsWith("sticky") ? "fault" : "error");
    },
  ),
  line(
    ["invalid ack", "swd ack not ok", "no valid acknowledge"],
    6,
    /(?:invalid ack|swd ack not ok|no valid acknowledge)\D*(\d+)?/i,
    (match, context) => {
      // Newer ones count the transfers and name the acknowledge.
      const named = /\b(wait|fault)\b/i.exec(match.input)?.[1].toLowerCase();
      if (named === "wait" || (named !== undefined && context.memory.get("examined") === true)) return [];
      if (named === "fault") return silent(context, "fault");
      const none =
        match[1] === undefined || match[1] === "0" || match[1] === "7" || /\b(?:junk|no ack)\b/i.test(match.input);
      return silent(context, none ? "none" : "error");
    },
  ),
  // The probe's status by its name.
  line(
    ["stlink_no_device_connected", "stlink_jtag_"],
    8,
    /\bstlink_(?:(no_device_connected|jtag_get_idcode_error|jtag_unknown_jtag_chain)|(jtag_dbg_power_error)|jtag_(?:command|write|write_verif|read)_error)\b/i,
    (match, context) => silent(context, match[1] !== undefined ? "none" : match[2] !== undefined ? "fault" : "error"),
  ),
  line(
    ["unknown/unexpected stlink status code"],
    8,
    /unknown\/unexpected stlink status code 0x([0-9a-f]+)/i,
    (match, context) =>
      // Status 0x05: no device connected; 0x09: the ID code could not be read.
      silent(context, ["5", "9", "4"].includes(match[1].replace(/^0+/, "")) ? "none" : "error"),
  ),
  // It looks at every access port, from the first one on.
  line(["could not find mem-ap", "could not find an "], 8, /could not find (?:mem-ap|an (?:ahb|apb|axi)-ap)/i, () => [
    say("access-port-failed", { ap: 0 }),
  ]),
  // The one that its configuration names.
  line("cannot get ap", 8, /\] cannot get ap$/i, () => [say("access-port-failed", {})]),
  // CPUID is a constant (ARMv7-M B3.2.3): another value was read by nobody, or of a core that this version does not know.
  line(
    ["cortex-m cpuid", "cortex-m partno"],
    8,
    /cortex-m (?:cpuid|partno):? *0x([0-9a-f]+) is unrecogni[sz]ed/i,
    (match, context) => (hexValue(match[1]) === 0 ? silent(context, "fault") : [say("access-port-failed", {})]),
  ),
  line(
    ["could not initialize the debug port", "could not find"],
    8,
    /could not initialize the (?:debug port|apb-?ap)|could not find any? ?mem-?ap/i,
  ),
];
