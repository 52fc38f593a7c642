/** What tells how a program fares without its debugger: whether it was given semihosting, and what somebody says of it. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** Ways to run a board without a debugger, as people put them. */
const without =
  /\b(?:without|w\/o|no) (?:(?:the|a|any|an) )?(?:debugger|debug session|gdb|openocd|st-?link|probe)\b|\b(?:gdb|openocd|debugger|st-?link|probe|ide) (?:is |was |are )?(?:closed|unplugged|disconnected|detached|removed|not (?:running|attached|connected))|\b(?:power ?bank|stand-?alone|batter(?:y|ies)|wall adapter)\b/i;
const fails =
  /\b(?:never|nothing|dead|dark|hangs?|stuck|frozen|freezes|crash\w*|fault\w*|fails?|does(?: not|n't) (?:run|start|work|boot|blink)|(?:is|are|was)(?: not|n't) (?:running|working)|won't (?:run|start|work|boot))\b/i;

/** For readers of GDB and of its servers. */
export const alonePatterns: readonly LinePattern[] = [
  line("semihosting is enabled", 0, /^(?:info : *)?semihosting is enabled/i, () => [
    say("option", { name: "semihosting", value: "true" }),
  ]),
  line(
    [
      "without",
      "w/o",
      "no ",
      "gdb",
      "openocd",
      "debugger",
      "st-link",
      "stlink",
      "probe",
      "power bank",
      "powerbank",
      "standalone",
      "stand-alone",
      "battery",
      "batteries",
      "wall adapter",
    ],
    0,
    without,
    ({ input }) => (input.length < 600 && fails.test(input) ? [say("fails-alone", {})] : []),
  ),
];
