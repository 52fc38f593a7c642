import type { FindingCode } from "./catalogue/catalogue.ts";
import type { Conclusion } from "./rule.ts";

/**
 * The way from the host's files to flash: what stops a session at one place keeps it from all that come behind. One entry
 * is one place; within it nothing is said of what explains what.
 */
const places: readonly (readonly FindingCode[])[] = [
  // The host: programs, files, configurations, ports.
  [
    "program-missing",
    "cubeprogrammer-missing",
    "library-missing",
    "gdb-missing",
    "file-missing",
    "program-unusable",
    "option-unknown",
    "config-unfit",
    "adapter-unfit",
    "tool-lacks-chip",
  ],
  ["port-taken", "serial-port-unavailable"],
  // USB and the probe.
  ["probe-no-usb-bus", "probe-none", "probe-serial-missing", "probe-permission", "probe-driver-missing", "probe-busy"],
  ["probe-firmware-old", "probe-in-update-mode", "probe-unplugged", "probe-usb-trouble"],
  // The target's supply and the wires.
  ["target-no-power", "target-voltage-low"],
  ["wires-open", "wire-noisy", "wire-clock-too-fast", "board-jumpers-off", "boot-loader-silent"],
  // The chip, what stands behind its debug port, its core.
  ["chip-mismatch", "chip-not-genuine"],
  ["access-port-closed", "second-core-off"],
  ["core-does-not-halt", "nrst-held-low", "nrst-not-wired"],
  // Flash.
  ["read-protected", "write-protected"],
  ["flash-protected", "flash-refused", "boot-loader-refuses"],
  ["flash-differs", "flash-worn"],
  // GDB's own complaints.
  ["gdb-server-gone"],
];

/** Findings that leave several causes open, by one of these: what explains that one settles the matter. */
const leftOpen: Partial<Readonly<Record<string, FindingCode>>> = {
  "target-silent": "wires-open",
  "target-lost": "wires-open",
};

/** Whether a conclusion explains another, which then need not be told. */
export function settles(one: Conclusion, other: Conclusion): boolean {
  const among = leftOpen[other.code];
  return one.explains.includes(other.code) || (among !== undefined && one.explains.includes(among));
}

/** What a tool says at the end of whatever failed before: it names no cause by itself. */
const complaints: ReadonlySet<string> = new Set<FindingCode>(["flash-refused", "flash-protected", "gdb-server-gone"]);

const placeOf = new Map<string, number>(places.flatMap((codes, place) => codes.map((code) => [code, place] as const)));

/** Whether a complaint follows from a finding that is surer than a guess and stands at an earlier place, and line. */
export function followsFrom(complaint: Conclusion, cause: Conclusion): boolean {
  if (!complaints.has(complaint.code) || complaint.certainty === "certain") return false;
  if (cause.certainty === "possible" || (cause.severity ?? "error") !== "error") return false;
  if (complaint.explains.includes(cause.code)) return false;
  const [at, before] = [placeOf.get(complaint.code), placeOf.get(cause.code)];
  if (at === undefined || before === undefined || before >= at) return false;
  return lastLine(cause) <= lastLine(complaint);
}

/** The last line of a log that a finding quotes; 0 where it rests on something else. */
function lastLine({ evidence }: Conclusion): number {
  return Math.max(0, ...evidence.map((each) => Number(/^line (\d+):/.exec(each)?.[1] ?? 0)));
}
