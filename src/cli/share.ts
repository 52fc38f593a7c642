import { type Command, InvalidArgumentError } from "commander";
import { ProbityError } from "../base/errors.ts";
import { portHolder } from "../stlink-server/port-holder.ts";
import { StlinkServerPort } from "../stlink-server/stlink-server-port.ts";
import { withEngineOption } from "./engine-option.ts";
import { type RecordOptions, recordChoice, withRecordOptions } from "./record-options.ts";
import { SharedProbes } from "./shared-probes.ts";
import { collect } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";
import { Use } from "./until-unused.ts";
import { noticeLines } from "./words.ts";

interface Options extends RecordOptions {
  readonly probe?: readonly string[];
  readonly engine?: string;
  readonly port: number;
  readonly bind: string;
  readonly untilUnused?: boolean;
}

/** Milliseconds that the end may take; then the process ends as it stands. */
const LONGEST_END = 5000;

/** `probity share`: probes for any number of programs that speak the protocol of ST's stlink-server. */
export function addShareVerb(program: Command, terminal: Terminal): void {
  withEngineOption(withRecordOptions(program.command("share")))
    .description("share probes among programs by the protocol of ST's stlink-server (OpenOCD, probity --probe tcp:...)")
    .option(
      "--probe <probe>",
      "usb (every ST-LINK that is or will be plugged in, the default), usb:SERIAL or sim:BOARD[?key=value&...]; " +
        "may be given more than once",
      collect,
    )
    .option("--port <number>", "TCP port; 0 takes a free one", parsePort, 7184)
    .option("--bind <address>", "where to listen", "127.0.0.1")
    .option("--until-unused", "end a few seconds after the last client has gone (or when none comes for 30 s)")
    .action((options: Options) => share(options, terminal));
}

async function share(options: Options, terminal: Terminal): Promise<void> {
  const { probe = ["usb"], port, bind } = options;
  const stopped = new Promise<void>((resolve) => terminal.onStop(() => resolve()));
  const probes = new SharedProbes(terminal);
  try {
    await probes.open(
      probe,
      recordChoice(options, (text) => terminal.error(`${noticeLines(text).join("\n")}\n`)),
      options.engine,
    );
    if (!/^(127\.|::1$|localhost$)/.test(bind)) {
      terminal.error(`Warning: whoever reaches ${bind} can debug the target and read its flash.\n`);
    }
    const use = options.untilUnused === true ? new Use() : undefined;
    const server = await StlinkServerPort.listen(probes.links, {
      port,
      host: bind,
      discover: () => probes.discover(),
      onClients: (count) => use?.clients(count),
    }).catch((cause: unknown) => {
      use?.stop();
      throw refused(cause, port, bind);
    });
    const serials = probes.links.map(({ info }) => `${info.name} (${info.serial})`).join(", ");
    terminal.out(`Sharing ${serials} on ${bind}:${server.port}. Ctrl-C ends.\n`);
    await probes.start();
    const unused = use?.ended.then(() => false);
    // Who ends the server by hand wants its targets to run; whoever left last had them as they wanted.
    const run = await Promise.race([stopped.then(() => true), ...(unused === undefined ? [] : [unused])]);
    use?.stop();
    await Promise.race([server.close({ run }), new Promise((resolve) => setTimeout(resolve, LONGEST_END).unref())]);
  } finally {
    await probes.close();
  }
}

function refused(cause: unknown, port: number, bind: string): ProbityError {
  const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (system !== "EADDRINUSE") {
    return new ProbityError("share-port-refused", `Port ${port} on ${bind} can't be had (${system}).`, {
      facts: { port, bind, system },
      remedy: ["Correct --port and --bind."],
      cause,
    });
  }
  const holder = portHolder(port);
  const who = holder === undefined ? undefined : `${holder.name} (process ${holder.pid})`;
  return new ProbityError("share-port-refused", `Port ${port} on ${bind} is taken by ${who ?? "another program"}.`, {
    facts: { port, bind, system, ...(who !== undefined && { holder: who }) },
    remedy: [
      holder === undefined
        ? "An stlink-server may run already: use it, or end it."
        : `If that is an stlink-server, use it (--probe tcp:127.0.0.1:${port}), or end it: kill ${holder.pid}.`,
      "Another port: --port NUMBER; --port 0 takes a free one.",
    ],
    cause,
  });
}

function parsePort(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new InvalidArgumentError("Give a number from 0 to 65535.");
}
