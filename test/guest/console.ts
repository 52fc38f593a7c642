import type { Outcome } from "./scenario.ts";

/** What the guest's console tells the job, between the output of programs. Every such line begins with `@@`. */
export interface ConsoleListener {
  onBegin(step: number): void;
  onEnd(step: number, outcome: Outcome): void;
  onCable(probe: number, move: "unplug" | "replug"): void;
}

/** Reads the lines of the guest's console: takes the output of each step together. */
export class GuestConsole {
  readonly #listener: ConsoleListener;
  readonly #now: () => number;
  #lines: string[] = [];
  #began = 0;

  /** `now` counts milliseconds. */
  constructor(listener: ConsoleListener, now: () => number) {
    this.#listener = listener;
    this.#now = now;
  }

  line(text: string): void {
    const match = /^@@(begin|end|cable) (\d+) ?(\S*)$/.exec(text);
    if (match === null) {
      this.#lines.push(visible(text));
      return;
    }
    const [, what, number, word] = match;
    if (what === "cable") {
      this.#listener.onCable(Number(number), word === "unplug" ? "unplug" : "replug");
    } else if (what === "begin") {
      this.#lines = [];
      this.#began = this.#now();
      this.#listener.onBegin(Number(number));
    } else {
      const output = this.#lines.join("\n").trim();
      const seconds = (this.#now() - this.#began) / 1000;
      this.#lines = [];
      this.#listener.onEnd(Number(number), { output, status: Number(word), seconds });
    }
  }

  /** What came since the last step ended. */
  get rest(): string {
    return this.#lines.join("\n").trim();
  }
}

/** A line as a terminal shows it in the end: what a carriage return overwrote, and colours, are left out. */
function visible(text: string): string {
  const plain = text.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
  return (
    plain
      .split("\r")
      .filter((part) => part.trim() !== "")
      .at(-1) ?? ""
  );
}
