import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** OpenOCD without an interface file, or with one that does not fit. */
export const adapterUnfit: Rule = {
  name: "adapter-unfit",
  why: "OpenOCD reads its files in their order; the target's file chooses a transport, for which the probe's driver has to be known.",
  conclude(facts) {
    const one = facts.last("adapter-unfit", ({ cores }) => cores === true);
    if (one !== undefined) return [oneCoreAlone(facts, one)];
    const unfit = facts.last("adapter-unfit");
    if (unfit === undefined || facts.has("probe-firmware")) return [];
    const { transport, driver } = unfit.value;
    return [
      conclusion("adapter-unfit", {
        certainty: "likely",
        ...(transport !== undefined && { variant: "transport", values: { transport } }),
        ...(driver !== undefined && { variant: "driver", values: { driver } }),
        evidence: quotes(unfit),
        weight: 88,
        explains: ["not-enough-to-tell", "gdb-server-gone"],
      }),
    ];
  },
};

/** The high-level adapter has the first access port alone: OpenOCD leaves out the second core, and whoever wants it is refused. */
function oneCoreAlone(facts: FactSet, one: FactOf<"adapter-unfit">): Conclusion {
  const refused = facts.last("client-trouble", ({ what }) => what === "refused" || what === "timed-out");
  const wanted = refused !== undefined && facts.before(one, refused) ? refused : undefined;
  return conclusion("adapter-unfit", {
    certainty: "likely",
    ...(wanted === undefined && { severity: "warning" }),
    variant: "cores",
    evidence: quotes(one, wanted),
    remedyFirst: [
      'Use interface/stlink-dap.cfg in place of interface/stlink.cfg (it selects dapdirect_swd, which reaches every access port), and `-c "set DUAL_CORE 1"` before the target\'s file.',
    ],
    weight: 84,
    explains: wanted === undefined ? [] : ["not-enough-to-tell", "gdb-server-gone"],
  });
}
