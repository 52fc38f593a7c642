/** How long nobody may use a server before it ends, and how long it waits for its first client, milliseconds. */
const patience = { after: 3000, first: 30_000 };

/** Tells when a server has no clients any more, or never had one. */
export class Use {
  /** Resolves when the server is of no use. */
  readonly ended: Promise<void>;
  #end: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#timer = setTimeout(this.#end, patience.first);
  }

  /** So many clients are connected now. */
  clients(count: number): void {
    this.stop();
    if (count === 0) this.#timer = setTimeout(this.#end, patience.after);
  }

  /** Stops looking. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
