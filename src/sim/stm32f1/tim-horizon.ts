import type { TimCounter } from "./tim-counter.ts";
import type { TimOutputs } from "./tim-outputs.ts";
import { CR1, CR2, DIER, SR, type TimRegisters } from "./tim-registers.ts";

/** What decides how far a timer may be left alone. */
export interface TimView {
  readonly registers: TimRegisters;
  readonly counter: TimCounter;
  readonly outputs: TimOutputs;
  /** A preloaded register waits for the next update. */
  readonly preloadPending: boolean;
  /** Somebody listens to this trigger of the timer: `TRGO`, `CC2`. */
  wanted(trigger: string): boolean;
}

const triggers = ["CC1", "CC2", "CC3", "CC4"] as const;

/**
 * Ticks until something that can be seen outside may happen: an interrupt flag that rises, a DMA request, an edge at a
 * pin, a trigger that is wanted. Infinity when nothing can, however long the timer runs.
 */
export function ticksToEvent(view: TimView): number {
  const { counter } = view;
  const { dier, sr, mms } = view.registers;
  const trgo = view.wanted("TRGO");
  let matches = Number.POSITIVE_INFINITY;
  let everyPeriod = trgo && mms >= 4;
  for (let channel = 0; channel < 4; channel++) {
    if (counter.compare[channel] < 0) continue;
    const flag = SR.CC1IF << channel;
    const seen =
      view.outputs.isEnabled(channel) ||
      (dier & flag && !(sr & flag)) ||
      dier & (DIER.CC1DE << channel) ||
      (trgo && (mms === channel + 4 || (mms === 3 && channel === 0))) ||
      view.wanted(triggers[channel]);
    if (!seen) continue;
    everyPeriod = true;
    matches = Math.min(matches, counter.ticksToMatch(channel));
  }
  if (everyPeriod) return Math.min(matches, counter.ticksToWrap());
  if (!updateIsSeen(view, trgo)) return Number.POSITIVE_INFINITY;
  return view.preloadPending ? counter.ticksToWrap() : counter.ticksToUpdate();
}

function updateIsSeen({ registers }: TimView, trgo: boolean): boolean {
  const { dier, sr, cr1, cr2, mms } = registers;
  if (cr1 & CR1.UDIS) return false;
  if ((dier & SR.UIF && !(sr & SR.UIF)) || dier & DIER.UDE) return true;
  // One-pulse mode ends what MMS = 1 shows.
  if (trgo && (mms === 2 || (mms === 1 && cr1 & CR1.OPM))) return true;
  return (cr2 & CR2.CCDS) !== 0 && (dier & (15 * DIER.CC1DE)) !== 0;
}
