import { InEndpoint } from "./in-endpoint.ts";
import { OutEndpoint } from "./out-endpoint.ts";
import type { StlinkEndpoints } from "./products.ts";
import type { UsbFunction } from "./usb-device.ts";

/** The bridge of the STLINK-V3SET: no board of ours wires anything to it, so it takes what is sent and says nothing. */
export class BridgeFunction implements UsbFunction {
  readonly interfaces = [];
  readonly inEndpoints: readonly InEndpoint[];
  readonly outEndpoints: readonly OutEndpoint[];

  constructor(at: StlinkEndpoints, maxPacket: number) {
    this.inEndpoints = [new InEndpoint(at.bridgeIn, maxPacket)];
    this.outEndpoints = [new OutEndpoint(at.bridgeOut, maxPacket, () => "success")];
  }

  reset(): void {}
}
