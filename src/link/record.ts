import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { Link } from "./link.ts";
import { padded } from "./memory.ts";
import type { Exchange, RecordedError } from "./recording/exchange.ts";
import type { RecordingSink } from "./recording/writer.ts";

/** Changes an exchange before it is written down, such as by leaving memory contents out. */
export type ExchangeFilter = (exchange: Omit<Exchange, "number">) => Omit<Exchange, "number">;

const NOTHING = new Uint8Array(0);

/**
 * The same link, which tells `sink` of everything that goes over it, and of the time that is waited on its clock. It sends
 * nothing of its own and takes no time on the link's clock. Closing it ends the recording.
 */
export function recordLink(link: Link, sink: RecordingSink, filter: ExchangeFilter = (exchange) => exchange): Link {
  let lastEnd = Number.NEGATIVE_INFINITY;
  const clock: Clock = {
    now: () => link.clock.now(),
    sleep: async (milliseconds) => {
      await link.clock.sleep(milliseconds);
      sink.wait({ kind: "wait", milliseconds, ended: link.clock.now() });
    },
  };
  const recorded = async (
    about: Pick<Exchange, "kind" | "command" | "write" | "readLength">,
    carryOut: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> => {
    const asked = link.clock.now();
    const enter = (outcome: Pick<Exchange, "data" | "error">): void => {
      const ended = link.clock.now();
      // Calls may overlap; each is carried out when the one before it is over.
      sink.exchange(filter({ ...about, started: Math.max(asked, lastEnd), ended, ...outcome }));
      lastEnd = ended;
    };
    try {
      const data = await carryOut();
      enter({ data });
      return data;
    } catch (error) {
      enter({ data: NOTHING, error: recordedError(error) });
      throw error;
    }
  };
  return {
    info: link.info,
    clock,
    transfer: (command, write, readLength = 0) =>
      recorded({ kind: "transfer", command: padded(command), write, readLength }, () =>
        link.transfer(command, write, readLength),
      ),
    readTrace: (length) =>
      recorded({ kind: "trace", command: NOTHING, write: undefined, readLength: length }, () => link.readTrace(length)),
    ...(link.limits !== undefined && { limits: link.limits }),
    ...(link.others !== undefined && { others: () => link.others?.() ?? Promise.resolve(undefined) }),
    ...(link.reopen !== undefined && { reopen: () => link.reopen?.() ?? Promise.resolve() }),
    close: async () => {
      try {
        await link.close();
      } finally {
        sink.close();
      }
    },
  };
}

function recordedError(error: unknown): RecordedError {
  if (error instanceof ProbityError) {
    const { code, message, facts, remedy } = error;
    return { code, message, facts, remedy };
  }
  return { code: "link-failed", message: String(error), facts: {}, remedy: [] };
}
