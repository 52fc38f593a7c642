import { listSharedProbes, openStlinkServerLink } from "../link/stlink-server/open.ts";
import { openRecorded, type RecordChoice } from "./open-recorded.ts";
import { openReplay, recordedSerial } from "./open-replay.ts";
import { openShared, type SharedChoice } from "./open-shared.ts";
import { openSimulated, simulatedConfiguration, simulatedSerial } from "./open-simulated.ts";
import type { DebugConfiguration, OpenedLink } from "./opened-link.ts";
import { type ProbeSpec, parseProbeSpec } from "./probe-spec.ts";

export interface OpenLinkOptions {
  /** Everything that goes over the link is written to a file. */
  readonly record?: RecordChoice;
  /** Something that the user should see: a replay that leaves its recording. */
  readonly note?: (text: string) => void;
  /** A probe on USB, or a virtual one, is opened through the stlink-server of this machine (`-t`). */
  readonly shared?: SharedChoice;
}

/** Opens the link that `--probe` names; `serial` (ST's `-i`) chooses among several. */
export async function openLink(spec: ProbeSpec, serial?: string, options: OpenLinkOptions = {}): Promise<OpenedLink> {
  const { record, note, shared } = options;
  if (record !== undefined) return openRecorded(record, () => openLink(spec, serial, { note, shared }));
  if (shared !== undefined && (spec.kind === "usb" || spec.kind === "sim")) {
    return openShared(spec, serial, shared, () => openLink(spec, serial));
  }
  if (spec.kind === "replay") return openReplay(spec, serial, note);
  if (spec.kind === "sim") return openSimulated(spec, serial);
  if (spec.kind === "tcp") {
    const link = await openStlinkServerLink({ ...spec, serial: spec.serial ?? serial });
    return { link, clock: link.clock, dispose: () => {} };
  }
  const { openUsbLink } = await import("../link/usb/open.ts");
  const link = await openUsbLink({ serial: spec.serial ?? serial });
  return { link, clock: link.clock, dispose: () => {} };
}

/** Serial numbers of the probes that `--probe TEXT` could mean. */
export async function listProbes(text: string): Promise<string[]> {
  const spec = parseProbeSpec(text);
  if (spec.kind === "sim") {
    return [simulatedSerial(spec)];
  }
  if (spec.kind === "tcp") return listSharedProbes(spec);
  if (spec.kind === "replay") return [recordedSerial(spec)];
  const { listUsbProbes } = await import("../link/usb/devices.ts");
  return (await listUsbProbes()).map(({ serial }) => serial);
}

/**
 * What the debug configuration of a bench says: for a virtual one by its faults, for another nothing. For who has to know
 * before the link is opened. Throws `probe-spec-invalid`.
 */
export function configurationOf(spec: ProbeSpec): DebugConfiguration | undefined {
  return spec.kind === "sim" ? simulatedConfiguration(spec) : undefined;
}
