import { ProbityError } from "../../base/errors.ts";
import type { Link } from "../../link/link.ts";
import type { ProbeIdentity } from "../probe.ts";
import { Channel } from "./channel.ts";
import { block, debug, group, mode } from "./commands.ts";
import { StlinkProbe } from "./stlink-probe.ts";
import { identityOf, needsVersionEx, parseVersion, parseVersionEx } from "./version.ts";

/**
 * Opens the ST-LINK at the other end of `link`: asks what it is and brings it to rest, whatever a program before left
 * it at. The target is not touched. Rejects with `probe-v1-unsupported`, `probe-without-debug`, `probe-in-bootloader`,
 * or whatever the link says.
 */
export async function openStlinkProbe(link: Link): Promise<StlinkProbe> {
  const identity = await askIdentity(link);
  await bringToRest(link);
  return new StlinkProbe(link, identity);
}

/** Asks an ST-LINK what it is, and does nothing else. Rejects as {@link openStlinkProbe} does. */
export async function askIdentity(link: Link): Promise<ProbeIdentity> {
  const channel = new Channel(link);
  const reply = await channel.ask(block(group.getVersion), 6);
  const version = needsVersionEx(reply)
    ? parseVersionEx(await channel.ask(block(group.getVersionEx), 12))
    : parseVersion(reply);
  return identityOf(version, link.info);
}

/**
 * Leaves the mode in which the probe is: old firmware boots into DFU, a killed debugger leaves DEBUG. Rejects with
 * `probe-mode-stuck`.
 */
export async function bringToRest(link: Link): Promise<void> {
  const channel = new Channel(link);
  const current = async (): Promise<number> => (await channel.ask(block(group.getCurrentMode), 2))[0];
  const was = await current();
  if (was === mode.dfu) await channel.send(block(group.dfu, 0x07));
  else if (was === mode.debug) await channel.send(block(group.debug, debug.exit));
  else if (was === mode.swim) await channel.send(block(group.swim, 0x01));
  else return;
  const now = await current();
  // Where others use the probe, too, a server lets nobody end their session.
  if (now === was && was === mode.debug && link.others !== undefined) return;
  if (now === was) {
    throw new ProbityError("probe-mode-stuck", `The probe does not leave its mode ${was} (0 DFU, 2 DEBUG, 3 SWIM).`, {
      facts: { mode: was },
      remedy: ["Unplug the probe and plug it in again."],
    });
  }
}
