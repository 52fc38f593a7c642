import { GdbServer } from "../../src/gdb/gdb-server.ts";
import { type OpenedSession, openSession } from "../../src/session/open-session.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";

/** What went over the link. */
export interface Cost {
  readonly transfers: number;
  /** Modelled time, the target's included. */
  readonly milliseconds: number;
}

/** A virtual Blue Pill behind our GDB server, as `gdbserver` runs it by default, and the account of its probe. */
export class BenchServer {
  readonly opened: OpenedSession;
  readonly port: number;
  readonly #server: GdbServer;

  private constructor(opened: OpenedSession, server: GdbServer, port: number) {
    this.opened = opened;
    this.port = port;
    this.#server = server;
  }

  /** With a program in flash, or blank; behind the probe that the board has unless another is named. */
  static async start(elf?: string, probe?: "v3"): Promise<BenchServer> {
    const program = elf === undefined ? "" : `&elf=${encodeURIComponent(elf)}`;
    const kind = probe === undefined ? "" : `&probe=${probe}`;
    const opened = await openSession({
      spec: parseProbeSpec(`sim:bluepill?pace=fast${program}${kind}`),
      protocol: "swd",
      connect: "normal",
      ap: 0,
      verify: false,
      incremental: true,
      haltTimeout: 1000,
      log: () => {},
      note: () => {},
    });
    // As the command does: the first GDB finds the chip as connecting left it, halted at its reset vector.
    const attach = async (): Promise<void> => {
      if (opened.session.runState !== "halted") await opened.session.reset("system", { halt: true });
    };
    const server = new GdbServer(opened.session, { port: 0, attach, log: () => {} });
    return new BenchServer(opened, server, await server.listen());
  }

  /** Since the probe was opened. */
  get cost(): Cost {
    return { transfers: this.opened.simulated?.account.transfers ?? 0, milliseconds: this.opened.clock.now() };
  }

  /** How often the core was asked whether it runs: reads of single words (READDEBUGREG). */
  get looks(): number {
    return this.opened.simulated?.transfersOf(0xf2, 0x36) ?? 0;
  }

  async measure(action: () => Promise<unknown>): Promise<Cost> {
    const before = this.cost;
    await action();
    const now = this.cost;
    return {
      transfers: now.transfers - before.transfers,
      milliseconds: now.milliseconds - before.milliseconds,
    };
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.opened.session.close().catch(() => {});
    this.opened.dispose();
  }
}
