import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { freePort } from "../support/server-process.ts";

/** A folder for the files of a test file. */
export const folder = mkdtempSync(join(tmpdir(), "probity-record-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly status: number;
}

/** Runs a command line of `probity` in this process. */
export async function probity(...words: readonly string[]): Promise<Ran> {
  const { terminal, ran } = fakeTerminal();
  const before = process.argv;
  // A recording notes the command line that made it.
  process.argv = [before[0], "probity", ...words];
  try {
    await main("probity", words, terminal);
  } finally {
    process.argv = before;
  }
  return ran();
}

function fakeTerminal(): { terminal: Terminal; ran: () => Ran; stop: () => void; out: () => string } {
  let [out, err, status] = ["", "", -1];
  let stop = (): void => {};
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
    errorIsTerminal: false,
    onStop: (callback) => {
      stop = callback;
    },
    exit: (code) => {
      status = code;
    },
  };
  return { terminal, ran: () => ({ out, err, status }), stop: () => stop(), out: () => out };
}

/**
 * Runs `probity gdbserver` in this process while `work` talks to it through a port that notes what the server sends.
 * Resolves to those bytes, as text of one character a byte.
 */
export async function serveWhile(
  words: readonly string[],
  work: (port: number) => Promise<void>,
): Promise<Ran & { replies: string }> {
  const { terminal, ran, stop, out } = fakeTerminal();
  const port = await freePort();
  const ended = main("probity", ["gdbserver", "-p", String(port), "-d", ...words], terminal);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (let tries = 0; !out().includes("Waiting for debugger connection") && !over && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  let replies = "";
  const tap = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    server.on("data", (bytes) => {
      replies += bytes.toString("latin1");
      client.write(bytes);
    });
    client.on("data", (bytes) => server.write(bytes));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.setNoDelay(true);
      one.on("error", () => {});
      one.on("close", () => other.end());
    }
  });
  tap.listen(0, "127.0.0.1");
  await once(tap, "listening");
  try {
    if (!over) await work((tap.address() as AddressInfo).port);
  } finally {
    tap.close();
    stop();
    await ended;
  }
  return { ...ran(), replies };
}
