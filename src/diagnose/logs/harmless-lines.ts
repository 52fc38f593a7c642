/** Lines that may look like trouble and are none: how each tool words them, and with which words people ask about them. */
import type { HarmlessName } from "../catalogue/harmless.ts";
import type { Tool } from "../facts.ts";
import { type LinePattern, line, say } from "./log-reader.ts";

/** A harmless line. Its pattern fits the tool's line and a sentence that quotes it. */
export interface HarmlessLine {
  readonly name: HarmlessName;
  readonly tools: readonly Tool[];
  readonly words: readonly string[];
  readonly pattern: RegExp;
  /** Other words that ask about it. */
  readonly asked?: RegExp;
  /** Told only where the work was done behind it (or before it, of a line that ends a session). */
  readonly only?: "written-behind" | "written-before";
}

/** Words that ask why something does not come to its end. */
export const waiting =
  /\b(?:hang(?:s|ing)?|hung|stuck|freezes?|frozen|wait(?:s|ed|ing)?|(?:stops|sits|stays) (?:there|here|at)|(?:noth(?:ing)|no more|not any) .{0,20}happens?|(?:does|do|did|wo)(?:n'?t| not) (?:ever )?(?:exit|return|continue|finish|end|quit|go on|proceed|terminate|come back|do anything)|never (?:exits|returns|continues|finishes|ends|quits|terminates|comes back)|(?:make|let|get|have|how).{0,40} (?:exit|return|quit|terminate)|prompt|for ?ever|minutes|hours)\b/i;

/** Every one that is known. */
export const harmlessLines: readonly HarmlessLine[] = [
  {
    name: "The selected transport took over low-level target control",
    tools: ["openocd"],
    words: ["the selected transport took over"],
    pattern: /selected transport took over|results might differ compared to plain/i,
  },
  {
    name: "Unable to match requested speed",
    tools: ["openocd", "st-flash"],
    words: ["unable to match requested speed"],
    pattern: /unable to match requested speed/i,
  },
  {
    name: "Adding extra erase range",
    tools: ["openocd"],
    words: ["adding extra erase range"],
    pattern: /\bextra erase range/i,
  },
  {
    name: "Padding image section",
    tools: ["openocd"],
    words: ["padding image section"],
    pattern: /\bpadding image section/i,
  },
  { name: "DEPRECATED", tools: ["openocd"], words: ["deprecated"], pattern: /\bdeprecated\b/i },
  {
    name: "halted due to debug-request",
    tools: ["openocd"],
    words: ["halted due to debug-request"],
    pattern: /halted due to debug-request/i,
    asked: /\bwhy (?:does|is|did|was) (?:it|the (?:target|core|cpu)) halt/i,
    only: "written-behind",
  },
  {
    name: "srst_only separate",
    tools: ["openocd"],
    words: ["srst_only"],
    pattern: /\bsrst_(?:only|nogate|open_drain)\b/i,
  },
  {
    name: "auto-selecting first available session transport",
    tools: ["openocd"],
    words: ["auto-selecting first available session transport"],
    pattern: /auto-selecting first available (?:session )?transport(?! "?jtag)/i,
  },
  {
    name: "keep_alive() was not invoked",
    tools: ["openocd"],
    words: ["keep_alive() was not invoked"],
    pattern: /\bkeep_alive\(?\)? was not invoked/i,
    asked: /\bkeep_alive\b/i,
  },
  {
    name: "shutdown command invoked",
    tools: ["openocd"],
    words: ["shutdown command invoked"],
    pattern: /shutdown command invoked/i,
    only: "written-before",
  },
  {
    name: "NRST is not connected",
    tools: ["st-flash"],
    words: ["nrst is not connected"],
    pattern: /nrst is not connected/i,
    only: "written-behind",
  },
  {
    name: "Debugger connection lost",
    tools: ["st-link-gdbserver"],
    words: ["debugger connection lost", "shutting down"],
    pattern: /debugger connection lost|^shutting down\.\.\.|"shutting down\b/i,
    only: "written-before",
  },
  {
    name: "Software reset",
    tools: ["stm32cubeprogrammer"],
    words: ["software reset", "reset mode"],
    pattern: /\bsoftware reset\b/i,
  },
  {
    name: "Application is running, Please Hold on",
    tools: ["stm32cubeprogrammer"],
    words: ["application is running, please hold on"],
    pattern: /application is running,? please hold on/i,
    asked: /\bplease hold on\b/i,
  },
  {
    name: "Option Bytes are unchanged",
    tools: ["stm32cubeprogrammer"],
    words: ["option bytes are unchanged"],
    pattern: /option bytes are unchanged/i,
  },
  {
    name: "checksum",
    tools: ["st-flash", "st-link-utility"],
    words: ["checksum"],
    pattern: /\bchecksum\b/i,
  },
  {
    name: "Invalid DFU suffix signature",
    tools: ["dfu-util"],
    words: ["invalid dfu suffix", "valid dfu suffix"],
    pattern: /\bdfu suffix (?:signature|will be required)/i,
    asked: /\bdfu suffix\b/i,
  },
  {
    name: "dfuERROR",
    tools: ["dfu-util"],
    words: ["dfuerror"],
    pattern: /\bstate(?:\(10\))? = dfuerror\b/i,
    asked: /\bdfuerror\b|firmware is corrupt|cannot return to run-?time/i,
    only: "written-behind",
  },
  {
    name: "automatically using hardware breakpoints for read-only addresses",
    tools: ["gdb"],
    words: ["automatically using hardware"],
    pattern: /automatically using hardware breakpoints/i,
  },
  {
    name: "a place in the source after each message",
    tools: ["probe-rs"],
    words: ["rs:"],
    pattern: /^└─ \S.* @ \S+\.rs:\d+/,
    asked: /\bline numbers?\b|\bstack ?traces?\b|\bback ?traces?\b|└─/i,
  },
  {
    name: "a run that stays attached",
    tools: ["probe-rs"],
    words: ["probe-rs run"],
    pattern: /\bprobe-rs(?:\.exe)? run /i,
    asked: waiting,
    only: "written-behind",
  },
];

/** What a reader of these tools takes of such lines; and that a line calls itself a warning. */
export function harmlessOf(tool: Tool): LinePattern[] {
  return [
    ...harmlessLines
      .filter(({ tools }) => tools.includes(tool))
      .map(({ name, words, pattern }) => line(words, 0, pattern, () => [say("harmless", { name })])),
    line("warn", 0, /^(?:[\w-]{2,24}: )?\[?warn(?:ing)?\b/i, () => [say("warned", {})]),
  ];
}
