/** What tools say when a program's RTT (SEGGER's real-time transfer) is not where they look for it. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** For probe-rs and its kin, pyOCD, OpenOCD and J-Link's tools alike; `weight`: how much the words speak for the tool. */
export const rttPatterns = (weight: number): readonly LinePattern[] => [
  line(
    ["control block", "rtt control block", "rtt attach", "no rtt"],
    weight,
    /\bcontrol block (?:was )?not found\b|\bno (?:rtt )?control block found|(?:failed|unable|could not) (?:to )?find (?:the )?(?:rtt )?control block|rtt attach retries exceeded/i,
    () => [say("rtt-missing", {})],
  ),
  // A tool that goes on without.
  line("failed to attach to rtt", weight, /failed to attach to rtt\b.{0,10}continuing/i, () => [
    say("rtt-missing", { wentOn: true }),
  ]),
  line(
    ["no rtt header", "rtt symbol"],
    weight,
    /no rtt header info was present|(?:no|not find).{0,20}_segger_rtt\b/i,
    () => [say("rtt-missing", { symbol: false })],
  ),
];
