import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** An option that the program does not know. */
export const optionUnknown: Rule = {
  name: "option-unknown",
  why: "The parser of the command line takes exact names alone and ends the program at the first word it cannot use.",
  conclude(facts) {
    const found = facts.last("option-unknown");
    if (found === undefined) return [];
    return [
      conclusion("option-unknown", {
        certainty: "certain",
        values: { option: found.value.option, server: "The program" },
        evidence: quotes(...facts.all("option-unknown").slice(0, 3)),
        weight: 90,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** OpenOCD without an interface file, or with one that does not fit. */
export const adapterUnfit: Rule = {
  name: "adapter-unfit",
  why: "OpenOCD reads its files in their order; the target's file chooses a transport, for which the probe's driver has to be known.",
  conclude(facts) {
    const unfit = facts.last("adapter-unfit");
    if (unfit === undefined || facts.has("probe-firmware")) return [];
    const { transport } = unfit.value;
    return [
      conclusion("adapter-unfit", {
        certainty: "likely",
        ...(transport !== undefined && { variant: "transport", values: { transport } }),
        evidence: quotes(unfit),
        weight: 88,
        explains: ["not-enough-to-tell", "gdb-server-gone"],
      }),
    ];
  },
};

/** JTAG, because SWD was not asked for. */
export const jtagInsteadOfSwd: Rule = {
  name: "jtag-instead-of-swd",
  why: "ST-LINK_gdbserver uses JTAG unless -d is given; SWD wiring has no TDI and TDO, so a JTAG scan reads nothing or all ones.",
  conclude(facts) {
    const swd = facts.last("option", ({ name, tool }) => name === "swd" && tool === "st-link-gdbserver");
    if (identified(facts)) return [];
    if (swd === undefined) {
      // ST's status 5 and nothing of how the server was started.
      const unknown = facts.last("chip-unidentified", ({ id }) => id === undefined);
      const status = facts.last("exit-status", ({ status }) => status === 5);
      if (unknown === undefined || status === undefined) return [];
      return [
        conclusion("jtag-instead-of-swd", {
          certainty: "possible",
          variant: "maybe",
          evidence: quotes(status, unknown),
          weight: 60,
        }),
      ];
    }
    if (swd.value.value !== "false") return [];
    const failed = facts.last("chip-unidentified") ?? facts.last("wire-answer", ({ answer }) => answer !== "ok");
    if (failed === undefined) return [];
    const sure = failed.kind === "chip-unidentified";
    return [
      conclusion("jtag-instead-of-swd", {
        certainty: "likely",
        evidence: quotes(swd, failed),
        weight: sure ? 92 : 75,
        explains: sure ? ["not-enough-to-tell", "chip-unknown"] : ["not-enough-to-tell"],
      }),
    ];
  },
};

function identified(facts: FactSet): boolean {
  return facts.has("device-id", ({ id }) => id !== 0);
}
