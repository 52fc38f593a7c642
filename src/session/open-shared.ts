import { isProbityError, ProbityError } from "../base/errors.ts";
import { isServerGone } from "../link/gone.ts";
import type { Link } from "../link/link.ts";
import { type StlinkServerAddress, serverName } from "../link/stlink-server/address.ts";
import { openStlinkServerLink } from "../link/stlink-server/open.ts";
import { askIdentity } from "../probe/stlink/open.ts";
import { simulatedSerial } from "./open-simulated.ts";
import type { OpenedLink } from "./opened-link.ts";
import type { ProbeSpec } from "./probe-spec.ts";
import { StartedServer } from "./started-server.ts";

/** What `-t` (`--shared`) needs to know. */
export interface SharedChoice {
  /** Where the server is looked for on this machine, and where ours is started when there is none. */
  readonly port: number;
  /** The command that starts `probity`: a program and its first words. */
  readonly program: readonly string[];
  /** Lines as ST's stlink-server prints them, and ours; for stderr. */
  readonly say: (line: string) => void;
}

/** A probe that can be shared from here: on USB, or virtual. */
export type SharableSpec = Extract<ProbeSpec, { kind: "usb" | "sim" }>;

const HOST = "127.0.0.1";
/** Milliseconds in which a server that was started has to answer. */
const START_PATIENCE = 20_000;
/** Milliseconds between two looks whether it does. */
const START_PAUSE = 50;
/** Milliseconds between two starts for a session that waits for its probe. */
const RESTART_PAUSE = 3000;

/**
 * Opens a probe through the stlink-server of this machine; when none runs, starts `probity share` with this probe, which
 * ends by itself when nobody uses it any more. `direct` opens the probe without a server: to learn why the server could not.
 * Rejects as opening from a server does, as `direct` does, and with `link-server-failed`.
 */
export async function openShared(
  spec: SharableSpec,
  serial: string | undefined,
  choice: SharedChoice,
  direct: () => Promise<OpenedLink>,
): Promise<OpenedLink> {
  const wanted = spec.kind === "sim" ? (serial ?? simulatedSerial(spec)) : (spec.serial ?? serial);
  const address = { host: HOST, port: choice.port, ...(wanted !== undefined && { serial: wanted }) };
  const { say } = choice;
  say(`Info : default port : ${choice.port}`);
  let link = await openIfServed(address);
  if (link !== undefined) {
    say("Info : stlinkserver already running, exit");
    if (spec.kind === "sim" && spec.keys.size > 0) {
      say(
        "Note: the board of the server that runs is used as it is; what follows the ? after --probe sim: does nothing.",
      );
    }
  } else {
    link = await start(spec, address, choice, direct);
    say(`Info : Remote address: ${HOST}`);
    const { generation, firmware, productId } = await askIdentity(link);
    const pid = productId.toString(16).toUpperCase().padStart(4, "0");
    say(`Info : STLINK${generation} v${firmware.slice(1)}, PID 0x${pid}`);
  }
  return { link: restarting(link, spec, address, choice), clock: link.clock, dispose: () => {} };
}

/** `undefined` when no server is there, or it is about to end. */
async function openIfServed(address: StlinkServerAddress): Promise<Link | undefined> {
  for (let tries = 0; ; tries++) {
    try {
      return await openStlinkServerLink(address);
    } catch (error) {
      if (isProbityError(error, "link-server-absent")) return undefined;
      // One that is about to end may take the connection and hang up.
      if (!isServerGone(error) || tries > 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function start(
  spec: SharableSpec,
  address: StlinkServerAddress,
  choice: SharedChoice,
  direct: () => Promise<OpenedLink>,
): Promise<Link> {
  let said: string | undefined;
  for (const probes of await probesToShare(spec, address.serial)) {
    const words = shareWords(address.port, probes);
    const server = new StartedServer([...choice.program, ...words]);
    try {
      const link = await openOnceServed(address, server);
      if (link !== undefined) return link;
      said = server.firstWords;
    } catch (error) {
      server.kill();
      throw error;
    } finally {
      server.release();
    }
  }
  // The server can't tell us its error, but opening the probe here meets the same.
  const opened = await direct();
  await opened.link.close().catch(() => {});
  opened.dispose();
  const words = shareWords(address.port, [probeText(spec)]).join(" ");
  throw new ProbityError("link-server-failed", `The server that was to share the probe ended: ${said ?? "no word"}.`, {
    facts: { server: serverName(address), command: words },
    remedy: [`Start it by hand and look at what it says: probity ${words}`, "Or leave -t (--shared) out."],
  });
}

/** `undefined` when the server has ended and no other serves in its place. Rejects when it is there and has no such probe. */
async function openOnceServed(address: StlinkServerAddress, server: StartedServer): Promise<Link | undefined> {
  for (const end = performance.now() + START_PATIENCE; ; ) {
    // Asked before the look: a server that ended because another had the port is no reason to give up.
    const { ended } = server;
    const link = await openIfServed(address);
    if (link !== undefined || ended) return link;
    if (performance.now() >= end) {
      const server = serverName(address);
      throw new ProbityError(
        "link-server-failed",
        `The server that was started did not answer in ${START_PATIENCE} ms.`,
        {
          facts: { server },
          remedy: ["Try again, or leave -t (--shared) out."],
        },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, START_PAUSE));
  }
}

function shareWords(port: number, probes: readonly string[]): string[] {
  return ["share", "--port", String(port), "--until-unused", ...probes.flatMap((probe) => ["--probe", probe])];
}

/**
 * What the server shall share, best first. As ST's, it shares all ST-LINKs on USB, so that the next one with `-t` finds
 * its own; where one of them can't be had, the one that is wanted has to do.
 */
async function probesToShare(spec: SharableSpec, serial: string | undefined): Promise<string[][]> {
  if (spec.kind === "sim") return [[probeText(spec)]];
  const alone = [serial === undefined ? "usb" : `usb:${serial}`];
  const { listUsbProbes } = await import("../link/usb/devices.ts");
  const found = (await listUsbProbes().catch(() => [])).filter(({ unusable }) => unusable === undefined);
  return found.length < 2 ? [alone] : [found.map((probe) => `usb:${probe.serial}`), alone];
}

/** As it stood after `--probe`. */
function probeText(spec: SharableSpec): string {
  if (spec.kind === "usb") return spec.serial === undefined ? "usb" : `usb:${spec.serial}`;
  const keys = [...spec.keys].map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return keys.length === 0 ? `sim:${spec.board}` : `sim:${spec.board}?${keys.join("&")}`;
}

/** The link, which on being opened again starts a server when none is there any more. */
function restarting(link: Link, spec: SharableSpec, address: StlinkServerAddress, choice: SharedChoice): Link {
  let next = 0;
  return {
    ...link,
    reopen: async () => {
      try {
        await link.reopen?.();
      } catch (error) {
        const now = performance.now();
        if (isServerGone(error) && now >= next) {
          next = now + RESTART_PAUSE;
          const words = shareWords(address.port, (await probesToShare(spec, address.serial))[0]);
          new StartedServer([...choice.program, ...words]).release();
        }
        throw error;
      }
    },
  };
}
