/** Breakpoints that GDB set, and a program that ran until its user stopped it, with none of them met. */
import { type LinePattern, line, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

export const gdbBreakpoints: readonly LinePattern[] = [
  line(
    ["breakpoint ", "temporary breakpoint", "hardware assisted breakpoint"],
    0,
    /^(?:temporary |hardware assisted )?breakpoint \d{1,4}(?: at 0x([0-9a-f]{1,8})\b|, )/i,
    (match, { memory }) => {
      if (match[1] === undefined) memory.set("met", true);
      else memory.set("breakpoint", hexValue(match[1]));
      return [];
    },
  ),
  // In the program's source, or in what is told of it.
  line(["scb_enableicache", "scb_enabledcache"], 0, /\bSCB_Enable[ID]Cache\b/, () => [say("caches-enabled", {})]),
  line("continuing.", 0, /^continuing\.$/i, (_, { memory }) => {
    memory.set("waits", true);
    return [];
  }),
  // What the user's ^C ends, old servers report as SIGTRAP.
  line(
    ["program received signal", "thread "],
    0,
    /^(?:program|thread \d+(?: .*?)?) received signal SIG(INT|TRAP)\b/i,
    (match, { memory, previous }) => {
      const address = memory.get("breakpoint") as number | undefined;
      const waited = memory.get("waits") === true && (/int/i.test(match[1]) || previous?.text === "^C");
      memory.delete("waits");
      return !waited || address === undefined || memory.get("met") === true
        ? []
        : [say("breakpoint-unmet", { address })];
    },
  ),
];
