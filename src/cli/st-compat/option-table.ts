/**
 * Every option of ST-LINK_gdbserver 7.x in the order of its help, then our own. This one table drives the parser, the
 * help, the configuration dump of the log file and docs/st-compatibility.md.
 */
export interface ServerOption {
  /** Without dashes; `cp`, `ei` and `el` are two letters behind one dash. */
  readonly short?: string;
  readonly long: string;
  readonly kind: "flag" | "number" | "string" | "list";
  /** What stands for the argument in the help: `<port number>`. */
  readonly argument?: string;
  readonly help: string;
  readonly initial: boolean | number | string;
  /** Position among the rows of the log file's configuration dump, as version 5.3.2 orders them; later options follow. */
  readonly dumpRow?: number;
  /** Set while the feature is still to come: what the option will do. It is accepted and says that it has no effect. */
  readonly noEffectYet?: string;
  /** Not an option of ST's server. */
  readonly ours?: true;
}

export const serverOptions: readonly ServerOption[] = [
  {
    long: "semihost-console-port",
    kind: "number",
    argument: "port number",
    help: "TCP port on which clients get the semihosting console",
    initial: 0,
    noEffectYet: "the semihosting console",
  },
  {
    long: "semihosting",
    kind: "string",
    argument: "semihost level",
    help: "Which semihosting calls the server answers",
    initial: "off",
    noEffectYet: "semihosting",
  },
  {
    long: "external-init",
    kind: "flag",
    help: "Call the external loader's Init() again after every reset",
    initial: false,
  },
  {
    long: "pend-halt-timeout",
    kind: "number",
    argument: "Pending halt timeout",
    help: "Longest wait for the core to halt, in milliseconds",
    initial: 1000,
  },
  { long: "halt", kind: "flag", help: "Halt all cores during reset", initial: false, dumpRow: 0 },
  {
    short: "c",
    long: "config-file",
    kind: "string",
    argument: "config file",
    help: "Take further options from this file",
    initial: "",
    dumpRow: 1,
  },
  {
    short: "e",
    long: "persistent",
    kind: "flag",
    help: "Keep running when the debugger disconnects",
    initial: false,
    dumpRow: 2,
  },
  {
    short: "f",
    long: "log-file",
    kind: "string",
    argument: "log file",
    help: "Write a log to this file",
    initial: "",
    dumpRow: 3,
  },
  {
    short: "l",
    long: "log-level",
    kind: "number",
    argument: "0-31",
    help: "What is logged: 1 errors + 2 warnings + 4 communication + 8 information + 16 hardware; 31 is everything",
    initial: 1,
    dumpRow: 4,
  },
  {
    short: "p",
    long: "port-number",
    kind: "number",
    argument: "port number",
    help: "TCP port for GDB",
    initial: 61234,
    dumpRow: 5,
  },
  { short: "v", long: "verbose", kind: "flag", help: "Log to the console, too", initial: false, dumpRow: 6 },
  {
    short: "r",
    long: "refresh-delay",
    kind: "number",
    argument: "seconds",
    help: "Shortest period of the hardware status poll, in seconds",
    initial: 15,
    dumpRow: 7,
  },
  {
    long: "target-sel",
    kind: "string",
    argument: "SWD multidrop target sel",
    help: "Select a target on an SWD multidrop bus",
    initial: "",
    noEffectYet: "SWD multidrop",
  },
  {
    long: "pcm-pm-force",
    kind: "flag",
    help: "Program flash even if the PCM PM bit is set",
    initial: false,
    noEffectYet: "chips with a PCM",
  },
  {
    long: "incremental",
    kind: "flag",
    help: "Program only the flash pages whose contents change; this server always does",
    initial: false,
  },
  { short: "s", long: "verify", kind: "flag", help: "Verify after a download", initial: false, dumpRow: 8 },
  {
    short: "d",
    long: "swd",
    kind: "flag",
    help: "Debug over SWD. Without it ST's server uses JTAG; this one uses SWD where the board wires no JTAG",
    initial: false,
    dumpRow: 9,
  },
  {
    short: "z",
    long: "swo-port",
    kind: "number",
    argument: "port number",
    help: "TCP port of the SWV stream (default: GDB port + 1)",
    initial: 61235,
    dumpRow: 10,
  },
  {
    short: "a",
    long: "cpu-clock",
    kind: "number",
    argument: "Hz",
    help: "Core clock in Hz, for SWV",
    initial: 8_000_000,
    dumpRow: 11,
  },
  {
    short: "b",
    long: "swo-clock-div",
    kind: "number",
    argument: "divider",
    help: "SWO rate = core clock / divider",
    initial: 128,
    dumpRow: 12,
  },
  {
    short: "k",
    long: "initialize-reset",
    kind: "flag",
    help: "Connect while the target is held under reset",
    initial: false,
    dumpRow: 13,
  },
  {
    short: "q",
    long: "debuggers",
    kind: "flag",
    help: "List the serial numbers of the ST-LINKs attached, and exit",
    initial: false,
    dumpRow: 14,
  },
  {
    short: "i",
    long: "serial-number",
    kind: "string",
    argument: "ST-LINK S/N",
    help: "Use the ST-LINK with this serial number",
    initial: "",
    dumpRow: 15,
  },
  {
    short: "m",
    long: "apid",
    kind: "number",
    argument: "apID",
    help: "Access port of the core to debug",
    initial: 0,
    dumpRow: 16,
  },
  {
    short: "g",
    long: "attach",
    kind: "flag",
    help: "Attach to the running target: no reset",
    initial: false,
    dumpRow: 17,
  },
  {
    short: "t",
    long: "shared",
    kind: "flag",
    help: "Share the ST-LINK with other programs, through an stlink-server on port 7184 that is started unless it runs",
    initial: false,
    dumpRow: 18,
  },
  { long: "erase-all", kind: "flag", help: "Erase all of flash at start", initial: false, dumpRow: 19 },
  {
    long: "memory-map",
    kind: "string",
    argument: "device id",
    help: "Print the memory map of this device id, and exit",
    initial: "",
    dumpRow: 20,
  },
  {
    long: "ext-memory-loaders",
    kind: "flag",
    help: "List the external memory loaders, and exit",
    initial: false,
    dumpRow: 21,
  },
  {
    short: "ei",
    long: "extload_init",
    kind: "list",
    argument: "external loader file",
    help: "External loader whose Init() is called after reset",
    initial: "",
  },
  {
    short: "el",
    long: "extload",
    kind: "list",
    argument: "external loader file",
    help: "External memory loader",
    initial: "",
    dumpRow: 22,
  },
  {
    short: "cp",
    long: "stm32cubeprogrammer-path",
    kind: "string",
    argument: "path",
    help: "Folder of STM32CubeProgrammer; accepted, never needed",
    initial: "",
    dumpRow: 23,
  },
  {
    long: "temp-path",
    kind: "string",
    argument: "path",
    help: "Folder for temporary files; accepted, nothing is put there",
    initial: "",
    dumpRow: 24,
  },
  {
    long: "preserve-temps",
    kind: "flag",
    help: "Keep temporary files; accepted, there are none",
    initial: false,
    dumpRow: 25,
  },
  {
    long: "frequency",
    kind: "number",
    argument: "kHz",
    help: "Highest SWD clock in kHz; the next lower one that the probe has is used",
    initial: -1,
    dumpRow: 26,
  },
  {
    long: "licenses",
    kind: "flag",
    help: "Print the licences of third parties, and exit",
    initial: false,
    dumpRow: 27,
  },
  {
    long: "findings-json",
    kind: "string",
    argument: "file",
    help: "Write what is found to be wrong, and when, to this file: one JSON object a line",
    initial: "",
    ours: true,
  },
  {
    long: "strict-loaders",
    kind: "flag",
    help: "End when an external loader's Init() fails, as ST's server does, instead of going on without its memory",
    initial: false,
    ours: true,
  },
  {
    long: "loader-timeout",
    kind: "number",
    argument: "seconds",
    help: "Longest time for one call of an external loader's function",
    initial: 10,
    ours: true,
  },
  {
    long: "probe",
    kind: "string",
    argument: "probe",
    help: "usb, usb:SERIAL, tcp:HOST[:PORT][/SERIAL], or a virtual board: sim:BOARD[?key=value&...]",
    initial: "usb",
    ours: true,
  },
  {
    long: "engine",
    kind: "string",
    argument: "name",
    help: "Virtual board: what executes the program: interpreter, translator, or check (both, compared)",
    initial: "",
    ours: true,
  },
  {
    long: "record",
    kind: "string",
    argument: "file",
    help: "Write everything that goes over the link to this file; --probe replay:FILE plays it back",
    initial: "",
    ours: true,
  },
  {
    long: "redact",
    kind: "flag",
    help: "With --record: leave out what memories hold, and the probe's serial number",
    initial: false,
    ours: true,
  },
  {
    long: "bind",
    kind: "string",
    argument: "address",
    help: "Address on which the server listens (ST's listens on all)",
    initial: "127.0.0.1",
    ours: true,
  },
  {
    long: "uart",
    kind: "list",
    argument: "usartN[:port]",
    help: "Virtual board: show what this USART sends, on the console or on a TCP port",
    initial: "",
    ours: true,
  },
  {
    long: "ignore-rest",
    kind: "flag",
    help: "Ignores the rest of the labeled arguments following this flag.",
    initial: false,
    dumpRow: 28,
  },
  { long: "version", kind: "flag", help: "Displays version information and exits.", initial: false, dumpRow: 29 },
  {
    short: "h",
    long: "help",
    kind: "flag",
    help: "Displays usage information and exits.",
    initial: false,
    dumpRow: 30,
  },
];

/** What the command line came to: values by long name, and which were given by the user. */
export class ServerSettings {
  readonly #values = new Map<string, string | number | boolean | readonly string[]>();
  readonly #given = new Set<string>();

  set(option: ServerOption, value: string | number | boolean): void {
    if (option.kind === "list") this.#values.set(option.long, [...this.list(option.long), String(value)]);
    else this.#values.set(option.long, value);
    this.#given.add(option.long);
  }

  /** True when the user gave this option. */
  given(long: string): boolean {
    return this.#given.has(long);
  }

  flag(long: string): boolean {
    return this.#read(long) === true;
  }

  number(long: string): number {
    return Number(this.#read(long));
  }

  text(long: string): string {
    return String(this.#read(long));
  }

  list(long: string): readonly string[] {
    const value = this.#values.get(long);
    return Array.isArray(value) ? value : [];
  }

  #read(long: string): string | number | boolean | readonly string[] {
    const option = serverOptions.find((candidate) => candidate.long === long);
    if (option === undefined) throw new RangeError(`no option --${long} in the table`);
    return this.#values.get(long) ?? option.initial;
  }
}
