import { type ComponentIds, readComponentId } from "./component-ids.ts";
import type { DebugUnit } from "./debug.ts";
import type { Nvic } from "./nvic.ts";
import type { PpbBlock } from "./ppb.ts";
import type { Scb } from "./scb.ts";
import type { CpuState } from "./state.ts";
import type { SysTick } from "./systick.ts";

/** The system control space 0xE000E000–0xE000EFFF (ARMv7-M B3.2.1): who answers at which offset. */
export class SystemControlSpace implements PpbBlock {
  readonly #state: CpuState;
  readonly #sysTick: SysTick;
  readonly #nvic: Nvic;
  readonly #scb: Scb;
  readonly #debug: DebugUnit;

  readonly #ids: ComponentIds;

  constructor(state: CpuState, sysTick: SysTick, nvic: Nvic, scb: Scb, debug: DebugUnit, ids: ComponentIds) {
    this.#ids = ids;
    this.#state = state;
    this.#sysTick = sysTick;
    this.#nvic = nvic;
    this.#scb = scb;
    this.#debug = debug;
  }

  read(offset: number, debug: boolean): number {
    if (offset === 0x004) return this.#nvic.controllerType;
    if (offset === 0x008) return this.#scb.actlr;
    if (offset >= 0x010 && offset < 0x020) return this.#sysTick.read(offset - 0x010);
    if (offset >= 0x100 && offset < 0x500) return this.#nvic.read(offset);
    if (offset === 0xd30 || (offset >= 0xdf0 && offset < 0xe00)) return this.#debug.read(offset, debug);
    if (offset >= 0xd00 && offset < 0xd80) return this.#scb.read(offset);
    if (offset >= 0xfd0) return readComponentId(this.#ids, offset);
    return 0;
  }

  write(offset: number, value: number, mask: number, debug: boolean): void {
    if (offset === 0x008) this.#scb.actlr = value & 7;
    else if (offset >= 0x010 && offset < 0x020) this.#sysTick.write(offset - 0x010, value, mask);
    else if (offset >= 0x100 && offset < 0x500) this.#nvic.write(offset, value, mask);
    else if (offset === 0xd30 || (offset >= 0xdf0 && offset < 0xe00)) this.#debug.write(offset, value, mask, debug);
    else if (offset >= 0xd00 && offset < 0xd80) this.#scb.write(offset, value, mask);
    else if (offset === 0xf00) this.#nvic.trigger(value & mask, debug || this.#state.privileged);
  }
}
