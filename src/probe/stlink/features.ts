import type { LinkLimits } from "../../link/link.ts";
import type { ProbeIdentity } from "../probe.ts";

/**
 * From which firmware on a feature exists: the J version for V2 and V2-1, and for V3 (0: every V3). `null`: this
 * generation never has it. A V3PWR has all that a V3 can have.
 */
const gates = {
  /** 40–42. */
  trace: { v2: 13, v3: 0 },
  /** F7. */
  targetVoltage: { v2: 13, v3: 0 },
  /** 3E in place of 3B: says where a transfer faulted. */
  lastRwStatus2: { v2: 15, v3: 0 },
  /** S0–S31 and FPSCR by 33 and 34. */
  fpuRegisters: { v2: 15, v3: 0 },
  /** ENTER with A4; older firmware pulses NRST when it enters JTAG. */
  jtagWithoutReset: { v2: 15, v3: 0 },
  /** 43. ST's own list says J20; the only driver that was tried on many probes asks for J22. */
  swdFrequency: { v2: 22, v3: null },
  /** 44. */
  jtagFrequency: { v2: 24, v3: null },
  /** 45 and 46. */
  dapRegisters: { v2: 24, v3: 0 },
  /** 47 and 48. */
  halfWordMemory: { v2: 26, v3: 1 },
  /** 4B and 4C; other access ports than 0. */
  accessPorts: { v2: 28, v3: 0 },
  /** 4C answers with a true status; J28 always says BAD_AP. */
  closeApStatus: { v2: 29, v3: 0 },
  /** DP registers beyond bank 0; also ends the delay of DP reads over JTAG. */
  dpBanks: { v2: 32, v3: 2 },
  /** 51 and 52. */
  wordQueue: { v2: 32, v3: 2 },
  /** 56. */
  boardIdentifiers: { v2: 36, v3: 6 },
  /** 8-bit transfers of up to 512 bytes. */
  longByteTransfers: { v2: null, v3: 6 },
  /** 61–63. */
  frequencyList: { v2: null, v3: 0 },
} as const;

export type Feature = keyof typeof gates;

/** Answers whether a probe with this identity has a feature. */
export function hasFeature(identity: Pick<ProbeIdentity, "generation" | "jtagVersion">, feature: Feature): boolean {
  const { v2, v3 } = gates[feature];
  switch (identity.generation) {
    case "V1":
      return false;
    case "V2":
    case "V2-1":
      return v2 !== null && identity.jtagVersion >= v2;
    case "V3":
      return v3 !== null && identity.jtagVersion >= v3;
    case "V3PWR":
      return v3 !== null;
  }
}

/** The first firmware that has the feature, as a user would look for it: `V2J26 or V3J1`. */
export function firmwareFor(feature: Feature): string {
  const { v2, v3 } = gates[feature];
  const names: string[] = [];
  if (v2 !== null) names.push(`V2J${v2}`);
  if (v3 !== null) names.push(v3 === 0 ? "any V3" : `V3J${v3}`);
  return names.join(" or ");
}

/**
 * Largest data phases in bytes, and the length of the word queue in items (stlink-org and OpenOCD agree); a link may carry
 * less.
 */
export function limitsOf(identity: Pick<ProbeIdentity, "generation" | "jtagVersion">, link?: LinkLimits) {
  const v3 = identity.generation === "V3" || identity.generation === "V3PWR";
  const longBytes = hasFeature(identity, "longByteTransfers");
  return {
    wide: Math.min(6144, link?.dataBytes ?? 6144),
    // Reads of more than 255 bytes were seen to fail on V3J5 and V3J7, so reads stay at 128.
    byteRead: longBytes ? 128 : 64,
    byteWrite: longBytes ? 512 : 64,
    queueItems: v3 ? 1227 : 64,
    traceBaud: v3 ? 24_000_000 : 2_000_000,
  };
}
