import { createServer, type Server, type Socket } from "node:net";
import { ProbityError } from "../../base/errors.ts";
import type { Board } from "../../sim/boards/boards.ts";
import type { Terminal } from "../terminal.ts";
import type { ServerSettings } from "./option-table.ts";

/** Watchers of a virtual board's USARTs: `--uart usart1` shows bytes on the console, `--uart usart1:PORT` serves them. */
export interface Uarts {
  close(): Promise<void>;
}

export async function openUarts(
  wanted: readonly string[],
  board: Board | undefined,
  settings: ServerSettings,
  terminal: Terminal,
): Promise<Uarts> {
  const host = settings.text("bind");
  const servers: { server: Server; sockets: Set<Socket> }[] = [];
  for (const text of wanted) {
    const match = /^(usart[1-3])(?::(\d{1,5}))?$/i.exec(text);
    if (match === null || board === undefined) {
      throw new ProbityError(
        "uart-unavailable",
        board !== undefined
          ? `"${text}" names no USART of this board.`
          : settings.flag("shared")
            ? "With -t the virtual board is in the server that shares it: its USARTs can't be watched from here."
            : "--uart watches virtual boards alone.",
        {
          facts: { uart: text },
          remedy: [
            ...(settings.flag("shared") ? ["Leave -t (--shared) out, or --uart."] : []),
            "Write --uart usart1, or --uart usart1:PORT for a TCP port, with --probe sim:BOARD.",
          ],
        },
      );
    }
    const name = match[1].toUpperCase();
    if (match[2] === undefined) board.onUart(name, (byte) => terminal.out(String.fromCharCode(byte)));
    else servers.push(await serveUart(board, name, Number(match[2]), host));
  }
  return {
    close: async () => {
      for (const { server, sockets } of servers) {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** What the board sends while nobody is connected is kept for who comes next, up to this many bytes. */
const earlyBytes = 65_536;

async function serveUart(
  board: Board,
  name: string,
  port: number,
  host: string,
): Promise<{ server: Server; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  let early: number[] = [];
  board.onUart(name, (byte) => {
    if (sockets.size === 0 && early.length < earlyBytes) early.push(byte);
    for (const socket of sockets) if (socket.writableLength < 1 << 20) socket.write(Uint8Array.of(byte));
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    if (early.length > 0) socket.write(Uint8Array.from(early));
    early = [];
    socket.on("data", (bytes) => board.sendUart(name, bytes));
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new ProbityError("uart-port-unavailable", `TCP port ${port} for ${name} is not available (${cause.code}).`, {
          facts: { port },
          remedy: ["End the program that uses it, or choose another port."],
          cause,
        }),
      ),
    );
    server.listen(port, host, () => resolve());
  });
  return { server, sockets };
}
