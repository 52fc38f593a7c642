/** ST's probes by USB product id (vendor 0x0483), as tools name them by number. */
const products: ReadonlyMap<number, string> = new Map([
  [0x3744, "ST-LINK/V1"],
  [0x3748, "ST-LINK/V2"],
  [0x374a, "ST-LINK/V2-1"],
  [0x374b, "ST-LINK/V2-1"],
  [0x3742, "ST-LINK/V2-1"],
  [0x3752, "ST-LINK/V2-1"],
  [0x374d, "STLINK-V3 loader"],
  [0x374e, "STLINK-V3"],
  [0x374f, "STLINK-V3"],
  [0x3753, "STLINK-V3"],
  [0x3754, "STLINK-V3"],
  [0x3755, "STLINK-V3PWR loader"],
  [0x3757, "STLINK-V3PWR"],
]);

/** The probe's name; `undefined` for an id that is none of ST's. */
export function probeProduct(productId: number): string | undefined {
  return products.get(productId);
}
