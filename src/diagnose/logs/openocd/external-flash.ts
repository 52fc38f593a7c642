/** OpenOCD's driver for serial flash behind QUADSPI or OCTOSPI (stmqspi), by the source of its releases from 0.11 on. */
import { type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";

interface Found {
  readonly line: LogLine;
  readonly said: Said;
}

function keep(make: (match: RegExpExecArray) => Said): NonNullable<LinePattern["facts"]> {
  return (match, { memory, line: at }) => {
    if (!memory.has("external-flash")) memory.set("external-flash", { line: at, said: make(match) } satisfies Found);
    return [];
  };
}

export const externalFlashPatterns: readonly LinePattern[] = [
  // Told when the bank is looked at, also in sessions that have no use for it.
  line(
    ["no id from flash", "no id - set flash"],
    8,
    /no id (?:from flash[12]|- set flash parameters)/i,
    keep(() => say("external-flash", { answer: "none" })),
  ),
  line(
    "unknown flash",
    8,
    /unknown flash[12] device id = 0x([0-9a-f]{1,8}) - set flash parameters/i,
    keep((match) => say("external-flash", { answer: "unknown", id: hexValue(match[1]) })),
  ),
  line(
    ["no qspi", "no octospi"],
    8,
    /no (?:qspi, no octospi|qspi|octospi) at (?:io_base )?0x([0-9a-f]{8})/i,
    keep((match) => say("external-flash", { answer: "no-controller", address: hexValue(match[1]) })),
  ),
  line(
    [
      "timeout while polling busy",
      "cannot write enable flash",
      "sector erase command not accepted",
      "mass erase command",
    ],
    6,
    /timeout while polling busy|cannot write enable flash[12]|erase command not accepted by flash[12]/i,
    (match, { memory, ...context }) => {
      memory.set("external-failed", true);
      keep(() => say("external-flash", { answer: "none" }))(match, { memory, ...context });
      return [];
    },
  ),
  // OpenOCD ends at the bank that it could not set up.
  line("assertion failed", 0, /^assertion failed\b/i, (_, { memory }) => {
    memory.set("external-failed", true);
    return [];
  }),
  line(
    ["flash bank not probed", "bank not probed", "bank is invalid"],
    6,
    /flash bank not probed|\bbank is invalid/i,
    (_, { memory }) => {
      memory.set("external-failed", true);
      return [];
    },
  ),
];

/** It counts where work on flash failed. */
export function finishExternalFlash(memory: Map<string, unknown>): readonly Found[] {
  const found = memory.get("external-flash") as Found | undefined;
  return found !== undefined && memory.get("external-failed") === true ? [found] : [];
}
