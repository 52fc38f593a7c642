import { fileURLToPath } from "node:url";
import { GdbServer } from "../../src/gdb/gdb-server.ts";
import { type OpenedSession, openSession } from "../../src/session/open-session.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";

/** A demo program of `firmware/`. */
export function firmware(name: string): string {
  return fileURLToPath(new URL(`../../firmware/${name}/${name}.elf`, import.meta.url));
}

export interface BoardServer {
  readonly port: number;
  readonly opened: OpenedSession;
  readonly server: GdbServer;
  /** Every log line of the server, packets included. */
  readonly lines: string[];
  close(): Promise<void>;
}

/** A whole virtual Blue Pill behind a GDB server, in this process, never waiting for wall time. */
export async function startBoard(
  options: { readonly elf?: string; readonly inPlace?: boolean } = {},
): Promise<BoardServer> {
  const elf = options.elf === undefined ? "" : `&elf=${encodeURIComponent(options.elf)}`;
  const lines: string[] = [];
  const opened = await openSession({
    spec: parseProbeSpec(`sim:bluepill?pace=fast${elf}`),
    protocol: "swd",
    connect: options.inPlace ? "attach" : "normal",
    ap: 0,
    verify: true,
    incremental: false,
    haltTimeout: 1000,
    log: () => {},
    note: () => {},
  });
  const { session } = opened;
  const server = new GdbServer(session, {
    port: 0,
    attach: () => (options.inPlace ? session.halt() : session.reset("system", { halt: true })),
    log: (source, text) => lines.push(`${source}(): ${text}`),
  });
  const port = await server.listen();
  return {
    port,
    opened,
    server,
    lines,
    async close() {
      await server.close();
      await session.close().catch(() => {});
      opened.dispose();
    },
  };
}
