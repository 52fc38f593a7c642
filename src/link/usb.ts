import type { Clock } from "../base/clock.ts";
import { type Facts, ProbityError } from "../base/errors.ts";
import { Queue } from "../base/queue.ts";
import type { Link } from "./link.ts";
import { padded } from "./memory.ts";
import { serialText, stVendorId, type UsbProduct, usbProduct } from "./usb-products.ts";

/** The part of WebUSB's device that a link needs; the package `usb` gives such devices, and a test can. */
export interface UsbDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber?: string | null;
  readonly productName?: string | null;
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

export interface UsbLinkOptions {
  /** Which probe, as 24 hexadecimal digits; may be left out when there is just one. */
  readonly serial?: string;
  readonly bus?: UsbBus;
  readonly clock?: Clock;
}

/** Milliseconds for each phase of a transfer. A flash-erase wait is not one: the host polls. */
const timeout = 3000;
const flushTimeout = 20;
const debugInterface = 0;

const machineClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The ST-LINKs that are plugged in; none when this machine has no USB. */
export async function listUsbProbes(bus: UsbBus = machineBus): Promise<UsbProbe[]> {
  return (await stlinks(bus)).map(({ device, product }) => ({
    serial: serialText(device.serialNumber ?? ""),
    vendorId: device.vendorId,
    productId: device.productId,
    name: product.name,
    unusable: product.unusable,
  }));
}

/**
 * Opens an ST-LINK on USB. Not tried on hardware: it is written after published drivers and the package's behaviour in
 * a guest with an emulated probe. Rejects with `link-no-probe`, `link-serial-not-found`, `link-several-probes`,
 * `link-usb-permission`, `link-busy`, `link-probe-unusable`.
 */
export async function openUsbLink(options: UsbLinkOptions = {}): Promise<Link> {
  const { device, product } = choose(await stlinks(options.bus ?? machineBus), options.serial);
  const serial = serialText(device.serialNumber ?? "");
  const facts = { productId: product.productId, serial };
  if (product.unusable !== undefined) {
    throw new ProbityError("link-probe-unusable", `The ${product.name} can't be used: ${product.unusable}.`, { facts });
  }
  await open(device, facts);
  const pipe = new UsbPipe(device, product, facts);
  try {
    // A probe that a killed program left in the middle of a transfer answers again after a reset of the port.
    await pipe.transfer(Uint8Array.of(0xf1), undefined, 6);
  } catch {
    await device.reset().catch(() => {});
    await open(device, facts);
    await pipe.transfer(Uint8Array.of(0xf1), undefined, 6);
  }
  const queue = new Queue();
  return {
    info: { name: `usb:${serial}`, vendorId: stVendorId, productId: product.productId, serial },
    clock: options.clock ?? machineClock,
    transfer: (command, write, readLength = 0) => queue.run(() => pipe.transfer(command, write, readLength)),
    readTrace: (length) => queue.run(() => pipe.readTrace(length)),
    close: () => queue.run(() => pipe.close()),
  };
}

/** Loads the package only now: its native part may be missing, and the virtual probe must work without it. */
const machineBus: UsbBus = async () => {
  let usb: typeof import("usb").usb;
  try {
    ({ usb } = await import("usb"));
  } catch (cause) {
    throw new ProbityError("link-usb-unavailable", "The USB driver of this program can't be loaded.", {
      remedy: ["Install again without --omit=optional: the driver's native part is an optional package."],
      cause,
    });
  }
  return (await usb.getDevices()) as unknown as readonly UsbDevice[];
};

async function stlinks(bus: UsbBus): Promise<{ device: UsbDevice; product: UsbProduct }[]> {
  let devices: readonly UsbDevice[];
  try {
    devices = await bus();
  } catch (error) {
    // A machine or container without USB: there is no such directory.
    if (errno(error) === 2) return [];
    throw error instanceof ProbityError ? error : mapped(error, "listing USB devices", {});
  }
  return devices.flatMap((device) => {
    const product = usbProduct(device.vendorId, device.productId);
    return product === undefined ? [] : [{ device, product }];
  });
}

function choose(found: { device: UsbDevice; product: UsbProduct }[], serial: string | undefined) {
  const serials = found.map(({ device }) => serialText(device.serialNumber ?? ""));
  if (found.length === 0) {
    throw new ProbityError("link-no-probe", "No ST-LINK is plugged in.", {
      remedy: [
        "Plug the probe in; a charge-only cable or an unpowered hub hides it.",
        "On Linux, look at it with lsusb; in a virtual machine or container, pass the device through.",
        "Use the virtual board: --probe sim:bluepill.",
      ],
    });
  }
  if (serial === undefined) {
    if (found.length === 1) return found[0];
    throw new ProbityError("link-several-probes", `${found.length} ST-LINKs are plugged in; one has to be chosen.`, {
      facts: { serials: serials.join(", ") },
      remedy: ["Name one by its serial number: -i SERIAL, or --probe usb:SERIAL."],
    });
  }
  // A user may give the raw form of a buggy serial number, too.
  const wanted = [serial.toUpperCase(), serialText(serial)];
  const index = serials.findIndex((one) => wanted.includes(one));
  if (index < 0) {
    throw new ProbityError("link-serial-not-found", `No ST-LINK with serial number ${serial} is plugged in.`, {
      facts: { serial, there: serials.join(", ") },
      remedy: ["Correct or leave out the serial number."],
    });
  }
  return found[index];
}

