import { type ServerSettings, serverOptions } from "./option-table.ts";

/** Bits of `--log-level`. */
export const logBits = { error: 1, warning: 2, communication: 4, information: 8, hardware: 16 } as const;
export type LogBit = (typeof logBits)[keyof typeof logBits];

/** Where the log goes. Both write whole lines, at once. */
export interface LogSinks {
  /** The `-f` file; undefined when none was asked for. */
  readonly file?: (text: string) => void;
  /** The console, for `-v`. */
  readonly console?: (text: string) => void;
}

/**
 * The log in ST's format: `[s.mmm] function():  message` in the file, the bare message on the console. A message is
 * written when its bit is set in the level.
 */
export class ServerLog {
  readonly #sinks: LogSinks;
  readonly #level: number;
  readonly #seconds: () => number;

  constructor(sinks: LogSinks, level: number, seconds: () => number) {
    this.#sinks = sinks;
    this.#level = level;
    this.#seconds = seconds;
  }

  /** `[0.030]`: seconds since the start with three decimals. */
  stamp(): string {
    return `[${this.#seconds().toFixed(3)}]`;
  }

  line(source: string, text: string, bit: LogBit): void {
    if ((this.#level & bit) === 0) return;
    this.#sinks.file?.(`${this.stamp()} ${source}():  ${text}\n`);
    this.#sinks.console?.(`${text}\n`);
  }

  /** To the file alone and whatever the level: the configuration, the title, a fatal error. */
  fileLine(source: string, text: string): void {
    this.#sinks.file?.(`${this.stamp()} ${source}():  ${text}\n`);
  }

  /** The rows that record every option, `+` before those that the user gave. */
  configuration(settings: ServerSettings): void {
    const source = "initConfigParams";
    this.fileLine(source, "Configuration flags start");
    const rows = [...serverOptions].sort(
      (a, b) => (a.dumpRow ?? Number.POSITIVE_INFINITY) - (b.dumpRow ?? Number.POSITIVE_INFINITY),
    );
    for (const option of rows) {
      const given = settings.given(option.long) ? "+" : " ";
      this.fileLine(source, `${given}${option.long.padEnd(31)}${dumpValue(settings, option.long, option.kind)}`);
    }
    this.fileLine(source, "Configuration flags end");
  }

  /** A fatal error as ST writes it: a second time stamp stands in the middle of its last line. */
  fatal(reason: string): void {
    this.#sinks.file?.(
      `${this.stamp()} initServerContext():  \nError in initializing ST-LINK device.\n` +
        `Reason: ${this.stamp()} initServerContext():  ${reason}\n`,
    );
  }
}

function dumpValue(settings: ServerSettings, long: string, kind: string): string {
  if (kind === "flag") return String(settings.flag(long));
  if (kind === "number") return String(settings.number(long));
  if (kind === "list") {
    const values = settings.list(long);
    return values.length === 0 ? '""' : values.map((value) => `"${value}"`).join(" ");
  }
  return `"${settings.text(long)}"`;
}
