import { ProbityError } from "../../base/errors.ts";
import { defaultServerPort } from "./address.ts";

/** Nobody listens there, or the machine is not found. */
export function serverAbsent(server: string, cause: NodeJS.ErrnoException): ProbityError {
  const system = cause.code ?? cause.message;
  return new ProbityError("link-server-absent", `No stlink-server answers at ${server} (${system}).`, {
    facts: { server, system },
    remedy: [
      "Start one where the probe is: `probity share` there, with --bind ADDRESS for other machines.",
      "Correct host and port after tcp:.",
    ],
    cause,
  });
}

/** Something listens there, which is no stlink-server. `answer`: what it sent, if anything. */
export function serverUnfit(server: string, what: string, answer: string | undefined, cause?: unknown): ProbityError {
  return new ProbityError("link-server-unfit", `What listens at ${server} is no usable stlink-server: ${what}.`, {
    facts: { server, what, ...(answer !== undefined && { answer }) },
    remedy: [`Give the port of an stlink-server (ST's and \`probity share\`: ${defaultServerPort}).`],
    cause,
  });
}

const again = "Start the server again where the probe is (`probity share`) and connect anew.";

/** The connection ended in the middle of a session. */
export function serverGone(server: string, cause?: unknown): ProbityError {
  return new ProbityError("link-server-gone", `The server at ${server} closed the connection.`, {
    facts: { server },
    remedy: [again],
    cause,
  });
}

/** What comes is not what was asked for: nothing tells where the next reply would begin. */
export function serverGarbled(server: string, what: string): ProbityError {
  return new ProbityError("link-server-garbled", `The server at ${server} answers out of turn: ${what}.`, {
    facts: { server, what },
    remedy: [again],
  });
}

export function serverSilent(server: string, milliseconds: number): ProbityError {
  return new ProbityError("link-server-silent", `The server at ${server} did not answer within ${milliseconds} ms.`, {
    facts: { server, milliseconds },
    remedy: ["Look at what the server says; the probe may hang: unplug it there and plug it in again.", again],
  });
}

export function linkClosed(server: string): ProbityError {
  return new ProbityError("link-closed", `The link to the server at ${server} has been closed.`, { facts: { server } });
}
