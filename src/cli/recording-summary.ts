import type { Recording } from "../link/recording/reader.ts";
import { describeExchange } from "../probe/stlink/describe-command.ts";

/** What a recording comes to. Bytes count commands (16 each) and data; times are milliseconds of the link's clock. */
export interface RecordingSummary {
  readonly exchanges: number;
  readonly failed: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** From the first exchange to the end of the last. */
  readonly milliseconds: number;
  readonly linkMilliseconds: number;
  readonly waitedMilliseconds: number;
  /** By name; what took longest comes first. */
  readonly commands: readonly {
    readonly name: string;
    readonly count: number;
    readonly bytesOut: number;
    readonly bytesIn: number;
    readonly milliseconds: number;
  }[];
}

/** Sums a recording up. */
export function summarise({ exchanges, events }: Recording): RecordingSummary {
  const rows = new Map<
    string,
    { name: string; count: number; bytesOut: number; bytesIn: number; milliseconds: number }
  >();
  let failed = 0;
  for (const exchange of exchanges) {
    const described = describeExchange(exchange, () => undefined);
    const { name } = described;
    if (described.failed) failed++;
    const row = rows.get(name) ?? { name, count: 0, bytesOut: 0, bytesIn: 0, milliseconds: 0 };
    row.count++;
    row.bytesOut += exchange.command.length + (exchange.write?.length ?? 0);
    row.bytesIn += exchange.data.length;
    row.milliseconds += exchange.ended - exchange.started;
    rows.set(name, row);
  }
  const commands = [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  const total = (key: "bytesOut" | "bytesIn" | "milliseconds"): number =>
    commands.reduce((sum, row) => sum + row[key], 0);
  const waits = events.filter((event) => event.kind === "wait");
  return {
    exchanges: exchanges.length,
    failed,
    bytesOut: total("bytesOut"),
    bytesIn: total("bytesIn"),
    milliseconds: (exchanges.at(-1)?.ended ?? 0) - (exchanges[0]?.started ?? 0),
    linkMilliseconds: total("milliseconds"),
    waitedMilliseconds: waits.reduce((sum, wait) => sum + wait.milliseconds, 0),
    commands,
  };
}
