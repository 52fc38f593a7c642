import { sameBytes, toHex } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { Asked, Exchange, RecordingHeader } from "./recording/exchange.ts";
import type { Damage } from "./recording/reader.ts";
import type { Moment } from "./recording/timeline.ts";
import type { ReplayProtocol } from "./replay-protocol.ts";

/** Gives the answers of a recording, one for each question. */
export interface Player {
  /** The recorded exchange that answers. Throws a `ProbityError` when there is none. */
  answer(asked: Asked, waited: boolean): Exchange;
  /** The exchange that should come next. */
  readonly upcoming: Moment | undefined;
  /** What was answered last is asked anew: the host waits for something that is no longer in the recording. */
  readonly idle: boolean;
}

/** How many exchanges one turn of a loop that waits may have. */
const LONGEST_LOOP = 4;

/** A loop that is gone through once more: its first exchange, the one after its last, and the one that comes next. */
interface Loop {
  readonly start: number;
  readonly end: number;
  at: number;
}

/** True when both would go over the link alike; contents that were left out count by their length. */
export function isSame(asked: Asked, recorded: Exchange): boolean {
  return (
    asked.kind === recorded.kind &&
    asked.readLength === recorded.readLength &&
    sameBytes(asked.command, recorded.command) &&
    (asked.write === undefined) === (recorded.write === undefined) &&
    (asked.write === undefined ||
      recorded.write === undefined ||
      (recorded.redacted === true
        ? asked.write.length === recorded.write.length
        : sameBytes(asked.write, recorded.write)))
  );
}

/**
 * Demands the recorded commands in their order. One thing is free, as it depends on when a user or debugger acts: how many
 * times a loop that waits (reads, with a pause in each turn) goes round before something else comes.
 */
export class StrictPlayer implements Player {
  readonly #moments: readonly Moment[];
  readonly #damage: readonly Damage[];
  readonly #header: RecordingHeader;
  readonly #protocol: ReplayProtocol;
  #next = 0;
  /** Position in the loop that goes on although the recording has no more turns of it. */
  #loop: Loop | undefined;

  constructor(
    moments: readonly Moment[],
    damage: readonly Damage[],
    header: RecordingHeader,
    protocol: ReplayProtocol,
  ) {
    this.#moments = moments;
    this.#damage = damage;
    this.#header = header;
    this.#protocol = protocol;
  }

  get upcoming(): Moment | undefined {
    return this.#moments[this.#next];
  }

  get idle(): boolean {
    return this.#loop !== undefined;
  }

  answer(asked: Asked, waited: boolean): Exchange {
    const loop = this.#loop;
    if (loop !== undefined && isSame(asked, this.#at(loop.at)) && (loop.at > loop.start || waited)) {
      return this.#turn(loop);
    }
    const upcoming = this.upcoming?.exchange;
    if (upcoming !== undefined && this.#isWhole(this.#next) && isSame(asked, upcoming)) return this.#take(this.#next);
    const after = this.#afterLoop(asked);
    if (after !== undefined) return this.#take(after);
    const begun = waited ? (this.#loopBefore(asked) ?? this.#loopElsewhere(asked)) : undefined;
    if (begun !== undefined && this.#isHere()) return this.#turn((this.#loop = begun));
    throw this.#diverged(asked);
  }

  #at(index: number): Exchange {
    return this.#moments[index].exchange;
  }

  #take(index: number): Exchange {
    this.#next = index + 1;
    this.#loop = undefined;
    return this.#at(index);
  }

  #turn(loop: Loop): Exchange {
    const exchange = this.#at(loop.at);
    loop.at = loop.at + 1 >= loop.end ? loop.start : loop.at + 1;
    return exchange;
  }

  /** There is more to come, and nothing is missing before it: only then is it worth waiting for. */
  #isHere(): boolean {
    return this.upcoming !== undefined && this.#isWhole(this.#next);
  }

