import type { Facts } from "../../base/errors.ts";
import { padded } from "../memory.ts";
import type { UsbDevice } from "./devices.ts";
import { stallError, transferTimeout, usbError } from "./errors.ts";
import type { UsbProduct } from "./products.ts";

/** The interface with the debug endpoints, on every ST-LINK. */
export const debugInterface = 0;
/** Milliseconds to wait for what a broken transfer may have left. */
const FLUSH_TIMEOUT = 20;

/** The three endpoints of an open probe. */
export class UsbPipe {
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
      throw usbError(error, doing, this.#facts);
    }
  }

  async readTrace(length: number): Promise<Uint8Array> {
    const { trace } = this.#product;
    if (trace === undefined || length === 0) return new Uint8Array();
    try {
      return await this.#in(trace, length, "reading trace");
    } catch (error) {
      throw usbError(error, "reading trace", this.#facts);
    }
  }

  async close(): Promise<void> {
    await this.#device.releaseInterface(debugInterface).catch(() => {});
    await this.#device.close().catch(() => {});
  }

  async #out(data: Uint8Array, doing: string): Promise<void> {
    const { status } = await this.#device.transferOut(this.#product.out, data, transferTimeout);
    if (status === "stall") throw await this.#stalled("out", this.#product.out, doing);
  }

  async #in(endpoint: number, length: number, doing: string): Promise<Uint8Array> {
    const { data, status } = await this.#device.transferIn(endpoint, length, transferTimeout);
    if (status === "stall") throw await this.#stalled("in", endpoint, doing);
    if (data === undefined) return new Uint8Array();
    return new Uint8Array(data.buffer, data.byteOffset, Math.min(data.byteLength, length)).slice();
  }

  async #stalled(direction: "in" | "out", endpoint: number, doing: string): Promise<Error> {
    await this.#device.clearHalt(direction, endpoint).catch(() => {});
    return stallError(doing, this.#facts);
  }

  /** Takes what an earlier, broken transfer left in the probe; ends at the first timeout. */
  async #flush(): Promise<void> {
    for (let packets = 0; packets < 128; packets++) {
      try {
        const { data } = await this.#device.transferIn(this.#product.in, 512, FLUSH_TIMEOUT);
        if (data === undefined || data.byteLength === 0) return;
      } catch {
        return;
      }
    }
  }
}
