import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import { Queue } from "../base/queue.ts";
import { systemWallTime, type WallTime } from "../base/wall-time.ts";
import { LenientPlayer } from "./lenient-player.ts";
import type { Link } from "./link.ts";
import { padded } from "./memory.ts";
import type { Asked, Exchange } from "./recording/exchange.ts";
import type { Recording } from "./recording/reader.ts";
import { timelineOf } from "./recording/timeline.ts";
import type { ReplayProtocol } from "./replay-protocol.ts";
import { type Player, StrictPlayer } from "./strict-player.ts";

export interface ReplayOptions {
  /** How a user would write it after `--probe`. */
  readonly name: string;
  readonly lenient: boolean;
  readonly protocol: ReplayProtocol;
  readonly wallTime?: WallTime;
  /** Told of the first question that the recording has no answer to; whoever asked gets it as well, but may not tell. */
  readonly onFailure?: (error: ProbityError) => void;
}

const NOTHING = new Uint8Array(0);
/** Longest real time of one pause while the host waits for what is no longer in the recording, in milliseconds. */
const IDLE = 10;

/**
 * A link that answers from a recording, with the recorded times on its clock. Strict: transfers reject with
 * `replay-diverged`, `replay-ended` or `replay-damaged` when they are not the recorded ones; lenient: with `replay-unknown`
 * when nothing in the recording fits. Errors of the recorded link come again as they were.
 */
export function replayLink(recording: Recording, options: ReplayOptions): Link {
  const { protocol, lenient, wallTime = systemWallTime } = options;
  const { moments } = timelineOf(recording.events);
  const player: Player = lenient
    ? new LenientPlayer(moments, recording.header, protocol)
    : new StrictPlayer(moments, recording.damage, recording.header, protocol);
  const queue = new Queue();
  let now = moments[0]?.exchange.started ?? 0;
  /** How far the replay's time is ahead of the recording's. */
  let ahead = 0;
  let waited = false;
  let waits = 0;
  let told = false;
  let failed: ProbityError | undefined;

  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds) => {
      await (player.idle ? pause(wallTime, Math.min(milliseconds, IDLE)) : nextTurn());
      const recorded = player.idle ? undefined : player.upcoming?.waits[waits];
      if (recorded !== undefined && recorded.milliseconds === milliseconds) {
        waits++;
        now = Math.max(now, recorded.ended + ahead);
      } else now += Math.max(0, milliseconds);
      waited = true;
    },
  };

  const carryOut = (asked: Asked): Promise<Uint8Array> =>
    queue.run(async () => {
      await nextTurn();
      if (failed !== undefined) throw failed;
      const about = recording.header.redacted ? (protocol.redact?.(asked) ?? asked) : asked;
      let exchange: Exchange;
      try {
        const before = player.upcoming;
        exchange = player.answer(about, waited);
        if (player.upcoming !== before) {
          waits = 0;
          ahead = Math.max(0, now - exchange.started);
        }
      } catch (error) {
        // After it has diverged nothing that it says would be true.
        if (error instanceof ProbityError) {
          if (!told) options.onFailure?.(error);
          told = true;
          if (!lenient) failed = error;
        }
        throw error;
      }
      waited = false;
      now = Math.max(
        now + (player.idle ? exchange.ended - exchange.started : 0),
        exchange.ended + (player.idle ? 0 : ahead),
      );
      if (exchange.error !== undefined) {
        const { code, message, facts, remedy } = exchange.error;
        throw new ProbityError(code, message, { facts, remedy });
      }
      return exchange.data.slice();
    });

  const { vendorId, productId, serial, limits, others } = recording.header.link;
  return {
    info: { name: options.name, vendorId, productId, serial },
    clock,
    transfer: (command, write, readLength = 0) =>
      carryOut({ kind: "transfer", command: padded(command), write, readLength }),
    readTrace: (length) => carryOut({ kind: "trace", command: NOTHING, write: undefined, readLength: length }),
    close: () => queue.run(async () => {}),
    ...(limits !== undefined && { limits }),
    ...(others !== undefined && { others: async () => others }),
  };
}

/** Lets whatever waits in the event loop (sockets, timers) have its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(wallTime: WallTime, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void wallTime.after(milliseconds, resolve));
}
