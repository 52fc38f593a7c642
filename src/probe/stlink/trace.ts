import { readU16 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { TraceCapture } from "../probe.ts";
import type { Channel } from "./channel.ts";
import { block, debug, group, u16, u32 } from "./commands.ts";

/** The probe's trace buffer as every driver asks for it. */
const bufferSize = 4096;

/**
 * SWO capture by START_TRACE_RX, GET_TRACE_NB and the trace endpoint. What GET_TRACE_NB announces has to be fetched
 * before the next command, so both are one task of `locked`.
 */
export function traceCapture(
  channel: Channel,
  maximumBaud: number,
  locked: <Result>(task: () => Promise<Result>) => Promise<Result>,
): TraceCapture {
  return {
    maximumBaud,
    start: (baud) =>
      locked(async () => {
        if (baud > maximumBaud) {
          throw new ProbityError("probe-trace-too-fast", `The probe captures SWO up to ${maximumBaud} baud.`, {
            facts: { baud, maximum: maximumBaud },
            remedy: ["Choose a lower SWO frequency, that is a larger divider in the TPIU."],
          });
        }
        const start = block(group.debug, debug.startTraceRx, ...u16(bufferSize), ...u32(baud));
        await channel.check(start, 2, { doing: "starting the SWO capture", facts: { baud } });
      }),
    stop: () =>
      locked(async () => {
        await channel.check(block(group.debug, debug.stopTraceRx), 2, { doing: "stopping the SWO capture" });
      }),
    read: () =>
      locked(async () => {
        const available = readU16(await channel.ask(block(group.debug, debug.getTraceNb), 2), 0);
        return available === 0 ? new Uint8Array() : channel.link.readTrace(available);
      }),
  };
}
