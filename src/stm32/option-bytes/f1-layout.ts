/** The values of the eight option bytes of the F1 (PM0075 2.5, table 5). */
export interface F1Options {
  readonly rdp: number;
  readonly user: number;
  readonly data0: number;
  readonly data1: number;
  /** WRP0 to WRP3 as FLASH_WRPR shows them: a 0 bit protects. */
  readonly wrp: number;
}

/** Names by position: each has a half-word, its complement above it. */
export const f1ByteNames = ["RDP", "USER", "DATA0", "DATA1", "WRP0", "WRP1", "WRP2", "WRP3"] as const;

/** The one value of RDP that leaves flash open (PM0075 2.4.1). */
export const RDP_OPEN = 0xa5;
/** Written when it shall be protected: any other value does that. */
export const RDP_PROTECTED = 0x00;

/** How one option byte and its complement stand. */
export type ByteState = "good" | "erased" | "torn";

export interface DecodedBytes {
  /** A byte that is erased or torn counts as 0xFF, as the chip takes it. */
  readonly options: F1Options;
  readonly states: readonly ByteState[];
}

/** The eight half-words to program. */
export function encodeF1({ rdp, user, data0, data1, wrp }: F1Options): number[] {
  const values = [rdp, user, data0, data1, wrp & 0xff, (wrp >>> 8) & 0xff, (wrp >>> 16) & 0xff, wrp >>> 24];
  // The controller computes the complement itself (PM0075 3.4.1); giving the right one does no harm on clones that don't.
  return values.map((value) => value | ((value ^ 0xff) << 8));
}

/** What the 16 bytes at 0x1FFFF800 say. */
export function decodeF1(bytes: Uint8Array): DecodedBytes {
  const states = f1ByteNames.map((_, i): ByteState => {
    const [value, complement] = [bytes[2 * i], bytes[2 * i + 1]];
    if ((value ^ complement) === 0xff) return "good";
    return value === 0xff && complement === 0xff ? "erased" : "torn";
  });
  const [rdp, user, data0, data1, ...wrp] = states.map((state, i) => (state === "good" ? bytes[2 * i] : 0xff));
  return { options: { rdp, user, data0, data1, wrp: word(wrp) }, states };
}

function word([a, b, c, d]: readonly number[]): number {
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

const OBR_OPTERR = 1;
const OBR_RDPRT = 2;

/** FLASH_OBR and FLASH_WRPR (RM0008 3.3.3): what was loaded at the last reset. */
export interface F1Loaded {
  readonly obr: number;
  readonly wrpr: number;
  readonly readProtected: boolean;
  /** OPTERR: a byte did not fit its complement, and counts as 0xFF. */
  readonly error: boolean;
  readonly user: number;
  readonly data0: number;
  readonly data1: number;
}

export function decodeLoaded(obr: number, wrpr: number): F1Loaded {
  return {
    obr,
    wrpr,
    readProtected: (obr & OBR_RDPRT) !== 0,
    error: (obr & OBR_OPTERR) !== 0,
    user: (obr >>> 2) & 0xff,
    data0: (obr >>> 10) & 0xff,
    data1: (obr >>> 18) & 0xff,
  };
}

/** Bits of OBR that are always 0; a read that shows one of them went wrong. */
export const OBR_RESERVED = 0xfc000000;

/** A bit of USER. */
export interface UserBit {
  readonly key: string;
  readonly name: string;
  readonly mask: number;
  /** What 0 and 1 do. */
  readonly meaning: readonly [string, string];
}

const userBits: readonly UserBit[] = [
  {
    key: "wdg_sw",
    name: "WDG_SW",
    mask: 1,
    meaning: [
      "the independent watchdog runs from every reset on",
      "the independent watchdog starts when software says so",
    ],
  },
  {
    key: "nrst_stop",
    name: "nRST_STOP",
    mask: 2,
    meaning: ["entering Stop mode resets the chip", "Stop mode without a reset"],
  },
  {
    key: "nrst_stdby",
    name: "nRST_STDBY",
    mask: 4,
    meaning: ["entering Standby mode resets the chip", "Standby mode without a reset"],
  },
];

/** XL density alone has two banks to boot from (RM0008 3.3.3). */
const bootBank: UserBit = {
  key: "bfb2",
  name: "BFB2",
  mask: 8,
  meaning: ["boots from bank 2 if there is a program", "boots from bank 1"],
};

const XL_DENSITY = 0x430;

export function userBitsOf(deviceId: number): readonly UserBit[] {
  return deviceId === XL_DENSITY ? [...userBits, bootBank] : userBits;
}
