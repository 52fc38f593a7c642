import { writeU16 } from "../../base/bytes.ts";
import { type DeviceDescription, findDescriptor } from "./descriptors.ts";
import type { InEndpoint } from "./in-endpoint.ts";
import type { OutEndpoint } from "./out-endpoint.ts";
import { type ControlReply, NO_DATA, REQUEST, type Setup, type TransferStatus } from "./setup.ts";

/** One function of a device: the endpoints it answers on, and the class requests to its interfaces. */
export interface UsbFunction {
  /** Interfaces whose class requests it answers. */
  readonly interfaces: readonly number[];
  readonly inEndpoints: readonly InEndpoint[];
  readonly outEndpoints: readonly OutEndpoint[];
  /** A class request; undefined stalls. */
  classRequest?(setup: Setup, data: Uint8Array): ControlReply;
  /** An endpoint's halt was cleared. */
  haltCleared?(address: number): void;
  /** Bus reset, or another configuration. */
  reset(): void;
}

const CONFIGURATION = 1;
const ENDPOINT_HALT = 0;
/** Bits of bmRequestType. */
const KIND_MASK = 0x60;
const KIND = { standard: 0x00, class: 0x20 } as const;
const RECIPIENT = { device: 0, interface: 1, endpoint: 2 } as const;

/**
 * A USB device as its bus sees it (USB 2.0, chapter 9): standard requests, configuration, halts. What it does besides is
 * its functions' matter.
 */
export class UsbDevice {
  readonly description: DeviceDescription;
  readonly #functions: readonly UsbFunction[];
  readonly #in = new Map<number, InEndpoint>();
  readonly #out = new Map<number, OutEndpoint>();
  #configuration = 0;

  constructor(description: DeviceDescription, functions: readonly UsbFunction[]) {
    this.description = description;
    this.#functions = functions;
    for (const { inEndpoints, outEndpoints } of functions) {
      for (const endpoint of inEndpoints) this.#in.set(endpoint.address, endpoint);
      for (const endpoint of outEndpoints) this.#out.set(endpoint.address, endpoint);
    }
  }

  /** bConfigurationValue, 0 while not configured. */
  get configuration(): number {
    return this.#configuration;
  }

  /** Bus reset, also what unplugging amounts to: every transfer ends, the device is not configured. */
  reset(): void {
    this.#configuration = 0;
    this.#resetFunctions();
  }

  /** False when there is no such configuration. */
  setConfiguration(value: number): boolean {
    if (value !== 0 && value !== CONFIGURATION) return false;
    this.#configuration = value;
    this.#resetFunctions();
    return true;
  }

  /** No interface has another setting than 0; false for any other, or no such interface. */
  setInterface(number: number, setting: number): boolean {
    return this.#configuration !== 0 && number < this.description.interfaces.length && setting === 0;
  }

  /** A control transfer; the reply is cut to what the host asked for. */
  control(setup: Setup, data: Uint8Array = NO_DATA): ControlReply {
    const kind = setup.requestType & KIND_MASK;
    if (kind === KIND.standard) return this.#standard(setup)?.subarray(0, setup.length);
    if (kind !== KIND.class || this.#configuration === 0) return undefined;
    const wanted = this.#functions.find(({ interfaces }) => interfaces.includes(setup.index & 0xff));
    if ((setup.requestType & 0x1f) !== RECIPIENT.interface) return undefined;
    return wanted?.classRequest?.(setup, data)?.subarray(0, setup.length);
  }

  /** A transfer from an IN endpoint; the function returned cancels it. */
  read(address: number, length: number, complete: (status: TransferStatus, data: Uint8Array) => void): () => boolean {
    const endpoint = this.#in.get(address);
    if (endpoint === undefined || this.#configuration === 0) {
      complete("invalid", NO_DATA);
      return () => false;
    }
    return endpoint.post(length, complete);
  }

  /** A transfer to an OUT endpoint; the function returned cancels it. */
  write(address: number, data: Uint8Array, complete: (status: TransferStatus) => void): () => boolean {
    const endpoint = this.#out.get(address);
    if (endpoint === undefined || this.#configuration === 0) {
      complete("invalid");
      return () => false;
    }
    return endpoint.post(data, complete);
  }

  #standard(setup: Setup): ControlReply {
    const recipient = setup.requestType & 0x1f;
    switch (setup.request) {
      case REQUEST.getDescriptor:
        return recipient === RECIPIENT.device ? findDescriptor(this.description, setup.value) : undefined;
      case REQUEST.getStatus:
        return this.#status(recipient, setup.index);
      case REQUEST.clearFeature:
      case REQUEST.setFeature:
        return this.#feature(setup, recipient);
      case REQUEST.setAddress:
        return NO_DATA;
      case REQUEST.getConfiguration:
        return Uint8Array.of(this.#configuration);
      case REQUEST.setConfiguration:
        return this.setConfiguration(setup.value & 0xff) ? NO_DATA : undefined;
      case REQUEST.getInterface:
        return this.setInterface(setup.index, 0) ? Uint8Array.of(0) : undefined;
      case REQUEST.setInterface:
        return this.setInterface(setup.index, setup.value) ? NO_DATA : undefined;
      default:
        return undefined;
    }
  }

  /** Bus powered, no remote wake-up; an endpoint tells whether it is halted. */
  #status(recipient: number, index: number): ControlReply {
    const reply = new Uint8Array(2);
    if (recipient !== RECIPIENT.endpoint || (index & 0x7f) === 0) return reply;
    const endpoint = this.#in.get(index) ?? this.#out.get(index);
    if (endpoint === undefined) return undefined;
    writeU16(reply, 0, endpoint.halted ? 1 : 0);
    return reply;
  }

  #feature({ request, value, index }: Setup, recipient: number): ControlReply {
    if (recipient !== RECIPIENT.endpoint || value !== ENDPOINT_HALT) return undefined;
    if ((index & 0x7f) === 0) return NO_DATA;
    const endpoint = this.#in.get(index) ?? this.#out.get(index);
    if (endpoint === undefined) return undefined;
    if (request === REQUEST.setFeature) {
      endpoint.halt();
    } else {
      endpoint.clearHalt();
      for (const one of this.#functions) one.haltCleared?.(index);
    }
    return NO_DATA;
  }

  #resetFunctions(): void {
    for (const { inEndpoints, outEndpoints } of this.#functions) {
      for (const endpoint of inEndpoints) endpoint.reset();
      for (const endpoint of outEndpoints) endpoint.reset();
    }
    for (const one of this.#functions) one.reset();
  }
}
