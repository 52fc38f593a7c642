import { ProbityError } from "../../base/errors.ts";
import { isMissing, usbError } from "./errors.ts";
import { surroundings } from "./machine.ts";
import { serialText, type UsbProduct, usbProduct } from "./products.ts";

/** The part of WebUSB's device that a link needs; the package `usb` gives such devices, and a test can. */
export interface UsbDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber?: string | null;
  readonly productName?: string | null;
  /** Number of the bus, and of the device on it, as the system counts them. */
  readonly bus?: string;
  readonly address?: number;
  readonly configuration?: { readonly configurationValue: number } | null;
  open(): Promise<void>;
  close(): Promise<void>;
  reset(): Promise<void>;
  selectConfiguration(value: number): Promise<void>;
  claimInterface(number: number): Promise<void>;
  releaseInterface(number: number): Promise<void>;
  clearHalt(direction: "in" | "out", endpoint: number): Promise<void>;
  transferIn(endpoint: number, length: number, timeout: number): Promise<{ data?: DataView; status?: string }>;
  transferOut(endpoint: number, data: Uint8Array, timeout: number): Promise<{ status?: string }>;
}

/** Gives the USB devices there are. */
export type UsbBus = () => Promise<readonly UsbDevice[]>;

export interface UsbProbe {
  readonly serial: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly name: string;
  /** Why it can't be opened, if so. */
  readonly unusable: string | undefined;
}

/** An ST-LINK on the bus. */
export interface FoundStlink {
  readonly device: UsbDevice;
  readonly product: UsbProduct;
  readonly serial: string;
}

/** The ST-LINKs that are plugged in; none when this machine has no USB. */
export async function listUsbProbes(bus: UsbBus = machineBus): Promise<UsbProbe[]> {
  const found = await stlinks(bus).catch((error: unknown) => {
    if (error instanceof ProbityError && error.code === "link-no-usb") return [];
    throw error;
  });
  return found.map(({ device, product, serial }) => ({
    serial,
    vendorId: device.vendorId,
    productId: device.productId,
    name: product.name,
    unusable: product.refusal?.reason,
  }));
}

/**
 * The devices of this machine. Loads the package only now: its native part may be missing, and the virtual probe must work
 * without it. Its events are not used: without a bus they end the process by a rejection that nobody can catch.
 */
export const machineBus: UsbBus = async () => {
  let usb: typeof import("usb").usb;
  try {
    ({ usb } = await import("usb"));
  } catch (cause) {
    throw new ProbityError("link-usb-unavailable", "The USB driver of this program can't be loaded.", {
      facts: { system: (cause as Error).message.split("\n")[0] },
      remedy: [
        "Install again without --omit=optional: the driver's native part is an optional package.",
        "Without it, virtual boards (--probe sim:bluepill) and shared probes (--probe tcp:HOST) work.",
      ],
      cause,
    });
  }
  return (await usb.getDevices()) as unknown as readonly UsbDevice[];
};

/** The ST-LINKs among the devices of `bus`. Rejects with `link-no-usb`, `link-usb-unavailable`, `link-usb-failed`. */
export async function stlinks(bus: UsbBus): Promise<FoundStlink[]> {
  let devices: readonly UsbDevice[];
  try {
    devices = await bus();
  } catch (error) {
    // A machine or container without USB: there is no such directory.
    if (isMissing(error)) throw noUsb(error);
    throw usbError(error, "listing USB devices", {});
  }
  return devices.flatMap((device) => {
    const product = usbProduct(device.vendorId, device.productId);
    return product === undefined ? [] : [{ device, product, serial: serialText(device.serialNumber ?? "") }];
  });
}

function noUsb(cause: unknown): ProbityError {
  const where = surroundings();
  const place = where === undefined ? "This machine" : `This ${where}`;
  return new ProbityError("link-no-usb", `${place} has no USB: the system knows no USB bus.`, {
    facts: { system: cause instanceof Error ? cause.message : String(cause), ...(where !== undefined && { where }) },
    remedy: [
      ...(where === "container"
        ? ["Start the container with the bus in it: docker run --device /dev/bus/usb -v /sys:/sys:ro ..."]
        : []),
      ...(where === "virtual machine"
        ? ["Give the virtual machine a USB controller, and pass the ST-LINK through to it."]
        : []),
      "Let the machine that has the probe share it (probity share), and give --probe tcp:HOST here.",
      "Use the virtual board: --probe sim:bluepill.",
    ],
    cause,
  });
}
