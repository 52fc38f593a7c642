import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { Probe } from "../probe/probe.ts";

/** How often the probe's trace buffer is emptied, in milliseconds: 4096 bytes last 16 ms at 2 Mbaud. */
const pollMilliseconds = 5;

/** The raw SWO byte stream of a probe, captured as long as someone listens. */
export class TraceStream {
  readonly #probe: Probe;
  readonly #clock: Clock;
  readonly #exclusive: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly #baud: number;
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  #running = false;

  /** `exclusive` runs one exchange with the probe alone, between those of everyone else. */
  constructor(
    probe: Probe,
    clock: Clock,
    exclusive: <Result>(work: () => Promise<Result>) => Promise<Result>,
    baud: number,
  ) {
    this.#probe = probe;
    this.#clock = clock;
    this.#exclusive = exclusive;
    this.#baud = baud;
  }

  /** Begins to hear; the first listener starts the capture. Rejects when the probe cannot capture at this rate. */
  async listen(listener: (bytes: Uint8Array) => void): Promise<void> {
    this.#listeners.add(listener);
    if (this.#running) return;
    const { trace } = this.#probe;
    if (trace === undefined) {
      this.#listeners.delete(listener);
      throw new ProbityError("probe-no-trace", "This probe cannot capture SWO.", {
        facts: { firmware: this.#probe.identity.firmware },
        remedy: ["Use an ST-LINK/V2 with firmware V2J13 or later, or a V3."],
      });
    }
    try {
      await this.#start(trace);
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
  }

  /** The probe was plugged in again and captures nothing any more: starts anew for those who listen. Never rejects. */
  async restart(): Promise<void> {
    const { trace } = this.#probe;
    if (this.#running || this.#listeners.size === 0 || trace === undefined) return;
    await this.#start(trace).catch(() => {});
  }

  async #start(trace: NonNullable<Probe["trace"]>): Promise<void> {
    this.#running = true;
    try {
      await this.#exclusive(() => trace.start(this.#baud));
    } catch (error) {
      this.#running = false;
      throw error;
    }
    void this.#pump(trace);
  }

  unlisten(listener: (bytes: Uint8Array) => void): void {
    this.#listeners.delete(listener);
  }

  async #pump(trace: NonNullable<Probe["trace"]>): Promise<void> {
    try {
      while (this.#listeners.size > 0) {
        const bytes = await this.#exclusive(() => trace.read());
        if (bytes.length > 0) for (const listener of [...this.#listeners]) listener(bytes);
        await this.#clock.sleep(pollMilliseconds);
      }
      await this.#exclusive(() => trace.stop());
    } catch {
      // The link is gone; whoever runs the target says so. The next listener starts afresh.
    } finally {
      this.#running = false;
    }
  }
}
