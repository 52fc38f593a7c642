/** Debuggers that have no reader of their own, in the words in which they say that nothing answers: uVision, Black Magic Probe. */
import { type LinePattern, line, type Said, say } from "./log-reader.ts";

function nothingAnswers(): Said[] {
  return [say("wire-answer", { answer: "none" }), say("stage", { stage: "target-connected", reached: false })];
}

export const otherDebuggerPatterns: readonly LinePattern[] = [
  // uVision: the driver of the probe gave up on the target before the download began.
  line("target dll has been cancel", 6, /flash download failed *- *target dll has been cancell?ed/i, nothingAnswers),
  line("unknow", 6, /^unknown? target connected\b/i, nothingAnswers),
  line("cannot attach to cpu", 4, /cannot attach to cpu\b/i, nothingAnswers),
  // Black Magic Probe's `monitor swdp_scan`, `jtag_scan` and `auto_scan`, and GDB's attach behind them.
  line(
    "scan failed",
    6,
    /^(?:error: *)?(?:sw-?dp|swd?|jtag(?: device)?|auto) scan failed\b|^no usable targets found/i,
    nothingAnswers,
  ),
  line(
    "resolve blackmagic",
    6,
    /failed to (?:resolve|find|detect) (?:the )?black ?magic(?: probe)?(?: hostname| serial port)?/i,
    () => [say("probe-trouble", { what: "none-found" })],
  ),
];
