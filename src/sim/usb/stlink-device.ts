import type { Disposable } from "../../base/events.ts";
import type { WallTime } from "../../base/wall-time.ts";
import type { Board } from "../boards/board.ts";
import type { SimulatedProbe } from "../simulated-probe.ts";
import { BridgeFunction } from "./bridge-function.ts";
import { DebugFunction } from "./debug-function.ts";
import { DiskFunction } from "./disk-function.ts";
import { ProbeDrive } from "./probe-drive.ts";
import { describeProduct, endpointsOf, hasBridge, hasDrive } from "./products.ts";
import { SerialFunction } from "./serial-function.ts";
import { UsbDevice, type UsbFunction } from "./usb-device.ts";

export interface StlinkDeviceOptions {
  readonly probe: SimulatedProbe;
  readonly board: Board;
  /** The machine's timers: for what keeps step with the host and not with the board. */
  readonly wallTime: WallTime;
  /** The USART behind the virtual COM port; see {@link defaultUart}. */
  readonly uart?: string;
}

/** Which USART a board's probe is wired to. A Blue Pill's is whatever one solders: the demo programs print on USART1. */
const wiredUarts: Readonly<Record<string, string>> = { "stm32469i-eval": "usart3" };

/** The USART behind the virtual COM port unless another is chosen. */
export function defaultUart(board: Board): string {
  return wiredUarts[board.name] ?? "usart1";
}

/** A virtual ST-LINK with all that its USB cable carries. */
export interface StlinkDevice extends Disposable {
  readonly usb: UsbDevice;
  /** The drive, where the product has one. */
  readonly drive?: ProbeDrive;
  /** Calls when a command finds that the probe has lost its cable, as a board with `unplugged` among its faults does. */
  onUnplugged(listener: () => void): void;
}

/** Throws `board-uart-unknown`. */
export function createStlinkDevice(options: StlinkDeviceOptions): StlinkDevice {
  const { probe, board, wallTime } = options;
  const description = describeProduct(probe.identity);
  const maxPacket = description.speed === "high" ? 512 : 64;
  const at = endpointsOf(probe.identity);
  const debug = new DebugFunction(probe, at, maxPacket);
  const functions: UsbFunction[] = [debug];
  const held: Disposable[] = [];
  let drive: ProbeDrive | undefined;
  if (hasDrive(probe.identity)) {
    drive = new ProbeDrive(probe, board.chip.name, wallTime);
    held.push(drive);
    functions.push(new DiskFunction(drive.disk, at, maxPacket));
    const serial = new SerialFunction(board, options.uart ?? defaultUart(board), at, maxPacket, wallTime);
    held.push(serial);
    functions.push(serial);
  }
  if (hasBridge(probe.identity)) functions.push(new BridgeFunction(at, maxPacket));
  const usb = new UsbDevice(description, functions);
  return {
    usb,
    ...(drive !== undefined && { drive }),
    onUnplugged: (listener) => {
      debug.onUnplugged = listener;
    },
    dispose: () => {
      usb.reset();
      for (const one of held) one.dispose();
    },
  };
}
