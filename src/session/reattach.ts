import type { Clock } from "../base/clock.ts";
import type { Chip } from "../chips/chip.ts";
import { powerUpDebugPort } from "../coresight/debug-port.ts";
import type { Probe } from "../probe/probe.ts";
import { bringToRest } from "../probe/stlink/open.ts";
import type { ConnectedTarget } from "../stm32/connect.ts";
import { freezeForDebug } from "../stm32/debug-freeze.ts";
import type { Lifeline } from "./lifeline.ts";

/** What a session has to do anew with a probe that was plugged in again. */
export interface Attachment {
  readonly lifeline: Lifeline;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly target: ConnectedTarget;
  readonly chip: Chip | undefined;
}

/**
 * Opens the probe again and enters the target's debug port as before. The core is neither halted nor reset. Rejects with
 * `link-unplugged` while the probe is not there, and as connecting does while the target does not answer.
 */
export async function reattach({ lifeline, probe, clock, target, chip }: Attachment): Promise<void> {
  await lifeline.reopen();
  await bringToRest(lifeline.link);
  // What is remembered of the probe's state is of before.
  await probe.leaveDebug();
  const { protocol, frequencyKhz, core, port } = target;
  if (frequencyKhz !== undefined) await probe.setFrequency?.(protocol, frequencyKhz);
  await probe.enterDebug(protocol);
  await powerUpDebugPort(probe, clock);
  core.invalidate();
  if (chip !== undefined) await freezeForDebug(port, chip);
}
