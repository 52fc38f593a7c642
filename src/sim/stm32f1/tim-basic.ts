import type { ChipContext } from "./chip-context.ts";
import { Tim } from "./tim.ts";
import type { TriggerDemand } from "./tim-trigger-demand.ts";

/** Writable bits of the registers that a basic timer has (RM0008 17.4); what is not here stays 0. */
const writable: Readonly<Record<number, number>> = {
  0: 0x8f,
  4: 0x70,
  12: 0x101,
  16: 0x1,
  20: 0x1,
  36: 0xffff,
  40: 0xffff,
  44: 0xffff,
};

/** TIM6 or TIM7 (RM0008 17): a counter with update events, and nothing of channels or slave modes. */
export class BasicTim extends Tim {
  constructor(name: string, irq: number, context: ChipContext, demand: TriggerDemand) {
    const irqs = { update: irq, capture: irq, trigger: irq };
    super({ name, advanced: false, clock: "timApb1", irqs, itr: [] }, context, demand);
  }

  protected override writeRegister(offset: number, value: number): void {
    const mask = writable[offset];
    if (mask !== undefined) super.writeRegister(offset, value & mask);
  }
}
