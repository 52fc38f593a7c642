import { afterEach } from "vitest";
import { systemWallTime } from "../../src/base/wall-time.ts";
import { openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import type { ServerPatience } from "../../src/link/stlink-server/wire.ts";
import { createBoard } from "../../src/sim/boards/boards.ts";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { FakeServer } from "./fake-server.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Done after the test, last first. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

/** Milliseconds that a test can wait. */
export const hasty: ServerPatience = { connect: 400, reply: 400, afterFailure: 30, busy: 200 };

/** In step with the time on the wall, as a server shares it. */
export function virtualProbe(): SimulatedProbe {
  const board = createBoard("bluepill");
  const probe = new SimulatedProbe({
    identity: virtualProbeIdentity("v2-1"),
    target: board.chip,
    wallTime: systemWallTime,
  });
  atEnd(() => probe.dispose());
  return probe;
}

/** A fake server with one virtual probe. */
export async function serverWithProbe(port = 0): Promise<{ server: FakeServer; probe: SimulatedProbe }> {
  const probe = virtualProbe();
  const server = await FakeServer.start([{ serial: probe.identity.serial, link: probe.asLink() }], port);
  atEnd(() => server.stop());
  return { server, probe };
}

export async function openHastily(server: FakeServer, patience = hasty) {
  const link = await openStlinkServerLink(server.address, patience);
  atEnd(() => link.close());
  return link;
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
