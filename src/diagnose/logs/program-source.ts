/** What the program does, where somebody shows a piece of its source. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** Calls that end in the instruction WFI or WFE: of CMSIS, of Rust's crates, of ST's HAL; not of a line that is a comment. */
const sleeps =
  /^(?!\s*(?:\/\/|\/?\*)).*?(?:\b(?:asm::|__)?wf[ie] ?\(\)|\bHAL_PWR(?:Ex)?_Enter(?:SLEEP|STOP|STANDBY|SHUTDOWN)\w* ?\()/i;
/** Of a program without them. */
const gone = /\b(?:remov(?:e|ed|ing)|comment(?:ed|ing)?|delet(?:e|ed|ing)|no|not|never|without)\b|n't\b/i;

export const sourcePatterns: readonly LinePattern[] = [
  line(["wfi", "wfe", "__wfi", "__wfe", "hal_pwr"], 0, sleeps, ({ input, 0: { length } }) =>
    gone.test(
      input
        .slice(0, length)
        .split(/[.!?] /)
        .at(-1) ?? "",
    )
      ? []
      : [say("program-sleeps", {})],
  ),
];
