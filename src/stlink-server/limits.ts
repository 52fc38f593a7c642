/** What a server grants its clients; more would let one of them use up what all have. Times are milliseconds. */
export interface ServerLimits {
  /** Connections at a time. */
  readonly clients: number;
  /** Devices that one connection has open at a time. */
  readonly openings: number;
  /** From connecting to the first request, and for the rest of a request that has begun. */
  readonly request: number;
  /** Without a request, for a client that has no device open. */
  readonly idle: number;
  /** For a client to take replies that wait for it. */
  readonly unread: number;
  /** Until the system looks whether a silent client's machine is still there. */
  readonly keepAlive: number;
}

export const serverLimits: ServerLimits = {
  clients: 64,
  openings: 16,
  request: 5000,
  idle: 60_000,
  unread: 10_000,
  keepAlive: 10_000,
};
