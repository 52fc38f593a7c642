import { readFileSync } from "node:fs";
import { ProbityError } from "../base/errors.ts";
import { systemWallTime } from "../base/wall-time.ts";
import { readImage } from "../formats/image.ts";
import type { BoardOptions } from "../sim/boards/boards.ts";
import { engineDefaults, engineNames } from "../sim/cpu/default-engine.ts";
import type { FaultPlan } from "../sim/faults/fault.ts";
import { createFaultyBoard, faultyCable, planFaults } from "../sim/faults/plan-faults.ts";
import { faultKeys } from "../sim/faults/table.ts";
import {
  type VirtualProbeIdentity,
  type VirtualProbeKind,
  virtualProbeIdentity,
  virtualProbeKinds,
} from "../sim/probe/identity.ts";
import { SimulatedProbe } from "../sim/simulated-probe.ts";
import type { DebugConfiguration, OpenedLink } from "./opened-link.ts";
import { packageFile } from "./package-file.ts";
import type { ProbeSpec } from "./probe-spec.ts";

/** Keys that `sim:BOARD?...` takes. */
const simKeys: readonly string[] = [
  ...["probe", "firmware", "serial", "pace", "elf", "boot0", "boot1", "hidden-flash", "eeprom", "engine", "fault"],
  ...faultKeys,
];

/** `sim:BOARD?...` after `--probe`. */
export type SimSpec = Extract<ProbeSpec, { kind: "sim" }>;

/** Opens a virtual probe on a virtual board; `wantedSerial` is refused unless it is that probe's. */
export function openSimulated(spec: SimSpec, wantedSerial: string | undefined): OpenedLink {
  const { keys } = spec;
  const plan = planOf(spec);
  const pace = choice(keys, "pace", ["realtime", "fast"], "realtime");
  const identity = simulatedIdentity(spec, plan);
  if (wantedSerial !== undefined && wantedSerial.toUpperCase() !== identity.serial) {
    throw new ProbityError("link-serial-not-found", `No ST-LINK with serial number ${wantedSerial} is there.`, {
      facts: { serial: wantedSerial, there: identity.serial },
      remedy: ["Correct or leave out -i; `ST-LINK_gdbserver -q` lists the serial numbers."],
    });
  }
  const program = typeof plan.program === "string" ? packageFile(plan.program) : keys.get("elf");
  const options = {
    flash: program === undefined ? [] : readProgram(program),
    boot0: choice(keys, "boot0", ["0", "1"], "0") === "1",
    boot1: choice(keys, "boot1", ["0", "1"], "0") === "1",
    hiddenFlash: choice(keys, "hidden-flash", ["0", "1"], "0") === "1",
    eeprom: eepromOn(choice(keys, "eeprom", ["none", "i2c1", "i2c2"], "none")),
    ...(keys.has("engine") && { engine: choice(keys, "engine", engineNames, engineDefaults().engine) }),
  };
  const board = createFaultyBoard(spec.board, options, plan);
  const simulated = new SimulatedProbe({
    identity,
    target: board.chip,
    name: `sim:${spec.board}`,
    wallTime: pace === "realtime" ? systemWallTime : undefined,
    watched: () => board.watched(),
    cable: faultyCable(plan),
    claimed: plan.claimed,
    unplugAfter: plan.unplugAfter,
    replugAfter: plan.replugAfter,
  });
  const dispose = (): void => simulated.dispose();
  try {
    const link = simulated.asLink();
    return { link, clock: link.clock, board, simulated, program, configuration: configurationIn(plan), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Serial number of the virtual probe that `spec` means. */
export function simulatedSerial(spec: SimSpec): string {
  return simulatedIdentity(spec, planOf(spec)).serial;
}

/** What the debug configuration says that the faults of `spec` bring along, if one does. */
export function simulatedConfiguration(spec: SimSpec): DebugConfiguration | undefined {
  return configurationIn(planOf(spec));
}

function planOf({ board, keys }: SimSpec): FaultPlan {
  for (const key of keys.keys()) {
    if (!simKeys.includes(key)) throw badKey(key, keys.get(key) ?? "", `The keys are: ${simKeys.join(", ")}.`);
  }
  const probe = choice(keys, "probe", virtualProbeKinds, "v2-1") as VirtualProbeKind;
  return planFaults({ board, probe, names: keys.get("fault") ?? "", keys });
}

function simulatedIdentity({ keys }: SimSpec, plan: FaultPlan): VirtualProbeIdentity {
  const kind = choice(keys, "probe", virtualProbeKinds, "v2-1") as VirtualProbeKind;
  const firmware = plan.probeFirmware ?? keys.get("firmware");
  return virtualProbeIdentity(kind, { firmware, serial: keys.get("serial") });
}

function configurationIn({ loaders }: FaultPlan): DebugConfiguration | undefined {
  return loaders.length === 0 ? undefined : { loaders: loaders.map(packageFile) };
}

/** A 24C02 on one of the I2C buses. */
function eepromOn(bus: string): BoardOptions["eeprom"] {
  return bus === "none" ? undefined : { bus: bus === "i2c1" ? "I2C1" : "I2C2" };
}

function readProgram(path: string): { address: number; data: Uint8Array }[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ProbityError("file-unreadable", `The program ${path} cannot be read (${system}).`, {
      facts: { path, system },
      remedy: ["Correct the path after elf=."],
      cause,
    });
  }
  return [...readImage(bytes, path).segments];
}

function choice<const Value extends string>(
  keys: ReadonlyMap<string, string>,
  key: string,
  values: readonly Value[],
  initial: NoInfer<Value>,
): Value {
  const value = keys.get(key) ?? initial;
  const found = values.find((each) => each === value);
  if (found !== undefined) return found;
  throw badKey(key, value, `Write ${key}= one of: ${values.join(", ")}.`);
}

function badKey(key: string, value: string, remedy: string): ProbityError {
  return new ProbityError("probe-spec-invalid", `"${key}=${value}" means nothing to a virtual board.`, {
    facts: { key, value },
    remedy: [remedy],
  });
}
