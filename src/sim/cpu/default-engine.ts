import type { EngineName } from "./cpu.ts";
import { defaultThresholds, type Thresholds } from "./translator/thresholds.ts";

/** Every {@link EngineName}, as it is written after `--engine` and `engine=`. */
export const engineNames: readonly EngineName[] = ["interpreter", "translator", "check"];

/** What executes where a core's configuration does not say. */
export interface EngineDefaults {
  readonly engine: EngineName;
  readonly thresholds: Thresholds;
}

let defaults: EngineDefaults = { engine: "translator", thresholds: defaultThresholds };

/** The engine and the thresholds of cores whose configuration names none. */
export function engineDefaults(): EngineDefaults {
  return defaults;
}

/**
 * Sets them for the cores that are made from now on. For the edges of the program, which know the user's wish: the
 * command line and the set-up of the tests.
 */
export function setEngineDefaults(wanted: Partial<EngineDefaults>): void {
  defaults = { ...defaults, ...wanted };
}
