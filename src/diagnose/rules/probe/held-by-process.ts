import type { FactSet } from "../../fact-set.ts";
import { quotes } from "../../fact-set.ts";
import type { Tool } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** Tools that wait for a probe in place of ending: one that is listed as running may be the one that waits. */
const waits: ReadonlySet<Tool | undefined> = new Set<Tool>(["pyocd", "probe-rs"]);

/** A probe that is not found while a program runs that has it. */
export const heldByProcess: Rule = {
  name: "probe-held-by-process",
  why: "A USB interface is claimed by one program at a time (libusb_claim_interface: EBUSY; exclusive access on macOS and Windows), and tools that cannot open a probe often say that there is none. st-util and OpenOCD end when they find none: one that goes on running has it.",
  conclude(facts: FactSet) {
    const process = facts.last("process-running");
    const missed =
      facts.last("probe-trouble", ({ what }) => what === "none-found") ??
      facts.last("stage", ({ stage, reached }) => stage === "probe-opened" && !reached);
    if (process === undefined || missed?.source.from !== "log") return [];
    if (waits.has(missed.source.tool) && process.value.program.toLowerCase().startsWith(missed.source.tool ?? ""))
      return [];
    const later = facts.last("stage", ({ stage, reached }) => reached && stage !== "started");
    if (later !== undefined && facts.before(missed, later)) return [];
    return [
      conclusion("probe-busy", {
        certainty: "likely",
        values: { detail: `: ${process.value.program} (process ${process.value.pid}) was left running` },
        evidence: quotes(missed, process),
        remedyFirst: [
          `End it: \`kill ${process.value.pid}\` (Windows: \`taskkill /F /PID ${process.value.pid}\`), then start the session again. An IDE or extension that leaves its server behind at the end of each session wants an update.`,
        ],
        weight: 92,
        explains: ["probe-none", "gdb-server-gone", "not-enough-to-tell"],
      }),
    ];
  },
};
