import { usbProduct } from "../../link/usb/products.ts";
import type { Probe, ProbeIdentity } from "../../probe/probe.ts";
import type { FactRecorder } from "./fact-recorder.ts";

/** Which probe it is, as its version and USB ids tell. */
export function recordProbe(recorder: FactRecorder, identity: ProbeIdentity): void {
  const { productId, serial, firmware, generation, jtagVersion, vendorId } = identity;
  const name = probeName(identity);
  recorder.read("probe-kind", { name, productId }, `${name} (USB ${word(vendorId)}:${word(productId)})`);
  recorder.read("probe-serial", { serial }, `probe serial number ${serial}`);
  const value = { text: firmware, generation: generation.startsWith("V3") ? 3 : 2, stlink: jtagVersion };
  recorder.read("probe-firmware", value, `probe firmware ${firmware}`);
}

export function probeName({
  vendorId,
  productId,
  generation,
}: Pick<ProbeIdentity, "vendorId" | "productId" | "generation">): string {
  return usbProduct(vendorId, productId)?.name ?? `ST-LINK/${generation}`;
}

/** The voltage at VTref; recorded, and `undefined` where the probe can't measure. */
export async function recordVoltage(
  recorder: FactRecorder,
  probe: Pick<Probe, "targetVoltage">,
  when = "",
): Promise<number | undefined> {
  const volts = await probe.targetVoltage();
  if (volts !== undefined) recorder.read("voltage", { volts }, `${volts.toFixed(2)} V at VTref${when}`);
  return volts;
}

function word(value: number): string {
  return value.toString(16).padStart(4, "0");
}
