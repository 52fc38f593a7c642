import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { TraceStream } from "../../session/trace-stream.ts";

/** The port on which clients get the raw SWO bytes as the probe captured them (`-z`). */
export class SwvServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(stream: TraceStream, log: (text: string) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      log("SwvSrv state change: 1 -> 2");
      const forward = (bytes: Uint8Array): void => {
        // A client that does not read loses bytes, as on the wire; it never makes the server grow.
        if (socket.writableLength < 1 << 20) socket.write(bytes);
      };
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        stream.unlisten(forward);
        log("SwvSrv state change: 2 -> 1");
      });
      socket.resume();
      stream.listen(forward).catch((error: unknown) => {
        log(error instanceof Error ? error.message : String(error));
        socket.destroy();
      });
    });
  }

  /** Resolves to the port it listens on, 0 taking any free one; rejects with the system's error when it cannot. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.removeListener("error", reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
