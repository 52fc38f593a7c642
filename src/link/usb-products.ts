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
  /** In update mode or of a generation that is not spoken: listed, never opened. */
  readonly unusable?: string;
}

/** Every ST-LINK. OUT is endpoint 2 on V1 and V2, 1 on all later ones; IN is 1 everywhere. */
export const usbProducts: readonly UsbProduct[] = [
  {
    productId: 0x3744,
    name: "ST-LINK/V1",
    out: 2,
    in: 1,
    trace: undefined,
    unusable: "an ST-LINK/V1 is not supported",
  },
  { productId: 0x3748, name: "ST-LINK/V2", out: 2, in: 1, trace: 3 },
  { productId: 0x374a, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x374b, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x3742, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x3752, name: "ST-LINK/V2-1", out: 1, in: 1, trace: 2 },
  { productId: 0x374d, name: "STLINK-V3 loader", out: 1, in: 1, trace: undefined, unusable: "it is in update mode" },
  { productId: 0x374e, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x374f, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x3753, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x3754, name: "STLINK-V3", out: 1, in: 1, trace: 2 },
  { productId: 0x3755, name: "STLINK-V3PWR loader", out: 1, in: 1, trace: undefined, unusable: "it is in update mode" },
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
