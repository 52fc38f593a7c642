import type { Disposable, EventStream } from "../../base/events.ts";
import type { SessionEvents } from "../../session/debug-session.ts";
import type { Terminal } from "../terminal.ts";

const barWidth = 30;
const words: Readonly<Record<string, string>> = {
  compare: "Comparing  ",
  erase: "Erasing    ",
  program: "Programming",
  verify: "Verifying  ",
};

/** Draws flash progress: a bar on a terminal; elsewhere one line when a phase is complete. */
export function drawProgress(events: EventStream<SessionEvents>, terminal: Terminal): Disposable {
  return events.on("flash.progress", ({ phase, done, total }) => {
    drawBar(terminal, words[phase] ?? phase, done, total);
  });
}

/** One state of a bar on a terminal; elsewhere a line when it is complete. */
export function drawBar(terminal: Terminal, label: string, done: number, total: number): void {
  if (terminal.errorIsTerminal) {
    const filled = total === 0 ? barWidth : Math.round((barWidth * done) / total);
    const bar = "#".repeat(filled).padEnd(barWidth, ".");
    terminal.error(`\r${label} [${bar}] ${done}/${total}${done >= total ? "\n" : ""}`);
  } else if (done >= total) {
    terminal.error(`${label.trim()}: ${total} bytes\n`);
  }
}
