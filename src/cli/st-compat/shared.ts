import { ProbityError } from "../../base/errors.ts";
import { defaultServerPort } from "../../link/stlink-server/address.ts";
import type { SharedChoice } from "../../session/open-shared.ts";
import { ownProgram } from "../own-program.ts";
import type { Terminal } from "../terminal.ts";
import type { ServerSettings } from "./option-table.ts";

/** Names another port than ST's for the server that `-t` uses. */
export const sharedPortVariable = "PROBITY_SHARED_PORT";

/** What `-t` (`--shared`) asks for; `undefined` without it. Throws `shared-port-invalid`. */
export function sharedChoice(settings: ServerSettings, terminal: Terminal): SharedChoice | undefined {
  if (!settings.flag("shared")) return undefined;
  return { port: sharedPort(), program: ownProgram(), say: (line) => terminal.error(`${line}\n`) };
}

/** The port of the stlink-server of this machine. Throws `shared-port-invalid`. */
export function sharedPort(text = process.env[sharedPortVariable]): number {
  if (text === undefined || text === "") return defaultServerPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new ProbityError("shared-port-invalid", `${sharedPortVariable}=${text} names no TCP port.`, {
    facts: { value: text },
    remedy: [`Give it a number from 1 to 65535, or leave it out: ${defaultServerPort} is the port of ST's server.`],
  });
}
