import { afterEach } from "vitest";
import type { Link } from "../../src/link/link.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { type StlinkServerOptions, StlinkServerPort } from "../../src/stlink-server/stlink-server-port.ts";
import { ScriptedTarget } from "../scripted-target.ts";
import { Client, type OpenedClient } from "./tcp-client.ts";

/** What a server of one virtual probe is tested with. */
export interface ShareBench {
  readonly server: StlinkServerPort;
  readonly target: ScriptedTarget;
  readonly probe: SimulatedProbe;
  /** Debug commands as they went to the probe: their second byte in hexadecimal, or the first of others. */
  readonly sent: string[];
  /** A client that has opened the probe; ended after the test. */
  open(): Promise<OpenedClient>;
  /** A connection; ended after the test. */
  connect(): Promise<Client>;
}

export interface ShareBenchOptions extends StlinkServerOptions {
  readonly kind?: VirtualProbeKind;
  readonly firmware?: string;
  /** Milliseconds that each transfer takes. */
  readonly slow?: number;
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Ended after the test, the last first. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

export async function shareBench(options: ShareBenchOptions = {}): Promise<ShareBench> {
  const target = new ScriptedTarget();
  const identity = virtualProbeIdentity(options.kind ?? "v2-1", { firmware: options.firmware });
  const probe = new SimulatedProbe({ identity, target });
  const sent: string[] = [];
  const server = await StlinkServerPort.listen([slowed(probe.asLink(), options.slow ?? 0)], {
    ...options,
    onCommand: (block) => sent.push((block[0] === 0xf2 ? block[1] : block[0]).toString(16).padStart(2, "0")),
  });
  ends.push(() => server.close());
  const connect = async (): Promise<Client> => {
    const client = await Client.connect(server.port);
    ends.push(() => client.close());
    return client;
  };
  const open = async (): Promise<OpenedClient> => {
    const opened = await Client.opened(server.port);
    ends.push(() => opened.close());
    return opened;
  };
  return { server, target, probe, sent, open, connect };
}

/** A link whose transfers take `milliseconds`, one after the other as on USB. */
function slowed(link: Link, milliseconds: number): Link {
  if (milliseconds === 0) return link;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ...link,
    transfer: (block, write, readLength) => {
      const reply = turn.then(() => pause(milliseconds)).then(() => link.transfer(block, write, readLength));
      turn = reply.catch(() => {});
      return reply;
    },
  };
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until `holds`, at most `milliseconds`. */
export async function until(holds: () => boolean, milliseconds = 2000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds() && performance.now() < end) await pause(5);
  if (!holds()) throw new Error("it does not come about");
}
