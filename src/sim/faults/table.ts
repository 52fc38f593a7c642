import { chipFaults } from "./chip.ts";
import { cloneFaults } from "./clones.ts";
import type { Fault } from "./fault.ts";
import { firmwareFaults } from "./firmware.ts";
import { powerFaults } from "./power.ts";
import { probeFaults } from "./probe.ts";
import { projectFaults } from "./project.ts";
import { resetFaults } from "./reset-line.ts";
import { wireFaults } from "./wires.ts";

/** Every fault, in the order in which one would look for them: from the plug to the program. */
export const faults: readonly Fault[] = [
  ...powerFaults,
  ...wireFaults,
  ...resetFaults,
  ...probeFaults,
  ...cloneFaults,
  ...chipFaults,
  ...firmwareFaults,
  ...projectFaults,
];

/** Keys of `sim:BOARD?...` that faults take beside `fault` itself. */
export const faultKeys: readonly string[] = faults.flatMap(({ parameters = [] }) => parameters.map(({ key }) => key));
