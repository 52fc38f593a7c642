import type { Facts } from "../../base/errors.ts";
import type { LinkLimits } from "../link.ts";

/** An error that ended an exchange, as it can be thrown again. */
export interface RecordedError {
  readonly code: string;
  readonly message: string;
  readonly facts: Facts;
  readonly remedy: readonly string[];
}

/** One command with its data phase, or one read of the trace endpoint. Times are milliseconds of the link's clock. */
export interface Exchange {
  readonly kind: "transfer" | "trace";
  /** Counted from 1 through the whole recording. */
  readonly number: number;
  readonly started: number;
  readonly ended: number;
  /** 16 bytes; empty for a read of the trace endpoint. */
  readonly command: Uint8Array;
  /** What was sent after the command, if anything was. */
  readonly write: Uint8Array | undefined;
  /** How many bytes were asked for. */
  readonly readLength: number;
  /** What came; empty when an error came in its place. */
  readonly data: Uint8Array;
  readonly error?: RecordedError;
  /** Memory contents were replaced by zeros. */
  readonly redacted?: boolean;
}

/** Time that the host let pass on the link's clock. */
export interface Wait {
  readonly kind: "wait";
  /** Milliseconds that were asked for. */
  readonly milliseconds: number;
  readonly ended: number;
}

export type RecordedEvent = Exchange | Wait;

/** What stands at the beginning of a recording. */
export interface RecordingHeader {
  /** Who recorded it: `probity 0.1.0`. */
  readonly tool: string;
  /** When it began, ISO 8601. */
  readonly date: string;
  /** The words of the command line. */
  readonly command: readonly string[];
  /** The far end, as the link told it. The serial number is a hash where {@link redacted} is set. */
  readonly link: {
    readonly name: string;
    readonly vendorId: number;
    readonly productId: number;
    readonly serial: string;
    /** What the link could not carry, as far as it could not. */
    readonly limits?: LinkLimits;
    /** How many other programs used the probe at the beginning, where that could be told. */
    readonly others?: number;
  };
  /** Memory contents and the probe's serial number were left out. */
  readonly redacted: boolean;
}

/** What goes over a link before it is known how it ends. */
export type Asked = Pick<Exchange, "kind" | "command" | "write" | "readLength">;
