import { concat } from "../../src/base/bytes.ts";
import { isProbityError } from "../../src/base/errors.ts";
import type { UsbDevice } from "../../src/link/usb/devices.ts";
import { usbProduct } from "../../src/link/usb/products.ts";
import type { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { announcedData } from "../../src/sim/usb/debug-function.ts";

/** What a device on the fake bus does wrong: an error for an action such as `open`, `claim`, `out`, `in`. */
export type Trouble = (action: string) => Error | "stall" | undefined;

/** A USB bus with one virtual probe on it, in the package's terms and with its words for errors. */
export class FakeBus {
  plugged = true;
  trouble: Trouble = () => undefined;
  /** Devices that are open now; a link that is closed leaves none. */
  open = 0;
  readonly #probe: SimulatedProbe;
  readonly #productId: number;
  #address = 1;
  #device: UsbDevice;

  constructor(probe: SimulatedProbe, productId = probe.identity.productId) {
    this.#probe = probe;
    this.#productId = productId;
    this.#device = this.#makeDevice();
  }

  readonly devices = async (): Promise<readonly UsbDevice[]> => {
    const error = this.trouble("list");
    if (error instanceof Error) throw error;
    return this.plugged ? [this.#device] : [];
  };

  unplug(): void {
    if (!this.plugged) return;
    this.plugged = false;
    this.#probe.unplug();
  }

  replug(): void {
    this.#probe.replug();
    this.plugged = true;
    this.#address++;
    this.#device = this.#makeDevice();
  }

  /** As the kernel does, a replugged probe comes as another device; the old one stays gone. */
  #makeDevice(): UsbDevice {
    const probe = this.#probe;
    const address = this.#address;
    let opened = false;
    let claimed = false;
    let reply: Uint8Array = new Uint8Array(0);
    let waiting: { readonly block: Uint8Array; data: Uint8Array } | undefined;
    const act = (action: string): "stall" | undefined => {
      const error = this.trouble(action);
      if (error instanceof Error) throw error;
      if (!this.plugged || address !== this.#address) throw new Error(`${action} error: Disconnected`);
      if (action === "in" || action === "out") {
        if (!opened || !claimed) throw new Error(`${action} error: interface is not claimed`);
      }
      return error;
    };
    const send = async (block: Uint8Array, data: Uint8Array): Promise<void> => {
      try {
        reply = await probe.exchange(block, data);
      } catch (error) {
        if (!isProbityError(error, "link-unplugged")) throw error;
        this.unplug();
        throw new Error("transferOut error: Disconnected");
      }
    };
    const close = (): void => {
      if (opened) this.open--;
      opened = false;
      claimed = false;
    };
    return {
      vendorId: 0x0483,
      productId: this.#productId,
      serialNumber: probe.identity.serial,
      bus: "1",
      address,
      configuration: { configurationValue: 1 },
      open: async () => {
        act("open");
        if (!opened) this.open++;
        opened = true;
      },
      close: async () => close(),
      reset: async () => {
        act("reset");
        reply = new Uint8Array(0);
        waiting = undefined;
      },
      selectConfiguration: async () => void act("configuration"),
      claimInterface: async () => {
        act("claim");
        claimed = true;
      },
      releaseInterface: async () => {
        claimed = false;
      },
      clearHalt: async () => void act("clear"),
      transferOut: async (endpoint, data) => {
        if (act("out") === "stall") return { status: "stall" };
        if (endpoint !== usbProduct(0x0483, this.#productId)?.out)
          throw new Error("transferOut error: no such endpoint");
        if (waiting !== undefined) {
          waiting.data = concat(waiting.data, data);
          const { block, data: all } = waiting;
          if (all.length < announcedData(block)) return { status: "ok" };
          waiting = undefined;
          await send(block, all);
          return { status: "ok" };
        }
        reply = new Uint8Array(0);
        if (announcedData(data) > 0) waiting = { block: data, data: new Uint8Array(0) };
        else await send(data, new Uint8Array(0));
        return { status: "ok" };
      },
      transferIn: async (_, length) => {
        if (act("in") === "stall") return { status: "stall" };
        if (reply.length === 0) throw new Error("transferIn error: Cancelled");
        const bytes = reply.slice(0, length);
        reply = new Uint8Array(0);
        return { status: "ok", data: new DataView(bytes.buffer) };
      },
    };
  }
}
