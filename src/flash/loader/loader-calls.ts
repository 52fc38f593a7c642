import type { LoaderFile } from "../../formats/loader-file.ts";
import { DATA, type QueuedCall } from "./call-queue.ts";
import type { Sandbox } from "./sandbox.ts";
import type { FunctionCall } from "./sandbox-options.ts";

/** What a flash algorithm is initialised for (CMSIS-Pack: `fnc` of Init and UnInit). */
export type Purpose = "erase" | "program" | "verify";

const purposes = { erase: 1, program: 2, verify: 3 } as const;

/** The functions of a loader by what they do, whichever kind of file it is. */
export class LoaderCalls {
  readonly #sandbox: Sandbox;
  readonly #loader: LoaderFile;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#loader = sandbox.loader;
  }

  /** Brings the memory into a state to be worked with. A `.stldr` leaves it readable, if it is mapped. */
  init(purpose: Purpose): FunctionCall {
    if (this.#loader.format === "stldr") return this.#call("Init", [], 1);
    // The clock is not known; algorithms of today ignore it.
    return this.#call("Init", [this.#loader.device.start, 0, purposes[purpose]], 0);
  }

  /** The counterpart of {@link init}, where there is one. */
  uninit(purpose: Purpose): FunctionCall | undefined {
    return this.#loader.format === "stldr" ? undefined : this.#call("UnInit", [purposes[purpose]], 0);
  }

  /** Erases one sector; undefined for memory that needs no erasing. */
  eraseSector(address: number, size: number): FunctionCall | undefined {
    if (this.#loader.device.sectors.length === 0) return undefined;
    if (this.#loader.format === "flm") {
      const limit = Math.max(this.#sandbox.options.limit, this.#loader.eraseTimeout);
      return { ...this.#call("EraseSector", [address], 0), limit };
    }
    // Some loops run while the end is not below the sector, some while it is above: the sector's last byte suits both.
    return this.#has("SectorErase") ? this.#call("SectorErase", [address, address + size - 1], 1) : undefined;
  }

  massErase(): FunctionCall | undefined {
    const { format, device } = this.#loader;
    const name = format === "flm" ? "EraseChip" : "MassErase";
    if (!this.#has(name)) return undefined;
    // It may take as long as erasing every sector by itself.
    const sectors = device.sectors.reduce((sum, { count }) => sum + count, 0);
    const limit = this.#sandbox.options.limit * Math.max(1, sectors);
    return { ...this.#call(name, [], format === "flm" ? 0 : 1), limit };
  }

  write(address: number, data: Uint8Array): Omit<QueuedCall, "onDone"> {
    const { format } = this.#loader;
    const name = format === "flm" ? "ProgramPage" : "Write";
    const expected = format === "flm" ? 0 : 1;
    return { name, entry: this.#entry(name), parameters: [address, data.length, DATA], expected, data };
  }

  /** Copies memory into RAM; undefined where it can only be read directly. */
  read(address: number, length: number): QueuedCall | undefined {
    if (!this.#has("Read")) return undefined;
    return {
      name: "Read",
      entry: this.#entry("Read"),
      parameters: [address, length, DATA],
      expected: 1,
      room: length,
    };
  }

  #call(name: string, parameters: readonly number[], expected: number): FunctionCall {
    return { name, entry: this.#entry(name), parameters, expected };
  }

  #has(name: string): boolean {
    return this.#sandbox.entry(name) !== undefined;
  }

  #entry(name: string): number {
    return this.#sandbox.entry(name) ?? 0;
  }
}