async function open(device: UsbDevice, facts: Facts): Promise<void> {
  try {
    await device.open();
    // Selecting the configuration anew fails while the kernel drives the probe's serial port.
    if (device.configuration?.configurationValue !== 1) await device.selectConfiguration(1);
    await device.claimInterface(debugInterface);
  } catch (error) {
    throw mapped(error, "opening the ST-LINK", facts);
  }
}

/** The three endpoints of an open probe. */
class UsbPipe {
  readonly #device: UsbDevice;
  readonly #product: UsbProduct;
  readonly #facts: Facts;
  /** A transfer broke off: an answer may still wait in the probe. */
  #stale = false;

  constructor(device: UsbDevice, product: UsbProduct, facts: Facts) {
    this.#device = device;
    this.#product = product;
    this.#facts = facts;
  }

  async transfer(command: Uint8Array, write: Uint8Array | undefined, readLength: number): Promise<Uint8Array> {
    const doing = `command ${[...command.subarray(0, 2)].map((byte) => byte.toString(16)).join(" ")}`;
    try {
      if (this.#stale) await this.#flush();
      this.#stale = true;
      await this.#out(padded(command), doing);
      if (write !== undefined && write.length > 0) await this.#out(write, doing);
      const reply = readLength > 0 ? await this.#in(this.#product.in, readLength, doing) : new Uint8Array();
      this.#stale = false;
      return reply;
    } catch (error) {
      throw mapped(error, doing, this.#facts);
    }
  }

  async readTrace(length: number): Promise<Uint8Array> {
    const { trace } = this.#product;
    if (trace === undefined || length === 0) return new Uint8Array();
    try {
      return await this.#in(trace, length, "reading trace");
    } catch (error) {
      throw mapped(error, "reading trace", this.#facts);
    }
  }

  async close(): Promise<void> {
    await this.#device.releaseInterface(debugInterface).catch(() => {});
    await this.#device.close().catch(() => {});
  }

  async #out(data: Uint8Array, doing: string): Promise<void> {
    const { status } = await this.#device.transferOut(this.#product.out, data, timeout);
    if (status === "stall") throw await this.#stalled("out", this.#product.out, doing);
  }

  async #in(endpoint: number, length: number, doing: string): Promise<Uint8Array> {
    const { data, status } = await this.#device.transferIn(endpoint, length, timeout);
    if (status === "stall") throw await this.#stalled("in", endpoint, doing);
    if (data === undefined) return new Uint8Array();
    return new Uint8Array(data.buffer, data.byteOffset, Math.min(data.byteLength, length)).slice();
  }

  async #stalled(direction: "in" | "out", endpoint: number, doing: string): Promise<ProbityError> {
    await this.#device.clearHalt(direction, endpoint).catch(() => {});
    return new ProbityError("link-stall", `The probe refused a transfer (${doing}).`, { facts: this.#facts });
  }

  /** Takes what an earlier, broken transfer left in the probe; ends at the first timeout. */
  async #flush(): Promise<void> {
    for (let packets = 0; packets < 128; packets++) {
      try {
        const { data } = await this.#device.transferIn(this.#product.in, 512, flushTimeout);
        if (data === undefined || data.byteLength === 0) return;
      } catch {
        return;
      }
    }
  }
}

/** The operating system's error number in a message of the native driver, which has no field for it. */
function errno(error: unknown): number | undefined {
  const match = /errno (\d+)|os error (\d+)/.exec(error instanceof Error ? error.message : String(error));
  return match ? Number(match[1] ?? match[2]) : undefined;
}

function mapped(error: unknown, doing: string, facts: Facts): ProbityError {
  if (error instanceof ProbityError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const number = errno(error);
  const make = (code: string, text: string, remedy: readonly string[]): ProbityError =>
    new ProbityError(code, text, { facts: { ...facts, doing, system: message }, remedy, cause: error });
  if (number === 1 || number === 13 || /permission|access denied/i.test(message)) {
    return make("link-usb-permission", "This user may not open the ST-LINK.", [
      "Linux: install the udev rules for ST-LINK (60-openocd.rules or 49-stlinkv2-1.rules), then plug the probe in again.",
      "Windows: install ST's driver for the probe.",
    ]);
  }
  if (number === 16 || /busy|claimed|exclusive/i.test(message)) {
    return make("link-busy", "Another program holds the ST-LINK.", [
      "End the other debugger, STM32CubeProgrammer or ST-LINK_gdbserver, or share the probe.",
    ]);
  }
  if (number === 19 || number === 71 || /disconnect|no such device|not found/i.test(message)) {
    return make("link-unplugged", "The ST-LINK was unplugged.", ["Plug the probe in again and connect anew."]);
  }
  if (number === 110 || /cancel|timed? ?out/i.test(message)) {
    return make("link-timeout", `The probe did not answer within ${timeout} ms (${doing}).`, [
      "Unplug the probe and plug it in again.",
    ]);
  }
  return make("link-usb-failed", `USB failed (${doing}): ${message}`, ["Unplug the probe and plug it in again."]);
}
