import type { Scheduler } from "../../time/scheduler.ts";
import type { AccessSize, BusMaster, CpuBus, MemoryWindow } from "../cpu.ts";
import type { PrivateBus } from "../memory.ts";

/** One access that did not go to a memory window, and how the world stood behind it. */
export interface BusAccess {
  readonly bus: "system" | "private";
  readonly write: boolean;
  readonly address: number;
  readonly size: AccessSize;
  /** What was written. */
  readonly value: number;
  /** What was read; for a write 1, or 0 for a fault. */
  readonly result: number;
  readonly before: number;
  readonly after: number;
  readonly deadline: number;
  readonly attention: boolean;
}

/** Passes accesses on and, while {@link log} is there, writes them down. */
export class BusRecorder {
  log: BusAccess[] | undefined;
  readonly system: CpuBus;
  readonly private: PrivateBus;
  readonly #scheduler: Scheduler;
  readonly #attention: () => boolean;

  constructor(bus: CpuBus, ppb: PrivateBus, scheduler: Scheduler, attention: () => boolean) {
    this.#scheduler = scheduler;
    this.#attention = attention;
    this.system = {
      get windows(): readonly MemoryWindow[] {
        return bus.windows;
      },
      get flashBusyUntil(): number {
        return bus.flashBusyUntil;
      },
      ...this.#wrap("system", bus),
    };
    this.private = this.#wrap("private", ppb);
  }

  #wrap(name: "system" | "private", inner: PrivateBus): PrivateBus {
    const note = (write: boolean, address: number, size: AccessSize, value: number, access: () => number): number => {
      if (this.log === undefined) return access();
      const before = this.#scheduler.cycles;
      const result = access();
      const { cycles, deadline } = this.#scheduler;
      this.log.push({
        ...{ bus: name, write, address, size, value, result },
        ...{ before, after: cycles, deadline, attention: this.#attention() },
      });
      return result;
    };
    return {
      read: (address: number, size: AccessSize, master: BusMaster): number =>
        master === "cpu"
          ? note(false, address, size, 0, () => inner.read(address, size, master))
          : inner.read(address, size, master),
      write: (address: number, size: AccessSize, value: number, master: BusMaster): boolean =>
        master === "cpu"
          ? note(true, address, size, value, () => (inner.write(address, size, value, master) ? 1 : 0)) !== 0
          : inner.write(address, size, value, master),
    };
  }
}
