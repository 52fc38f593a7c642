/** The port of ST's stlink-server and of `probity share`. */
export const defaultServerPort = 7184;

/** Where an stlink-server listens, and which of its probes is meant. */
export interface StlinkServerAddress {
  readonly host: string;
  readonly port: number;
  /** Which of the server's probes; may be left out when there is just one. */
  readonly serial?: string;
}

/** As a user would write it after `--probe`: `tcp:lab:7184`. */
export function serverName({ host, port }: Pick<StlinkServerAddress, "host" | "port">): string {
  return `tcp:${host.includes(":") ? `[${host}]` : host}:${port}`;
}
