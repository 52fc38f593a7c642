import { toHex } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { Asked, Exchange, RecordingHeader } from "./recording/exchange.ts";
import type { Moment } from "./recording/timeline.ts";
import type { ReplayProtocol } from "./replay-protocol.ts";
import { isSame, type Player } from "./strict-player.ts";

/**
 * Answers by what fits. What follows the last answer in the recording comes first; then the next such exchange before
 * something was changed, then the last one before, then the next one anywhere. So a host that asks more, less or in another
 * order gets what the target would have said in that state, as far as it was ever asked.
 */
export class LenientPlayer implements Player {
  readonly #moments: readonly Moment[];
  readonly #header: RecordingHeader;
  readonly #protocol: ReplayProtocol;
  /** Indices of the exchanges that a question matches, by its bytes. */
  readonly #places = new Map<string, number[]>();
  /** The furthest that the replay got. */
  #next = 0;
  /** The exchange after the last answer. */
  #follow = 0;
  idle = false;

  constructor(moments: readonly Moment[], header: RecordingHeader, protocol: ReplayProtocol) {
    this.#moments = moments;
    this.#header = header;
    this.#protocol = protocol;
    for (const [index, { exchange }] of moments.entries()) {
      const key = keyOf(exchange);
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, [index]);
      else places.push(index);
    }
  }

  get upcoming(): Moment | undefined {
    return this.#moments[this.#next];
  }

  answer(asked: Asked, _waited: boolean): Exchange {
    const index = this.#find(asked);
    if (index === undefined) throw this.#unknown(asked);
    this.idle = index < this.#next;
    this.#follow = index + 1;
    this.#next = Math.max(this.#next, index + 1);
    return this.#moments[index].exchange;
  }

  #find(asked: Asked): number | undefined {
    const follows = this.#moments[this.#follow]?.exchange;
    if (follows !== undefined && isSame(asked, follows)) return this.#follow;
    const places = this.#places.get(keyOf(asked));
    if (places === undefined) return undefined;
    const later = firstAtLeast(places, this.#next);
    const [next, last] = [places[later], places[later - 1]];
    if (!this.#protocol.isReading(asked)) {
      // The same data is better than the same place alone.
      const exact = places.slice(later).find((index) => isSame(asked, this.#moments[index].exchange));
      return exact ?? next ?? last;
    }
    if (next !== undefined && (last === undefined || this.#isQuiet(this.#next, next))) return next;
    return last ?? next;
  }

  /** Nothing between the two was changed. */
  #isQuiet(from: number, to: number): boolean {
    for (let index = from; index < to; index++) {
      if (!this.#protocol.isReading(this.#moments[index].exchange)) return false;
    }
    return true;
  }

  #unknown(asked: Asked): ProbityError {
    const last = this.#moments[this.#next - 1]?.exchange;
    return new ProbityError("replay-unknown", "Nothing in the recording answers what was asked.", {
      facts: {
        exchange: last?.number ?? 0,
        milliseconds: last?.ended ?? 0,
        asked: this.#protocol.describe(asked),
        askedBytes: toHex(asked.command),
        recordedBy: this.#header.tool,
      },
      remedy: ["Ask for what was asked when it was recorded: probity inspect FILE shows it."],
    });
  }
}

function keyOf({ kind, command, write, readLength }: Asked): string {
  return kind === "trace" ? "trace" : `${toHex(command)} ${write?.length ?? "-"} ${readLength}`;
}

/** Index of the first value of the ascending list that is `limit` or more. */
function firstAtLeast(list: readonly number[], limit: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
