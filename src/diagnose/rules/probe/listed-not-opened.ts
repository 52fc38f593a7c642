import { type FactSet, quotes, toolOf } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

function ofProbeRs(each: Fact): boolean {
  return toolOf(each) === "probe-rs";
}

/** A probe that a tool lists, and says not to be there when it is to be opened. */
export const listedNotOpened: Rule = {
  name: "probe-listed-not-opened",
  why: "On Linux the devices are listed from sysfs, which everybody may read; to open one takes its node in /dev/bus/usb for writing (EACCES otherwise; EPERM in a container that was not given the device). probe-rs passes over what it could not open, and says that it did not find it. A claim by another program fails later, in other words.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const listed = facts.all("probe-seen").findLast(ofProbeRs);
    // A list that is empty says otherwise ("no probes were found").
    const missed = facts.all("probe-trouble", ({ what }) => what === "serial-not-found").findLast(ofProbeRs);
    if (listed === undefined || missed === undefined) return [];
    const system = facts.last("operating-system")?.value.name;
    if (system === "windows" || system === "macos") return [];
    const root = facts.first("run-as-root");
    if (root !== undefined && facts.before(root, missed)) return [];
    const named = facts.last("option", ({ name }) => name === "serial-number")?.value.value;
    const serials = facts.all("probe-serial").map(({ value }) => value.serial.toLowerCase());
    if (named !== undefined && !serials.includes(named.toLowerCase())) return [];
    // Between the two it may have been pulled; what was opened meanwhile may be opened.
    const opened = facts.last("stage", ({ stage, reached }) => reached && stage === "target-connected");
    if (opened !== undefined || facts.has("probe-firmware") || facts.has("device-id")) return [];
    return [
      conclusion("probe-permission", {
        certainty: "likely",
        evidence: quotes(listed, missed),
        remedyFirst: [
          "See whether it is the rights: `sudo probe-rs info` opens the probe then, and in a container one that was started with --privileged.",
        ],
        weight: 92,
        explains: ["probe-none", "probe-serial-missing", "not-enough-to-tell"],
      }),
    ];
  },
};
