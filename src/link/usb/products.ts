/** ST's USB vendor id. */
export const stVendorId = 0x0483;

/** One product id of an ST-LINK: what it is called and where its debug interface's endpoints are. */
export interface UsbProduct {
  readonly productId: number;
  readonly name: string;
  /** Endpoint numbers: commands and data out, data in, trace in (`undefined`: no trace). */
  readonly out: number;
  readonly in: number;
  readonly trace: number | undefined;
  /** Listed, never opened: of a generation that is not spoken, or waiting for a firmware update. */
  readonly refusal?: UsbRefusal;
}

/** Why a product is not opened. */
export interface UsbRefusal {
  readonly code: "probe-v1-unsupported" | "probe-in-bootloader";
  /** Goes on after "The ST-LINK/V1 can't be used: ". */
  readonly reason: string;
  readonly remedy: readonly string[];
}

const firstGeneration: UsbRefusal = {
  code: "probe-v1-unsupported",
  reason: "it is of the first generation, which hides its commands in those of a disk",
  remedy: ["Use an ST-LINK/V2, V2-1 or V3.", "OpenOCD and the stlink tools drive a V1."],
};

const updateMode: UsbRefusal = {
  code: "probe-in-bootloader",
  reason: "it is in its update mode, where it takes new firmware and can't debug",
  remedy: [
    "Unplug the probe and plug it in again.",
    "If it stays so, its firmware was not written to the end: load it with STLinkUpgrade (STSW-LINK007).",
  ],
};

/** Every ST-LINK. OUT is endpoint 2 on V1 and V2, 1 on all later ones; IN is 1 everywhere. */
export const usbProducts: readonly UsbProduct[] = [
  {
    productId: 0x3744,
    name: "ST-LINK/V1",
    out: 2,
    in: 1,
    trace: undefined,
    refusal: firstGeneration,
  },
  { productId: 0x3748, name: "ST-LINK/V2", out: 2, in: 1, trace: 3 },
  { productId: 0x374a, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x374b, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x3742, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x3752, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x374d, name: "STLINK-V3 loader", out: 1, in: 1, trace: undefined, refusal: updateMode },
  { productId: 0x374e, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x374f, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x3753, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x3754, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x3755, name: "STLINK-V3PWR loader", out: 1, in: 1, trace: undefined, refusal: updateMode },
  { productId: 0x3757, name: "STLINK-V3PWR", out: 1, in: 1, trace: 2 },
];

/** The row of a product id; `undefined` when it is no ST-LINK. */
export function usbProduct(vendorId: number, productId: number): UsbProduct | undefined {
  return vendorId === stVendorId ? usbProducts.find((product) => product.productId === productId) : undefined;
}

/**
 * A serial number as 24 upper-case hexadecimal digits, whichever way the probe encodes it: as these digits, or (old V2
 * firmware, update mode, many clones) as 12 characters whose low bytes are the raw number.
 */
export function serialText(descriptor: string): string {
  if (/^[0-9A-Fa-f]{24}$/.test(descriptor)) return descriptor.toUpperCase();
  const digits = [...descriptor].map((character) =>
    ((character.codePointAt(0) ?? 0) & 0xff).toString(16).padStart(2, "0"),
  );
  return digits.join("").toUpperCase();
}
