import { type Command, InvalidArgumentError } from "commander";
import { toHex } from "../base/bytes.ts";
import type { Exchange, RecordingHeader } from "../link/recording/exchange.ts";
import type { Damage, Recording } from "../link/recording/reader.ts";
import { debug } from "../probe/stlink/commands.ts";
import { type Description, describeExchange } from "../probe/stlink/describe-command.ts";
import { addressNames } from "../session/address-names.ts";
import { openRecording } from "../session/open-replay.ts";
import { recordedChip } from "../session/recorded-chip.ts";
import { type RecordingSummary, summarise } from "./recording-summary.ts";
import type { Terminal } from "./terminal.ts";

interface InspectOptions {
  readonly json?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly grep?: string;
}

/** Adds `probity inspect`. `status` is told what the verb ends with: 1 for a recording that is damaged. */
export function addInspectVerb(program: Command, terminal: Terminal, status: (code: number) => void): void {
  program
    .command("inspect")
    .description("print a recording (--record) command by command, decoded, and sum it up")
    .argument("<file>")
    .option("--from <number>", "first exchange to print", parseCount)
    .option("--to <number>", "last exchange to print", parseCount)
    .option("--grep <text>", "only lines that hold this text; capital letters count as small ones")
    .option("--json", "print JSON: one object a line for the header, each exchange and the summary")
    .action((file: string, options: InspectOptions) => {
      const recording = openRecording(file);
      const print = options.json ? printObjects : printLines;
      print(recording, options, terminal);
      status(recording.damage.length > 0 ? 1 : 0);
    });
}

interface DescribedExchange {
  readonly exchange: Exchange;
  readonly described: Description;
  /** Milliseconds from the beginning of the recording, and of waiting before. */
  readonly at: number;
  readonly waited: number;
}

function* described({ events, exchanges }: Recording, options: InspectOptions): Generator<DescribedExchange> {
  const names = addressNames(recordedChip(exchanges));
  const wanted = options.grep?.toLowerCase();
  const start = exchanges[0]?.started ?? 0;
  let waited = 0;
  let list: Exchange | undefined;
  for (const event of events) {
    if (event.kind === "wait") {
      waited += event.milliseconds;
      continue;
    }
    const pause = waited;
    waited = 0;
    const before = list;
    if (event.command[1] === debug.rwMiscOut) list = event;
    if (event.number < (options.from ?? 1) || event.number > (options.to ?? Number.POSITIVE_INFINITY)) continue;
    const each = {
      exchange: event,
      described: describeExchange(event, names, before),
      at: event.started - start,
      waited: pause,
    };
    if (wanted === undefined || lineOf(each).toLowerCase().includes(wanted)) yield each;
  }
}

function printLines(recording: Recording, options: InspectOptions, terminal: Terminal): void {
  terminal.out(`${headerLines(recording.header).join("\n")}\n`);
  let gaps = [...recording.damage];
  for (const each of described(recording, options)) {
    const before = gaps.filter(({ exchange }) => exchange < each.exchange.number);
    gaps = gaps.filter((gap) => !before.includes(gap));
    for (const gap of before) terminal.out(`${damageLine(gap)}\n`);
    terminal.out(`${lineOf(each)}\n`);
  }
  for (const gap of gaps) terminal.out(`${damageLine(gap)}\n`);
  terminal.out(`${summaryLines(summarise(recording), recording).join("\n")}\n`);
}

function printObjects(recording: Recording, options: InspectOptions, terminal: Terminal): void {
  const say = (value: unknown): void => terminal.out(`${JSON.stringify(value)}\n`);
  say({ header: recording.header });
  for (const { exchange, described: words, at, waited } of described(recording, options)) {
    const { number, kind, started, ended, command, write, readLength, data, error, redacted } = exchange;
    say({
      exchange: number,
      kind,
      milliseconds: at,
      takes: ended - started,
      waited,
      ...words,
      command: toHex(command),
      ...(write !== undefined && { write: toHex(write) }),
      readLength,
      data: toHex(data),
      ...(error !== undefined && { error }),
      ...(redacted === true && { redacted }),
    });
  }
  say({ summary: summarise(recording), damage: recording.damage });
}

function headerLines({ tool, date, command, link, redacted }: RecordingHeader): string[] {
  const ids = [link.vendorId, link.productId].map((id) => id.toString(16).padStart(4, "0")).join(":");
  return [
    `Recorded by ${tool} on ${date}`,
    `Command:    ${command.join(" ")}`,
    `Link:       ${link.name}, ${ids}, serial number ${link.serial}${redacted ? " (a hash of it)" : ""}`,
    ...(redacted ? ["Redacted:   what memories hold was left out (zeros stand in its place)"] : []),
    "",
  ];
}

function lineOf({ exchange, described: { name, about, answer, failed }, at, waited }: DescribedExchange): string {
  const took = (exchange.ended - exchange.started).toFixed(3);
  const pause = waited === 0 ? "" : `  (after ${Number(waited.toFixed(3))} ms of waiting)`;
  const question = about === "" ? name : `${name} ${about}`;
  const reply = answer === "" ? "" : ` -> ${answer}`;
  const mark = failed ? "!" : " ";
  return `${String(exchange.number).padStart(6)} ${at.toFixed(3).padStart(11)} ms +${took.padEnd(7)}${mark} ${question}${reply}${pause}`;
}

/** Where a recording is not what was written, in one line. */
function damageLine({ exchange, resumes, cause, offset }: Damage): string {
  const next =
    resumes === undefined ? "nothing behind it can be read" : `it can be read again from exchange ${resumes} on`;
  return `Damaged at exchange ${exchange} (byte ${offset} of the file): ${cause}; ${next}.`;
}

function summaryLines(summary: RecordingSummary, { damage }: Recording): string[] {
  const rows = summary.commands.map(
    ({ name, count, bytesOut, bytesIn, milliseconds }) =>
      `  ${name.padEnd(28)}${String(count).padStart(7)}${String(bytesOut).padStart(10)}${String(bytesIn).padStart(10)}${milliseconds.toFixed(3).padStart(13)}`,
  );
  return [
    "",
    `  ${"command".padEnd(28)}${"count".padStart(7)}${"bytes out".padStart(10)}${"bytes in".padStart(10)}${"ms".padStart(13)}`,
    ...rows,
    "",
    `${summary.exchanges} exchanges in ${summary.milliseconds.toFixed(3)} ms: ${summary.linkMilliseconds.toFixed(3)} ms on the link, ` +
      `${summary.waitedMilliseconds.toFixed(3)} ms of waiting; ${summary.bytesOut} bytes out, ${summary.bytesIn} in; ` +
      `${summary.failed} answered with an error.`,
    damage.length === 0 ? "The recording is whole." : "The recording is not whole, see above.",
  ];
}

function parseCount(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new InvalidArgumentError("Give the number of an exchange, from 1.");
}
