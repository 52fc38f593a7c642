/** Keil uVision: its build output and the dialogs of its debug drivers (ST-Link, ULINK, CMSIS-DAP, J-Link). */
import { type LogReader, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

const tool = "uvision";

function silent(protocol?: "swd" | "jtag"): Said[] {
  return [say("wire-answer", { answer: "none", ...(protocol && { protocol }) })];
}

export const uvision: LogReader = {
  tools: [tool],
  patterns: [
    line("uvision", 5, /^uvision/i),
    line("load ", 5, /^load "[^"]{1,250}\.(?:axf|elf|hex)"/i),
    // The driver gave up before flash was begun: why is said in its dialog.
    line("flash download failed", 10, /flash download failed *- *"?target dll has been cancell?ed/i, ({ input }) => [
      say("unknown-error", { text: input }),
    ]),
    line("flash download failed", 10, /flash download failed *- *could not load file/i, () => [
      say("path-missing", { what: "program" }),
    ]),
    line("flash download failed", 6, /flash download failed *- *"?(?:cortex|arm|sc000)/i, (_, { memory }) =>
      memory.get("told") === true ? [] : [say("flash-trouble", { operation: "program" })],
    ),
    line("flash load finished", 6, /^flash load finished at/i),
    // The driver got an ID, and it is none that it knows: by JTAG on two wires whatever comes is taken for one.
    line(["unknow target", "unknown target"], 9, /\bunknown? target connected/i, () => [say("chip-unidentified", {})]),
    line(
      ["no cortex-m", "no target connected"],
      10,
      /no cortex-m(?: (sw|jtag))? device found( in jtag chain)?/i,
      (match, { memory }) => {
        memory.set("told", true);
        return silent(match[2] || /jtag/i.test(match[1] ?? "") ? "jtag" : "swd");
      },
    ),
    line(
      ["swd/jtag communication", "rddi-dap error"],
      10,
      /^(?:error: *)?(?:swd\/jtag communication failure|rddi-dap error)[!.]?$/i,
      (_, { memory }) => {
        // Flash was not come to.
        memory.set("told", true);
        return [say("wire-answer", { answer: "none" })];
      },
    ),
    line("cannot access target", 6, /cannot access target\. *(?:shutting down|terminating)/i, (_, { memory }) => {
      memory.set("told", true);
      return silent();
    }),
    // Behind an access port that answers; from 0xE0000000 on it is the core's own debug unit that does not.
    line(
      "debug access failed",
      10,
      /debug access failed *- *cannot (read|write) address 0x([0-9a-f]{1,8})(?:.{0,40}\bap '?(\d{1,3}))?/i,
      (match, { memory }) => {
        memory.set("told", true);
        const address = hexValue(match[2]);
        if (address < 0xe000_0000) return [say("client-trouble", { what: "memory", address })];
        return [
          say("wire-answer", { answer: "ok" }),
          say("access-port-failed", match[3] === undefined ? {} : { ap: Number(match[3]) }),
        ];
      },
    ),
    line("invalid rom table", 10, /invalid rom table/i, () => [say("access-port-failed", {})]),
    line(
      ["could not stop cortex", "cannot enter debug mode", "could not stop"],
      8,
      /could not stop cortex-m device|cannot enter debug mode/i,
      (_, { memory }) => {
        memory.set("told", true);
        return [say("halt-failed", {})];
      },
    ),
    line("cannot load flash", 8, /cannot load flash (?:programming algorithm|device description)/i, (_, { memory }) => {
      memory.set("told", true);
      return [say("flash-trouble", { operation: "algorithm", reason: "algorithm" })];
    }),
    line("insufficient ram for flash", 10, /insufficient ram for flash algorithm/i, (_, { memory }) => {
      memory.set("told", true);
      return [say("flash-trouble", { operation: "algorithm", reason: "no-memory" })];
    }),
    line(
      ["contents mismatch at"],
      10,
      /contents mismatch at: *([0-9a-f]{8})h *\(flash=([0-9a-f]{2})h +required=([0-9a-f]{2})h/i,
      (match, { memory }) => {
        memory.set("told", true);
        return [
          say("flash-trouble", {
            operation: "verify",
            reason: "mismatch",
            address: hexValue(match[1]),
            found: hexValue(match[2]),
            expected: hexValue(match[3]),
          }),
        ];
      },
    ),
    line(
      ["no ulink", "no cmsis-dap", "no st-link"],
      6,
      /no (?:ulink\S*(?: pro| plus)?|cmsis-dap|st-?link) (?:(?:device|debugger) )?(?:was )?(?:found|detected)/i,
      () => [say("probe-trouble", { what: "none-found" })],
    ),
    line("not a genuine", 8, /not a genuine st device/i, () => [say("genuine", { verdict: "doubtful" })]),
  ],
};