  /** Nothing is missing between the exchange before `index` and this one. */
  #isWhole(index: number): boolean {
    return this.#at(index).number === (index === 0 ? 1 : this.#at(index - 1).number + 1);
  }

  /** Where a loop of reads begins that ends with what was answered last, and that `asked` begins anew. */
  #loopBefore(asked: Asked): Loop | undefined {
    for (let start = this.#next - 1; start >= Math.max(0, this.#next - LONGEST_LOOP); start--) {
      if (!this.#protocol.isReading(this.#at(start))) return undefined;
      if (isSame(asked, this.#at(start))) return { start, end: this.#next, at: start };
    }
    return undefined;
  }

  /** A loop with pauses anywhere in the recording that `asked` begins and that went on: the nearest, earlier ones first. */
  #loopElsewhere(asked: Asked): Loop | undefined {
    const earlier = Array.from({ length: this.#next }, (_, i) => this.#next - 1 - i);
    const later = Array.from({ length: this.#moments.length - this.#next }, (_, i) => this.#next + i);
    for (const start of [...earlier, ...later]) {
      if (!this.#beginsTurn(start) || !isSame(asked, this.#at(start))) continue;
      for (let end = start + 1; end < this.#moments.length && end <= start + LONGEST_LOOP; end++) {
        if (!this.#protocol.isReading(this.#at(end - 1))) break;
        if (this.#beginsTurn(end) && isSame(asked, this.#at(end))) return { start, end, at: start };
      }
    }
    return undefined;
  }

  #beginsTurn(index: number): boolean {
    return this.#moments[index].waits.length > 0;
  }

  /** Where `asked` stands behind (further) turns of a loop that waits. */
  #afterLoop(asked: Asked): number | undefined {
    const skipped = (index: number): boolean =>
      this.#isWhole(index) && this.#protocol.isReading(this.#at(index)) && !isSame(asked, this.#at(index));
    let end = this.#next;
    while (end < this.#moments.length && skipped(end)) end++;
    if (end === this.#next || end >= this.#moments.length || !this.#isWhole(end)) return undefined;
    if (!isSame(asked, this.#at(end))) return undefined;
    for (let length = 1; length <= LONGEST_LOOP; length++) {
      if (this.#repeats(this.#next, end, length)) return end;
    }
    return undefined;
  }

  /** Whether the exchanges from `start` to `end` are one and the same `length` of them again and again, each with a pause. */
  #repeats(start: number, end: number, length: number): boolean {
    let pauses = 0;
    for (let index = start; index < end; index++) {
      if (this.#beginsTurn(index)) pauses++;
      if (index >= start + length && !isSame(this.#at(index - length), this.#at(index))) return false;
    }
    return pauses >= Math.floor((end - start) / length) && pauses > 0;
  }

  #diverged(asked: Asked): ProbityError {
    const { describe } = this.#protocol;
    const upcoming = this.upcoming?.exchange;
    const last = this.#next === 0 ? undefined : this.#at(this.#next - 1);
    const number = (last?.number ?? 0) + 1;
    const about = { exchange: number, asked: describe(asked), askedBytes: bytesOf(asked) };
    const recordedBy = { recordedBy: this.#header.tool, recordedCommand: this.#header.command.join(" ") };
    const damage = this.#damage.find(({ exchange }) => exchange <= number);
    const missing = upcoming === undefined || !this.#isWhole(this.#next);
    if (damage !== undefined && missing) {
      return new ProbityError(
        "replay-damaged",
        `The recording is damaged at exchange ${damage.exchange}, and the replay got there: ${damage.cause}.`,
        {
          facts: { ...about, milliseconds: last?.ended ?? 0, offset: damage.offset },
          remedy: ["Read what is left of it: probity inspect FILE.", "Ask for the file anew."],
        },
      );
    }
    if (upcoming === undefined) {
      return new ProbityError("replay-ended", `The recording ends after exchange ${number - 1}; more was asked for.`, {
        facts: { ...about, milliseconds: last?.ended ?? 0, ...recordedBy },
        remedy: ["Do what was done when it was recorded, and no more."],
      });
    }
    const nearest = this.#nearest(asked);
    return new ProbityError(
      "replay-diverged",
      `The replay diverges from the recording at exchange ${number} (${upcoming.started.toFixed(3)} ms).`,
      {
        facts: {
          exchange: number,
          milliseconds: upcoming.started,
          recorded: describe(upcoming),
          recordedBytes: bytesOf(upcoming),
          asked: about.asked,
          askedBytes: about.askedBytes,
          nearest: nearest === undefined ? "none" : `exchange ${nearest.number} (${nearest.started.toFixed(3)} ms)`,
          ...recordedBy,
        },
        remedy: [
          "Give the options and do the steps of the recording: probity inspect FILE shows them.",
          "For another version or other steps take ?lenient=1, which answers by what fits.",
        ],
      },
    );
  }

  /** The nearest exchange that `asked` would match, later ones first. */
  #nearest(asked: Asked): Exchange | undefined {
    const here = this.#next;
    for (let distance = 1; distance < this.#moments.length; distance++) {
      for (const index of [here + distance, here - distance]) {
        const moment = this.#moments[index];
        if (moment !== undefined && isSame(asked, moment.exchange)) return moment.exchange;
      }
    }
    return undefined;
  }
}

/** The longest data that is shown in a report. */
const SHOWN = 32;

function bytesOf({ kind, command, write }: Asked): string {
  if (kind === "trace") return "trace";
  const data = write === undefined ? "" : ` + ${toHex(write.subarray(0, SHOWN))}${write.length > SHOWN ? "..." : ""}`;
  return `${toHex(command)}${data}`;
}
