import type { Clock } from "../../base/clock.ts";
import { type Facts, isProbityError, ProbityError } from "../../base/errors.ts";
import { Queue } from "../../base/queue.ts";
import type { Link } from "../link.ts";
import { type FoundStlink, machineBus, stlinks, type UsbBus } from "./devices.ts";
import { usbError } from "./errors.ts";
import { holderOf } from "./holder.ts";
import { debugInterface, UsbPipe } from "./pipe.ts";
import { serialText, stVendorId } from "./products.ts";

export interface UsbLinkOptions {
  /** Which probe, as 24 hexadecimal digits; may be left out when there is just one. */
  readonly serial?: string;
  readonly bus?: UsbBus;
  readonly clock?: Clock;
  /** Where `/proc` is found; for tests. */
  readonly root?: string;
}

const machineClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

const getVersion = Uint8Array.of(0xf1);

/**
 * Opens an ST-LINK on USB. Not tried on hardware: it is written after published drivers and the package's behaviour in
 * a guest with an emulated probe. Rejects with `link-no-usb`, `link-usb-unavailable`, `link-no-probe`,
 * `link-serial-not-found`, `link-several-probes`, `link-usb-permission`, `link-busy`, `probe-v1-unsupported`,
 * `probe-in-bootloader`, and as a transfer does.
 */
export async function openUsbLink(options: UsbLinkOptions = {}): Promise<Link> {
  const bus = options.bus ?? machineBus;
  const chosen = choose(await stlinks(bus), options.serial);
  const { product, serial } = chosen;
  if (product.refusal !== undefined) {
    const { code, reason, remedy } = product.refusal;
    const facts = { productId: product.productId, serial };
    throw new ProbityError(code, `The ${product.name} can't be used: ${reason}.`, { facts, remedy });
  }
  let pipe = await connect(chosen, options.root);
  const queue = new Queue();
  return {
    info: { name: `usb:${serial}`, vendorId: stVendorId, productId: product.productId, serial },
    clock: options.clock ?? machineClock,
    transfer: (command, write, readLength = 0) => queue.run(() => pipe.transfer(command, write, readLength)),
    readTrace: (length) => queue.run(() => pipe.readTrace(length)),
    close: () => queue.run(() => pipe.close()),
    reopen: () =>
      queue.run(async () => {
        await pipe.close();
        const back = (await stlinks(bus)).find((one) => one.serial === serial && one.product === product);
        if (back === undefined) throw notBack(serial);
        pipe = await connect(back, options.root);
      }),
  };
}

/** Opens the device, and sees to it that the probe answers. */
async function connect(found: FoundStlink, root: string | undefined): Promise<UsbPipe> {
  const { device, product, serial } = found;
  const facts = { productId: product.productId, serial };
  const pipe = new UsbPipe(device, product, facts);
  try {
    await open(found, facts, root);
    await pipe.transfer(getVersion, undefined, 6).catch(async (error: unknown) => {
      if (isProbityError(error, "link-unplugged")) throw error;
      // A probe that a killed program left in the middle of a transfer answers again after a reset of the port.
      await device.reset().catch(() => {});
      await open(found, facts, root);
      await pipe.transfer(getVersion, undefined, 6);
    });
    return pipe;
  } catch (error) {
    // Left open, the device would be busy for who comes next.
    await pipe.close();
    throw error;
  }
}

function notBack(serial: string): ProbityError {
  return new ProbityError("link-unplugged", "The ST-LINK was unplugged, and is not back yet.", {
    facts: { serial },
    remedy: ["Plug the probe in again."],
  });
}

function choose(found: readonly FoundStlink[], serial: string | undefined): FoundStlink {
  const serials = found.map((one) => one.serial);
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

async function open({ device }: FoundStlink, facts: Facts, root: string | undefined): Promise<void> {
  try {
    await device.open();
    // Selecting the configuration anew fails while the kernel drives the probe's serial port.
    if (device.configuration?.configurationValue !== 1) await device.selectConfiguration(1);
    await device.claimInterface(debugInterface);
  } catch (error) {
    const told = usbError(error, "opening the ST-LINK", facts);
    throw told.code === "link-busy" ? heldBy(told, holderOf(device, root)) : told;
  }
}

/** The same error with the name of the program that holds the probe, if that is known. */
function heldBy(busy: ProbityError, holder: ReturnType<typeof holderOf>): ProbityError {
  if (holder === undefined) return busy;
  const { name, pid } = holder;
  const text = `${name} (process ${pid})`;
  return new ProbityError("link-busy", `Another program holds the ST-LINK: ${text}.`, {
    facts: { ...busy.facts, holder: text },
    remedy: [`End ${name}: kill ${pid}.`, ...busy.remedy],
    cause: busy.cause,
  });
}
