import { ProbityError } from "../../base/errors.ts";
import type { Link } from "../../link/link.ts";
import type { Protocol } from "../probe.ts";
import { type StatusContext, statusClass, statusError } from "./status.ts";

/** Attempts after the first when the target's bus is busy; the pause doubles from 1 ms, so 255 ms in all. */
export const waitRetries = 8;

/** Sends commands and looks at their status: the part of the ST-LINK protocol that is the same for every command. */
export class Channel {
  readonly link: Link;
  protocol: Protocol = "swd";

  constructor(link: Link) {
    this.link = link;
  }

  /** Sends a command that has no reply. */
  async send(command: Uint8Array, data?: Uint8Array): Promise<void> {
    await this.link.transfer(command, data);
  }

  /** Sends a command and reads its reply, whose length has to be `length`. */
  async ask(command: Uint8Array, length: number): Promise<Uint8Array> {
    const reply = await this.link.transfer(command, undefined, length);
    if (reply.length < length) {
      throw new ProbityError("probe-short-reply", `The probe answered ${reply.length} of ${length} bytes.`, {
        facts: { command: command[0], subCommand: command[1], expected: length, received: reply.length },
        remedy: ["Unplug the probe and plug it in again.", "Update the probe's firmware with STLinkUpgrade."],
      });
    }
    return reply;
  }

  /**
   * Sends a command whose reply begins with a status, again and again while the status is WAIT, and rejects for any
   * other that isn't success.
   */
  async check(command: Uint8Array, length: number, context: Omit<StatusContext, "protocol">): Promise<Uint8Array> {
    let reply = new Uint8Array();
    const status = await this.retryWait(async () => {
      reply = new Uint8Array(await this.ask(command, length));
      return reply[0];
    });
    if (statusClass(status) !== "ok") throw this.error(status, context);
    return reply;
  }

  /**
   * Runs `attempt`, which resolves to a status, until that is not WAIT or the patience of {@link waitRetries} is over.
   * After a WAIT some V3 firmware answers one AP fault before the access succeeds: that counts as WAIT too.
   */
  async retryWait(attempt: () => Promise<number>): Promise<number> {
    let status = await attempt();
    let waited = false;
    for (let retry = 0; retry < waitRetries; retry++) {
      const isWait = statusClass(status) === "wait";
      if (!isWait && !(waited && status === 0x11)) break;
      waited = isWait;
      await this.link.clock.sleep(2 ** retry);
      status = await attempt();
    }
    return status;
  }

  error(status: number, context: Omit<StatusContext, "protocol">): ProbityError {
    return statusError(status, { ...context, protocol: this.protocol });
  }
}
