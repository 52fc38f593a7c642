import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { systemWallTime } from "../../src/base/wall-time.ts";
import { readImage } from "../../src/formats/image.ts";
import { type Board, createBoard } from "../../src/sim/boards/boards.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { createStlinkDevice, type StlinkDevice } from "../../src/sim/usb/stlink-device.ts";
import { UsbredirPort } from "../../src/sim/usbredir/usbredir-port.ts";

/** A virtual probe with its port, for one test. */
export interface Bench {
  readonly board: Board;
  readonly probe: SimulatedProbe;
  readonly device: StlinkDevice;
  readonly port: UsbredirPort;
  close(): Promise<void>;
}

/** The demo that prints a line on USART1 twice a second. */
export const blinky = readImage(
  readFileSync(fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url))),
  "blinky.elf",
).segments;

export async function openBench(
  kind: VirtualProbeKind = "v2-1",
  flash: typeof blinky = [],
  name = "bluepill",
): Promise<Bench> {
  const board: Board = createBoard(name, { flash });
  const probe = new SimulatedProbe({ identity: virtualProbeIdentity(kind), target: board.chip });
  const device = createStlinkDevice({ probe, board, wallTime: systemWallTime });
  const onCable = (plugged: boolean): void => (plugged ? probe.replug() : probe.unplug());
  const port = await UsbredirPort.listen(device.usb, { wallTime: systemWallTime, onCable });
  device.onUnplugged(() => port.unplug());
  return {
    ...{ board, probe, device, port },
    close: async () => {
      await port.close();
      device.dispose();
      probe.dispose();
    },
  };
}
