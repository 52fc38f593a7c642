import { isProbityError } from "../../base/errors.ts";
import type { Chip } from "../../chips/chip.ts";
import { dmaChannels, dmaControllers, dmaTarget } from "../../chips/dma-controllers.ts";
import type { WordOperation } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";
import type { ActiveDma } from "../../diagnose/loader/loader-facts.ts";

/** What RCC is asked first: without their clocks the controllers are off. */
function clockReads(chip: Chip | undefined): number[] {
  return [...new Set(dmaControllers(chip).map(({ clock }) => clock.address))];
}

/** The DMA channels that are on; empty where the family's controllers are not known. */
export async function activeDma(core: Core, chip: Chip | undefined): Promise<ActiveDma[]> {
  const addresses = clockReads(chip);
  if (addresses.length === 0) return [];
  try {
    const values = await core.port.words(addresses.map(read));
    const clocks = new Map(addresses.map((address, i) => [address, values[i]]));
    const found: ActiveDma[] = [];
    for (const controller of dmaControllers(chip)) {
      if ((((clocks.get(controller.clock.address) ?? 0) >>> controller.clock.bit) & 1) === 0) continue;
      const channels = dmaChannels(controller);
      const words = await core.port.words(
        channels.flatMap(({ control, words: count }) => Array.from({ length: count }, (_, i) => read(control + 4 * i))),
      );
      for (const [i, { name, control, words: count }] of channels.entries()) {
        const own = words.slice(i * count, (i + 1) * count);
        if ((own[0] & 1) === 0) continue;
        found.push({ name, control, settings: own[0] >>> 0, target: dmaTarget(controller.kind, own) >>> 0 });
      }
    }
    return found;
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
    return [];
  }
}

/** Switches off the channels that are on now and were not before. */
export async function stopDma(core: Core, chip: Chip | undefined, before: readonly ActiveDma[]): Promise<void> {
  const now = await activeDma(core, chip);
  const added = now.filter(({ control }) => !before.some((each) => each.control === control));
  if (added.length === 0) return;
  await core.port.words(
    added.map(({ control, settings }) => ({ kind: "write", address: control, value: (settings & ~1) >>> 0 })),
  );
}

function read(address: number): WordOperation {
  return { kind: "read", address };
}
