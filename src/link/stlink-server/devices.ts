import { readU32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import { serialText, usbProduct } from "../usb/products.ts";
import { type StlinkServerAddress, serverName } from "./address.ts";
import { serverUnfit } from "./errors.ts";
import {
  getDeviceCount,
  getDeviceInfo,
  type ListedProbe,
  MOST_DEVICES,
  readDeviceInfo,
  refreshDevices,
  STATUS,
  statusText,
} from "./protocol.ts";
import type { ServerWire } from "./wire.ts";

/** The server's probes. Rejects with `link-server-unfit` for a list that makes no sense, and as {@link ServerWire.ask}. */
export async function listDevices(wire: ServerWire): Promise<ListedProbe[]> {
  const { status } = await wire.ask(refreshDevices);
  if (status !== STATUS.ok) throw serverUnfit(wire.name, `it can't list probes: ${statusText(status)}`, undefined);
  const count = readU32((await wire.ask(getDeviceCount)).data, 0);
  if (count > MOST_DEVICES) throw serverUnfit(wire.name, `it counts ${count} probes`, undefined);
  const found: ListedProbe[] = [];
  for (let index = 0; index < count; index++) {
    const info = await wire.ask(getDeviceInfo(index));
    // It may have been unplugged since the count.
    if (info.status === STATUS.ok) found.push(readDeviceInfo(info.data));
  }
  return found;
}

/** The probe that is meant. Throws `link-no-probe`, `link-several-probes`, `link-serial-not-found`, or why it can't be used. */
export function chooseDevice(found: readonly ListedProbe[], address: StlinkServerAddress): ListedProbe {
  const server = serverName(address);
  const probe = choose(found, address, server);
  const refusal = usbProduct(probe.vendorId, probe.productId)?.refusal;
  if (refusal !== undefined) {
    throw new ProbityError(refusal.code, `The server's ST-LINK can't be used: ${refusal.reason}.`, {
      facts: { server, productId: probe.productId, serial: probe.serial },
      remedy: refusal.remedy,
    });
  }
  return probe;
}

function choose(found: readonly ListedProbe[], { serial }: StlinkServerAddress, server: string): ListedProbe {
  const there = found.map((probe) => probe.serial).join(", ");
  if (found.length === 0) {
    throw new ProbityError("link-no-probe", `The server at ${server} has no ST-LINK.`, {
      facts: { server },
      remedy: ["Plug the probe in at the machine on which the server runs."],
    });
  }
  if (serial === undefined) {
    if (found.length === 1) return found[0];
    throw new ProbityError(
      "link-several-probes",
      `The server at ${server} has ${found.length} ST-LINKs; one has to be chosen.`,
      { facts: { server, serials: there }, remedy: [`Name one: -i SERIAL, or --probe ${server}/SERIAL.`] },
    );
  }
  const wanted = [serial.toUpperCase(), serialText(serial)];
  const match = found.find((probe) => wanted.includes(probe.serial));
  if (match !== undefined) return match;
  throw new ProbityError("link-serial-not-found", `The server at ${server} has no ST-LINK ${serial}.`, {
    facts: { server, serial, there },
    remedy: ["Correct or leave out the serial number."],
  });
}
