import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** Names by which a tool may be told as the holder, that it is itself. */
const ownNames: Readonly<Record<string, RegExp>> = {
  stm32cubeprogrammer: /prog/i,
  "st-link-utility": /utility/i,
  openocd: /openocd/i,
  "st-util": /st-util/i,
  "st-link-gdbserver": /gdb/i,
  stm32cubeide: /ide$|debug/i,
  uvision: /keil|uvision/i,
};

/** A probe that a tool cannot talk to while, by whoever tells it, another session has it. */
export const heldAsTold: Rule = {
  name: "probe-held-as-told",
  why: "A USB interface is claimed by one program at a time, and a debug session keeps it as long as it lasts, also while the core is paused. ST's tools report what they cannot get at as a failure of USB communication (DEV_USB_COMM_ERR) as often as by its name.",
  conclude(facts: FactSet) {
    const failed =
      facts.last("probe-trouble", ({ what }) => what === "usb-error" || what === "none-found") ??
      facts.last("stage", ({ stage, reached }) => stage === "probe-opened" && !reached);
    if (failed?.source.from !== "log") return [];
    const own = ownNames[failed.source.tool ?? ""];
    const holder = facts.last("holder-told", ({ program }) => own?.test(program) !== true);
    if (holder === undefined) return [];
    const later = facts.last("stage", ({ stage, reached }) => reached && stage !== "started");
    if (facts.has("probe-firmware") || (later !== undefined && facts.before(failed, later))) return [];
    return [
      conclusion("probe-busy", {
        certainty: "likely",
        values: { detail: `: ${holder.value.program} was open meanwhile, as is told beside the log` },
        evidence: quotes(failed, holder),
        weight: 92,
        explains: ["probe-none", "probe-usb-trouble", "gdb-server-gone", "not-enough-to-tell"],
      }),
    ];
  },
};
