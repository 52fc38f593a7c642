import { type Holder, holderOfFile } from "../open-files.ts";
import type { UsbDevice } from "./devices.ts";

export type { Holder };

/** The program that has the device open, as far as `/proc` tells; see {@link holderOfFile}. */
export function holderOf(
  device: Pick<UsbDevice, "bus" | "address">,
  root = "/",
  self = process.pid,
): Holder | undefined {
  const node = deviceNode(device);
  return node === undefined ? undefined : holderOfFile(node, root, self);
}

/** `/dev/bus/usb/001/002`, from the bus's number and the device's on it. */
function deviceNode({ bus, address }: Pick<UsbDevice, "bus" | "address">): string | undefined {
  const number = /^\d+/.exec(bus ?? "")?.[0];
  if (number === undefined || address === undefined) return undefined;
  const digits = (value: string): string => String(Number(value)).padStart(3, "0");
  return `/dev/bus/usb/${digits(number)}/${digits(String(address))}`;
}
