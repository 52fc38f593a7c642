import type { CallFailure } from "../flash/loader/loader-failed.ts";
import type { SandboxStep } from "../flash/loader/sandbox-options.ts";

/** Where lines about a loader go: all to the log file, and what ST's server also shows on its console. */
export interface LoaderLog {
  /** ST's function name, message, and level bit: file and console. */
  readonly line: (source: string, text: string, level: number) => void;
  /** The file alone. */
  readonly file: (source: string, text: string) => void;
}

const source = "initExternalMemory";
const information = 8;

/** The steps of a loader's Init() in the words and order of ST's log (stlink-gdbserver 4.4), with true figures. */
export class LoaderStepLog {
  readonly #log: LoaderLog;
  #returnTo = 0;
  #running = false;

  constructor(log: LoaderLog) {
    this.#log = log;
  }

  found(init: number): void {
    this.#log.file(source, `Found external memory initializer at ${hex((init | 1) >>> 0)}`);
  }

  step(step: SandboxStep): void {
    switch (step.kind) {
      case "segment":
        this.#log.file(source, `Writing external memory initializer seg at ${hex(step.address)} (${step.length} byte)`);
        break;
      case "stack":
        this.#returnTo = step.lr;
        this.#log.file(source, `MSP: ${hex(step.msp)}`);
        this.#log.file(source, `LR: ${hex(step.lr)}`);
        break;
      case "run":
        this.#running = true;
        this.#log.line(source, "Run external memory initializer", information);
        this.#log.line("Device_GetStatus", "ST-LINK device status: RUN_MODE", information);
        this.#log.file(source, `pc: ${hex((this.#returnTo | 1) >>> 0)}; ret: 0`);
        break;
      case "restore":
        if (this.#running) this.#log.file(source, "Restore after external memory initializer");
        break;
    }
  }

  /** What was read of the core after the failure: really read, not what stands in ST's log. */
  failed({ function: name, returned, core }: CallFailure): void {
    if (core === undefined) {
      const what = returned === undefined ? "was not started" : `failed returned ${hex(returned)}`;
      this.#log.file(source, `${name}() ${what}`);
      return;
    }
    const pc = core.r[15];
    this.#log.file(
      source,
      returned === undefined
        ? `${name}() failed @ ${hex(pc)}`
        : `${name}() failed returned ${hex(returned)} @ ${hex(pc)}`,
    );
    const names = ["sp", "lr", "pc"];
    for (const [i, value] of core.r.entries()) this.#row(i < 13 ? `r${i}` : names[i - 13], value);
    this.#row("xpsr", core.xpsr);
    this.#row("PRIMASK", core.primask);
    for (const [special, value] of Object.entries(core.special ?? {})) this.#row(special.toUpperCase(), value);
    this.#row("CFSR", core.cfsr);
    this.#row("HFSR", core.hfsr);
    if (core.bfar !== undefined) this.#row("BFAR", core.bfar);
    if (core.mmfar !== undefined) this.#row("MMFAR", core.mmfar);
    for (const [i, word] of (core.stackWords ?? []).entries()) {
      const place = `Stack ${hex(core.r[13] + 4 * i)} <sp+${4 * i}>:`;
      this.#log.file(source, `${place.padEnd(26)}${hex(word)}`);
    }
  }

  #row(name: string, value: number): void {
    this.#log.file(source, `${name.padEnd(13)}${hex(value)}`);
  }
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
