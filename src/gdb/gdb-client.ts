import type { DebugSession } from "../session/debug-session.ts";
import type { BreakpointSet } from "./breakpoint-set.ts";
import type { RunControl } from "./run-control.ts";

/** ST's log level bits: errors, warnings, communication, information, hardware. */
export type LogLevel = 1 | 2 | 4 | 8 | 16;

/** One debugger, as the packet families see it. */
export interface GdbClient {
  /** Counts up from 1 with every connection. */
  readonly id: number;
  readonly session: DebugSession;
  readonly breakpoints: BreakpointSet;
  readonly run: RunControl;
  /** Largest payload that we take and send, in bytes. */
  readonly packetSize: number;
  /** What the debugger said in `qSupported`, such as `swbreak+`. */
  readonly announced: Set<string>;
  /** `!` was sent: `run`, `kill` and `attach` keep the connection. */
  extended: boolean;
  /** The debugger has left (`D`) or killed (`vKill`) the program but keeps the connection. */
  attached: boolean;
  /** It is in the middle of a `load`: what it asked of flash is gathered, but not carried out. */
  loading: boolean;
  /** The debugger that controls the core: the oldest. Others watch. */
  readonly controlling: boolean;
  /** DP SELECT as `monitor WriteDP` set it; `monitor ReadAP` obeys it. */
  dpSelect: number;

  /** Sends a packet outside the order of replies: console output, stop replies. */
  send(payload: string): void;
  /** Shows a line in the debugger's console: at once where the protocol allows it, else as soon as it does. */
  console(text: string): void;
  /** From here to {@link closeConsole} the protocol allows console output (the debugger waits in `qRcmd`). */
  openConsole(): void;
  closeConsole(): void;
  /** Sends the lines that had to wait. */
  flushConsole(): void;
  /** Halts as a debugger's connect does (by the server's options). */
  attach(): Promise<void>;
  /** Takes back what this debugger set and lets the core run if that is wanted. */
  detach(): Promise<void>;
  startNoAckMode(): void;
  /** Closes the connection once the replies are out. */
  end(): void;
  /**
   * Has the cause of a failure looked for, and resolves to what the debugger is told of it: an error that names the cause,
   * or the same error. Never rejects. The error is logged as `text`, its own if left out.
   */
  explain(error: unknown, text?: string, level?: LogLevel): Promise<unknown>;
  log(source: string, text: string, level: LogLevel): void;
}
