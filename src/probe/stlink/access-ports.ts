import type { ProbeIdentity } from "../probe.ts";
import type { Channel } from "./channel.ts";
import { block, debug, group } from "./commands.ts";
import { hasFeature } from "./features.ts";
import { firmwareTooOld } from "./firmware-too-old.ts";
import { statusClass } from "./status.ts";

/** The access ports that the firmware keeps open: it serves no other, and closes them all when debug mode is left. */
export class AccessPorts {
  readonly #channel: Channel;
  readonly #identity: ProbeIdentity;
  readonly #open = new Set<number>();

  constructor(channel: Channel, identity: ProbeIdentity) {
    this.#channel = channel;
    this.#identity = identity;
  }

  /** Those that are open, oldest first. */
  get open(): readonly number[] {
    return [...this.#open];
  }

  get empty(): boolean {
    return this.#open.size === 0;
  }

  /** Debug mode was left. */
  forget(): void {
    this.#open.clear();
  }

  /** Opens an access port unless it is open. Rejects with `probe-firmware-too-old` where the firmware knows port 0 alone. */
  async ensure(ap: number): Promise<void> {
    if (this.#open.has(ap)) return;
    if (hasFeature(this.#identity, "accessPorts")) await this.openPort(ap);
    else if (ap !== 0) throw firmwareTooOld(this.#identity, "accessPorts", `access port ${ap}`);
  }

  /** Opens an access port whatever is known of it; the oldest is closed where there are too many. */
  async openPort(ap: number): Promise<void> {
    const context = { doing: `opening access port ${ap}`, facts: { ap } };
    const attempt = async (): Promise<number> => {
      return (await this.#channel.ask(block(group.debug, debug.initAp, ap), 2))[0];
    };
    let status = await this.#channel.retryWait(attempt);
    const [oldest] = this.#open;
    if (statusClass(status) === "too-many-aps" && oldest !== undefined) {
      await this.closePort(oldest);
      status = await this.#channel.retryWait(attempt);
    }
    if (statusClass(status) !== "ok") throw this.#channel.error(status, context);
    this.#open.add(ap);
  }

  async closePort(ap: number): Promise<void> {
    const [status] = await this.#channel.ask(block(group.debug, debug.closeAp, ap), 2);
    this.#open.delete(ap);
    if (hasFeature(this.#identity, "closeApStatus") && statusClass(status) !== "ok") {
      throw this.#channel.error(status, { doing: `closing access port ${ap}`, facts: { ap } });
    }
  }

  /** The firmware closed them by itself. */
  async reopen(): Promise<void> {
    const open = this.open;
    this.#open.clear();
    for (const ap of open) await this.openPort(ap);
  }
}
