import type { Clock } from "../base/clock.ts";
import type { Probe, Protocol } from "../coresight/memory-port.ts";
import type { Core } from "../cortexm/core.ts";
import { connectTarget } from "./connect.ts";

/**
 * Brings a target back that no longer answers on its debug wires: NRST low, the debug port entered anew under it, the
 * core halted at its reset vector. `core` and its port are usable again afterwards. Rejects as {@link connectTarget}
 * does when the target does not come back.
 */
export async function reconnectUnderReset(
  probe: Probe,
  clock: Clock,
  core: Core,
  { protocol, ap }: { readonly protocol: Protocol; readonly ap: number },
): Promise<void> {
  // The firmware holds on to an access port that is gone.
  await probe.leaveDebug().catch(() => {});
  await connectTarget(probe, clock, { mode: "under-reset", protocol, ap });
  core.invalidate();
  // Comparators and vector catches are the core's again.
  await core.reset("system", { halt: true });
}
