import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { UsbDevice } from "./devices.ts";

export interface Holder {
  readonly name: string;
  readonly pid: number;
}

/**
 * The program that has the device open, as far as `/proc` of Linux tells: it shows the open files of this user's programs,
 * and to root those of all. `undefined` when none is seen, or where there is no such folder.
 */
export function holderOf(
  device: Pick<UsbDevice, "bus" | "address">,
  root = "/",
  self = process.pid,
): Holder | undefined {
  const node = deviceNode(device);
  if (node === undefined) return undefined;
  for (const entry of list(join(root, "proc"))) {
    if (!/^\d+$/.test(entry) || Number(entry) === self) continue;
    const folder = join(root, "proc", entry);
    const files = list(join(folder, "fd"));
    if (files.some((file) => target(join(folder, "fd", file)) === node)) {
      return { name: nameOf(folder), pid: Number(entry) };
    }
  }
  return undefined;
}

/** `/dev/bus/usb/001/002`, from the bus's number and the device's on it. */
function deviceNode({ bus, address }: Pick<UsbDevice, "bus" | "address">): string | undefined {
  const number = /^\d+/.exec(bus ?? "")?.[0];
  if (number === undefined || address === undefined) return undefined;
  const digits = (value: string): string => String(Number(value)).padStart(3, "0");
  return `/dev/bus/usb/${digits(number)}/${digits(String(address))}`;
}

function nameOf(folder: string): string {
  try {
    return readFileSync(join(folder, "comm"), "utf8").trim();
  } catch {
    return "a program";
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
