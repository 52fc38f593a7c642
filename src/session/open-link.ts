import { readFileSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import { systemWallTime } from "../base/wall-time.ts";
import { readImage } from "../formats/image.ts";
import type { Link } from "../link/link.ts";
import type { Board, BoardOptions } from "../sim/boards/boards.ts";
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
import { packageFile } from "./package-file.ts";
import { type ProbeSpec, parseProbeSpec } from "./probe-spec.ts";

/** What a debug configuration adds to the options of a command line. */
export interface DebugConfiguration {
  /** External loaders, by path. */
  readonly loaders: readonly string[];
}

/** A link that was opened, and what stands behind it. */
export interface OpenedLink {
  readonly link: Link;
  readonly clock: Clock;
  /** The virtual board, if it is one. */
  readonly board?: Board;
  readonly simulated?: SimulatedProbe;
  /** The program file that a virtual board had in flash at power-on. */
  readonly program?: string;
  /** What the debug configuration of a virtual bench says, if it has one. */
  readonly configuration?: DebugConfiguration;
  dispose(): void;
}

/** Keys that `sim:BOARD?...` takes. */
const simKeys: readonly string[] = [
  ...["probe", "firmware", "serial", "pace", "elf", "boot0", "boot1", "hidden-flash", "eeprom", "fault"],
  ...faultKeys,
];

/** Opens the link that `--probe` names; `serial` (ST's `-i`) chooses among several. */
export async function openLink(spec: ProbeSpec, serial?: string): Promise<OpenedLink> {
  if (spec.kind === "sim") return openSimulated(spec, serial);
  const { openUsbLink } = await import("../link/usb.ts");
  const link = await openUsbLink({ serial: spec.serial ?? serial });
  return { link, clock: link.clock, dispose: () => {} };
}

/** Serial numbers of the probes that `--probe TEXT` could mean. */
export async function listProbes(text: string): Promise<string[]> {
  const spec = parseProbeSpec(text);
  if (spec.kind === "sim") {
    return [simulatedIdentity(spec, planOf(spec)).serial];
  }
  const { listUsbProbes } = await import("../link/usb.ts");
  return (await listUsbProbes()).map(({ serial }) => serial);
}

/**
 * What the debug configuration of a bench says: for a virtual one by its faults, for another nothing. For who has to know
 * before the link is opened. Throws `probe-spec-invalid`.
 */
export function configurationOf(spec: ProbeSpec): DebugConfiguration | undefined {
  return spec.kind === "sim" ? configurationIn(planOf(spec)) : undefined;
}

type SimSpec = Extract<ProbeSpec, { kind: "sim" }>;

function openSimulated(spec: SimSpec, wantedSerial: string | undefined): OpenedLink {
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
  };
  const board = createFaultyBoard(spec.board, options, plan);
  const simulated = new SimulatedProbe({
    identity,
    target: board.chip,
    name: `sim:${spec.board}`,
    wallTime: pace === "realtime" ? systemWallTime : undefined,
    cable: faultyCable(plan),
    claimed: plan.claimed,
    unplugAfter: plan.unplugAfter,
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

function choice(keys: ReadonlyMap<string, string>, key: string, values: readonly string[], initial: string): string {
  const value = keys.get(key) ?? initial;
  if (values.includes(value)) return value;
  throw badKey(key, value, `Write ${key}= one of: ${values.join(", ")}.`);
}

function badKey(key: string, value: string, remedy: string): ProbityError {
  return new ProbityError("probe-spec-invalid", `"${key}=${value}" means nothing to a virtual board.`, {
    facts: { key, value },
    remedy: [remedy],
  });
}
