import { readU16 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { LinkInfo } from "../../link/link.ts";
import type { ProbeIdentity } from "../probe.ts";

/** Product ids of the V2-1 line, whose second figure is the mass-storage version, not SWIM's. */
const v21Products = new Set([0x3742, 0x374a, 0x374b, 0x3752]);

/** USB loaders: the probe waits for a firmware update. */
const loaderProducts = new Set([0x374d, 0x3755]);

export interface ParsedVersion {
  readonly generation: ProbeIdentity["generation"];
  readonly firmware: string;
  readonly jtagVersion: number;
  readonly vendorId: number;
  readonly productId: number;
}

/** True when GET_VERSION says nothing but the generation, so that GET_VERSION_EX has to be asked. */
export function needsVersionEx(reply: Uint8Array): boolean {
  const word = (reply[0] << 8) | reply[1];
  return word >> 12 >= 3 && (word & 0xfff) === 0;
}

/** Reads the 6-byte answer of GET_VERSION: a big-endian word of hardware, JTAG and SWIM (or mass storage) versions. */
export function parseVersion(reply: Uint8Array): ParsedVersion {
  const word = (reply[0] << 8) | reply[1];
  const hardware = word >> 12;
  let jtag = (word >> 6) & 0x3f;
  const last = word & 0x3f;
  const vendorId = readU16(reply, 2);
  const productId = readU16(reply, 4);
  const isV21 = v21Products.has(productId);
  let lastLetter = isV21 ? "M" : "S";
  // Some Nucleo and Discovery images have SWIM alone and put their two figures where J and M are otherwise.
  if (isV21 && ((jtag <= 22 && last === 7) || (jtag >= 25 && last >= 7 && last <= 12))) {
    lastLetter = "S";
    jtag = 0;
  }
  const generation = hardware === 1 ? "V1" : hardware === 2 ? (isV21 ? "V2-1" : "V2") : hardware === 3 ? "V3" : "V3PWR";
  return {
    generation,
    firmware: `V${hardware}${jtag > 0 ? `J${jtag}` : ""}${last > 0 || jtag > 0 ? `${lastLetter}${last}` : ""}`,
    jtagVersion: jtag,
    vendorId,
    productId,
  };
}

/** Reads the 12-byte answer of GET_VERSION_EX: one byte a version, and the USB ids. */
export function parseVersionEx(reply: Uint8Array): ParsedVersion {
  const [hardware, swim, jtag, msd, bridge, power] = reply;
  const part = (letter: string, value: number): string => (value > 0 ? `${letter}${value}` : "");
  return {
    generation: hardware >= 4 ? "V3PWR" : "V3",
    firmware: `V${hardware}J${jtag}${part("M", msd)}${part("B", bridge)}${part("S", swim)}${part("P", power)}`,
    jtagVersion: jtag,
    vendorId: readU16(reply, 8),
    productId: readU16(reply, 10),
  };
}

/** The identity of a probe that can be worked with; rejects those that can't, and says why. */
export function identityOf(version: ParsedVersion, info: LinkInfo): ProbeIdentity {
  const productId = version.productId || info.productId;
  const facts = { firmware: version.firmware, productId, serial: info.serial };
  if (loaderProducts.has(productId)) {
    throw new ProbityError("probe-in-bootloader", "The ST-LINK is in its update mode and can't debug.", {
      facts,
      remedy: ["Unplug the probe and plug it in again.", "If it stays so, load firmware into it with STLinkUpgrade."],
    });
  }
  if (version.generation === "V1") {
    throw new ProbityError(
      "probe-v1-unsupported",
      "This is an ST-LINK/V1; it speaks SCSI commands that are not supported.",
      {
        facts,
        remedy: ["Use an ST-LINK/V2, V2-1 or V3."],
      },
    );
  }
  if (version.jtagVersion === 0) {
    throw new ProbityError(
      "probe-without-debug",
      `The probe's firmware ${version.firmware} has no JTAG/SWD part; it can program STM8 over SWIM alone.`,
      { facts, remedy: ["Update the probe's firmware with STLinkUpgrade to a version with a J number."] },
    );
  }
  return {
    generation: version.generation,
    firmware: version.firmware,
    jtagVersion: version.jtagVersion,
    vendorId: version.vendorId || info.vendorId,
    productId,
    serial: info.serial,
  };
}
