/**
 * Time as the host tower sees it. It is injected everywhere, so that a virtual board can supply virtual time
 * (then `sleep` runs the board for that long) and a real probe the machine's own.
 */
export interface Clock {
  /** Milliseconds since some fixed start; never goes back. */
  now(): number;
  /** Waits `milliseconds`; on a virtual board in `fast` pace this returns as soon as the board has run that long. */
  sleep(milliseconds: number): Promise<void>;
}
