import { type Command, InvalidArgumentError } from "commander";
import { ProbityError } from "../base/errors.ts";
import { openLink } from "../session/open-link.ts";
import type { OpenedLink } from "../session/opened-link.ts";
import { parseProbeSpec } from "../session/probe-spec.ts";
import { StlinkServerPort } from "../stlink-server/stlink-server-port.ts";
import { collect } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";

interface Options {
  readonly probe?: readonly string[];
  readonly port: number;
  readonly bind: string;
  readonly untilUnused?: boolean;
}

/** With `--until-unused`: how long nobody may use the server before it ends, and how long it waits for the first client. */
const unusedMilliseconds = { after: 3000, first: 30_000 };

/** `probity share`: probes for any number of programs that speak the protocol of ST's stlink-server. */
export function addShareVerb(program: Command, terminal: Terminal): void {
  program
    .command("share")
    .description("share probes among programs by the protocol of ST's stlink-server (OpenOCD, probity --probe tcp:...)")
    .option("--probe <probe>", "usb, usb:SERIAL or sim:BOARD[?key=value&...]; may be given more than once", collect)
    .option("--port <number>", "TCP port; 0 takes a free one", parsePort, 7184)
    .option("--bind <address>", "where to listen", "127.0.0.1")
    .option("--until-unused", "end a few seconds after the last client has gone (or when none comes for 30 s)")
    .action((options: Options) => share(options, terminal));
}

async function share(options: Options, terminal: Terminal): Promise<void> {
  const { probe = ["usb"], port, bind } = options;
  const specs = probe.map(parseProbeSpec);
  const opened: OpenedLink[] = [];
  try {
    for (const spec of specs) opened.push(await openLink(spec));
    if (!/^(127\.|::1$|localhost$)/.test(bind)) {
      terminal.error(`Warning: whoever reaches ${bind} can debug the target and read its flash.\n`);
    }
    const links = opened.map(({ link }) => link);
    const use = new Use(options.untilUnused === true);
    const server = await StlinkServerPort.listen(links, {
      port,
      host: bind,
      onClients: (count) => use.clients(count),
    }).catch((cause: unknown) => {
      throw refused(cause, port, bind);
    });
    const serials = links.map(({ info }) => `${info.name} (${info.serial})`).join(", ");
    terminal.out(`Sharing ${serials} on ${bind}:${server.port}. Ctrl-C ends.\n`);
    // A virtual board's time begins with its first use: from now on it runs.
    for (const { simulated } of opened) await simulated?.sleep(0);
    const stopped = new Promise<void>((resolve) => terminal.onStop(() => resolve()));
    await Promise.race([stopped, use.ended]);
    use.stop();
    await server.close();
  } finally {
    for (const { link, dispose } of opened) {
      await link.close().catch(() => {});
      dispose();
    }
  }
}

/** Looks when a server that runs `--until-unused` has no clients any more. */
class Use {
  readonly ended: Promise<void>;
  #end: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  readonly #looks: boolean;

  constructor(looks: boolean) {
    this.#looks = looks;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#wait(unusedMilliseconds.first);
  }

  /** So many clients are connected now. */
  clients(count: number): void {
    this.stop();
    if (count === 0) this.#wait(unusedMilliseconds.after);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds: number): void {
    if (this.#looks) this.#timer = setTimeout(this.#end, milliseconds);
  }
}

function refused(cause: unknown, port: number, bind: string): ProbityError {
  const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const taken = system === "EADDRINUSE";
  return new ProbityError(
    "share-port-refused",
    taken
      ? `Port ${port} on ${bind} is taken by another program.`
      : `Port ${port} on ${bind} can't be had (${system}).`,
    {
      facts: { port, bind, system },
      remedy: [
        taken
          ? "An stlink-server may run already: use it, or end it. Another port: --port NUMBER; --port 0 takes a free one."
          : "Correct --port and --bind.",
      ],
      cause,
    },
  );
}

function parsePort(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new InvalidArgumentError("Give a number from 0 to 65535.");
}
