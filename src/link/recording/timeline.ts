import type { Exchange, RecordedEvent, Wait } from "./exchange.ts";

/** An exchange with the waits that were made since the one before it. */
export interface Moment {
  readonly exchange: Exchange;
  readonly waits: readonly Wait[];
}

/** Events as moments; waits after the last exchange are left over. */
export function timelineOf(events: readonly RecordedEvent[]): { moments: readonly Moment[]; rest: readonly Wait[] } {
  const moments: Moment[] = [];
  let waits: Wait[] = [];
  for (const event of events) {
    if (event.kind === "wait") waits.push(event);
    else {
      moments.push({ exchange: event, waits });
      waits = [];
    }
  }
  return { moments, rest: waits };
}
