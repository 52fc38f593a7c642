import type { Scheduler } from "../time/scheduler.ts";
import type { CodeCache } from "./code-cache.ts";
import { type ComponentIds, type CoreComponents, cortexM3Components, readComponentId } from "./component-ids.ts";
import type { CpuConfig } from "./cpu.ts";
import { Dwt } from "./dwt.ts";
import { Fpb } from "./fpb.ts";
import { Itm } from "./itm.ts";
import type { Memory } from "./memory.ts";
import { Op } from "./opcodes.ts";
import type { Ppb, PpbBlock } from "./ppb.ts";
import { createRomTable } from "./rom-table.ts";
import { Tpiu } from "./tpiu.ts";

/** What the debug components need of the core. */
export interface DebugComponentsHost {
  /** DEMCR.TRCENA. */
  readonly traceEnabled: boolean;
  readonly privileged: boolean;
  readonly pc: number;
  /** A DWT comparator matched. */
  watchpoint(): void;
  /** Data accesses are to be compared (or literals replaced), or no longer. */
  watchingChanged(watching: boolean): void;
  /** One byte on SWO. */
  traceByte(byte: number): void;
}

/** FPB, DWT, ITM, TPIU and the ROM table, and what their comparators do to the core's code and data accesses. */
export class DebugComponents {
  readonly dwt: Dwt;
  readonly #fpb: Fpb;
  readonly #itm: Itm;
  readonly #tpiu: Tpiu;
  readonly #memory: Memory;
  readonly #cache: CodeCache;
  readonly #host: DebugComponentsHost;
  readonly #ids: CoreComponents;

  constructor(config: CpuConfig, scheduler: Scheduler, memory: Memory, cache: CodeCache, host: DebugComponentsHost) {
    this.#memory = memory;
    this.#cache = cache;
    this.#host = host;
    const ids = config.components ?? cortexM3Components;
    this.#ids = ids;
    const changed = () => this.comparatorsChanged();
    this.#fpb = new Fpb(config.flashPatch.code, config.flashPatch.literal, ids.fpb, changed);
    this.dwt = new Dwt(scheduler, config.watchpoints, ids.dwt, {
      get traceEnabled() {
        return host.traceEnabled;
      },
      get pc() {
        return host.pc;
      },
      watchpoint: () => host.watchpoint(),
      comparatorsChanged: changed,
    });
    this.#tpiu = new Tpiu(ids.tpiu, {
      get traceEnabled() {
        return host.traceEnabled;
      },
      send: (byte) => host.traceByte(byte),
    });
    this.#itm = new Itm(scheduler, ids.itm, {
      get traceEnabled() {
        return host.traceEnabled;
      },
      get privileged() {
        return host.privileged;
      },
      emit: (byte) => this.#tpiu.emit(byte),
    });
  }

  /** Puts the components where they answer. */
  attach(ppb: Ppb): void {
    ppb.attach(0xe000_0000, this.#itm);
    ppb.attach(0xe000_1000, this.dwt);
    ppb.attach(0xe000_2000, this.#fpb);
    ppb.attach(0xe004_0000, this.#tpiu);
    if (this.#ids.etm !== undefined) ppb.attach(0xe004_1000, identifiedOnly(this.#ids.etm));
    ppb.attach(0xe00f_f000, createRomTable(this.#ids));
  }

  powerOn(): void {
    this.#fpb.powerOn();
    this.dwt.powerOn();
    this.#itm.powerOn();
    this.#tpiu.powerOn();
  }

  /** TRCENA changed. */
  update(): void {
    this.dwt.update();
    this.comparatorsChanged();
  }

  /** Renews what is patched into the code, what is remapped, and whether data accesses are watched. */
  comparatorsChanged(): void {
    const patches = this.#fpb.breakpoints;
    for (const address of this.dwt.matchedInstructions) {
      if (!patches.has(address)) patches.set(address, Op.DWT_PC);
    }
    this.#cache.setPatches(patches);
    const instructions = new Map<number, number>();
    for (const [address, entry] of this.#fpb.instructionRemaps) {
      instructions.set(address, this.#memory.read(entry, 4, "cpu"));
    }
    this.#cache.setRemaps(instructions);
    this.#memory.literals = this.#fpb.literalRemaps;
    this.#memory.watcher = this.dwt.watchesData ? this.dwt : undefined;
    this.#host.watchingChanged(this.#memory.watcher !== undefined || this.#memory.literals.size > 0);
  }
}

/** A component that is there by its id registers alone: the ETM, whose trace port leads nowhere. */
function identifiedOnly(ids: ComponentIds): PpbBlock {
  return { read: (offset) => (offset >= 0xfd0 ? readComponentId(ids, offset) : 0), write() {} };
}
