import { openMemoryPort } from "../../src/coresight/probe-port.ts";
import type { Core } from "../../src/cortexm/core.ts";
import { openCore } from "../../src/cortexm/open-core.ts";
import { createF1FlashProgrammer } from "../../src/flash/f1/f1-programmer.ts";
import type { FlashProgrammer } from "../../src/flash/programmer.ts";
import type { Link } from "../../src/link/link.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import type { StlinkProbe } from "../../src/probe/stlink/stlink-probe.ts";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { Board, BoardOptions } from "../../src/sim/boards/board.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";

export const FLASH = 0x08000000;
export const RAM = 0x20000000;
export const RAM_SIZE = 20 * 1024;
export const CONTROLLER = 0x40022000;
export const region = { base: FLASH, size: 64 * 1024, pageSize: 1024, erasedValue: 0xff } as const;

/** A virtual Blue Pill with its probe, connected, and halted at the reset vector. */
export interface Rig {
  readonly board: Board;
  readonly virtual: SimulatedProbe;
  readonly probe: StlinkProbe;
  readonly core: Core;
  readonly programmer: FlashProgrammer;
  /** Flash as the chip holds it, not through the debug port. */
  flash(address: number, length: number): Uint8Array;
  /** Transfers and virtual milliseconds that `action` takes. */
  measure<Result>(action: () => Promise<Result>): Promise<{ transfers: number; milliseconds: number; result: Result }>;
}

export interface RigOptions extends BoardOptions {
  readonly kind?: VirtualProbeKind;
  readonly kilohertz?: number;
  readonly ramSize?: number;
  /** Halted wherever the program is by then, instead of at its reset vector with 8 MHz. */
  readonly running?: boolean;
  /** Milliseconds of the board's time until the host hears the answer of a transfer; the argument counts them. */
  readonly answersLate?: (transfer: number) => number;
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const board = createBluePill(options);
  const virtual = new SimulatedProbe({
    identity: virtualProbeIdentity(options.kind ?? "v2-1"),
    target: board.chip,
    name: "sim:bluepill",
  });
  const link = answeringLate(virtual.asLink(), options.answersLate ?? (() => 0));
  const probe = await openStlinkProbe(link);
  await probe.setFrequency?.("swd", options.kilohertz ?? 4000);
  await probe.enterDebug("swd");
  const port = await openMemoryPort(probe);
  const core = await openCore(port, probe, link.clock);
  if (options.running) await core.halt();
  else await core.reset("system", { halt: true });
  const programmer = createF1FlashProgrammer({
    core,
    clock: link.clock,
    controllerBase: CONTROLLER,
    region,
    ram: { base: RAM, size: options.ramSize ?? RAM_SIZE },
  });
  return {
    board,
    virtual,
    probe,
    core,
    programmer,
    flash: (address, length) =>
      Uint8Array.from({ length }, (_, i) => board.chip.bus.read(address + i, 1, "cpu") & 0xff),
    measure: async (action) => {
      const before = virtual.account.transfers;
      const started = virtual.clock.now();
      const result = await action();
      return {
        transfers: virtual.account.transfers - before,
        milliseconds: virtual.clock.now() - started,
        result,
      };
    },
  };
}

function answeringLate(link: Link, late: (transfer: number) => number): Link {
  let transfers = 0;
  return {
    ...link,
    transfer: async (command, write, readLength) => {
      const reply = await link.transfer(command, write, readLength);
      const milliseconds = late(transfers++);
      if (milliseconds > 0) await link.clock.sleep(milliseconds);
      return reply;
    },
  };
}

/** Bytes that look random and are the same each time. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed >>> 0 || 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state >>> 11;
  });
}
