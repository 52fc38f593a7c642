import { readFileSync } from "node:fs";
import { resetFlagAddress, resetFlagNames } from "../../src/chips/reset-cause.ts";
import { openMemoryPort } from "../../src/coresight/probe-port.ts";
import type { Core } from "../../src/cortexm/core.ts";
import { openCore } from "../../src/cortexm/open-core.ts";
import { ExternalMemory, type ExternalMemoryOptions } from "../../src/flash/loader/external-memory.ts";
import type { LoaderFile } from "../../src/formats/loader-file.ts";
import { readLoader } from "../../src/formats/read-loader.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import type { BoardOptions } from "../../src/sim/boards/board.ts";
import { type BoardNamed, createBoard } from "../../src/sim/boards/boards.ts";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { freezeForDebug } from "../../src/stm32/debug-freeze.ts";
import { type IdentifiedChip, identify } from "../../src/stm32/identify.ts";
import { reconnectUnderReset } from "../../src/stm32/reconnect.ts";
import { feedWatchdog } from "../../src/stm32/watchdog.ts";

/** A loader of firmware/loaders. */
export function loaderOf(name: string): LoaderFile {
  const path = name.includes(".") ? name : `${name}.stldr`;
  return readLoader(readFileSync(new URL(`../../firmware/loaders/${path}`, import.meta.url)), path);
}

export interface LoaderRig<Name extends string> {
  readonly board: BoardNamed<Name>;
  readonly virtual: SimulatedProbe;
  readonly core: Core;
  readonly chip: IdentifiedChip;
  memory(loader: LoaderFile, options?: Partial<ExternalMemoryOptions>): ExternalMemory;
}

/** A virtual board with its probe, halted at the reset vector, or where it is with `running`. */
export async function createLoaderRig<Name extends string>(
  name: Name,
  options: BoardOptions & { readonly runFor?: number } = {},
): Promise<LoaderRig<Name>> {
  const board = createBoard(name, options);
  const virtual = new SimulatedProbe({
    identity: virtualProbeIdentity("v2-1"),
    target: board.chip,
    name: `sim:${name}`,
  });
  const link = virtual.asLink();
  const probe = await openStlinkProbe(link);
  await probe.setFrequency?.("swd", 4000);
  await probe.enterDebug("swd");
  const port = await openMemoryPort(probe);
  const core = await openCore(port, probe, link.clock);
  if (options.runFor === undefined) {
    await core.reset("system", { halt: true });
  } else {
    await link.clock.sleep(options.runFor);
    await core.halt();
  }
  const chip = await identify(probe, port, core);
  if (chip.row !== undefined) await freezeForDebug(port, chip.row);
  const flags = resetFlagAddress(chip.row);
  return {
    board,
    virtual,
    core,
    chip,
    memory: (loader, more = {}) =>
      new ExternalMemory({
        core,
        clock: link.clock,
        loader,
        ram: chip.ramRegions,
        limit: 2000,
        feed: feedWatchdog(chip.row),
        ...(flags !== undefined && {
          resetFlags: { address: flags, names: (value: number) => resetFlagNames(chip.row, value) },
        }),
        chip: chip.row,
        recover: async () => {
          await reconnectUnderReset(probe, link.clock, core, { protocol: "swd", ap: 0 });
          if (chip.row !== undefined) await freezeForDebug(port, chip.row);
        },
        pristine: () => options.runFor === undefined,
        ...more,
      }),
  };
}
