import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** Parts of different releases. */
export const versionsDiffer: Rule = {
  name: "versions-differ",
  why: "The server drives STM32CubeProgrammer's library and program by an interface that changes with releases.",
  conclude(facts) {
    const stopped = facts.last("version-mismatch", ({ wentOn }) => wentOn !== true);
    const found = stopped ?? facts.last("version-mismatch");
    if (found === undefined) return waitsInVain(facts);
    return [
      conclusion("versions-differ", {
        // What the tool did without comes behind whatever else went wrong.
        certainty: stopped === undefined ? "possible" : "likely",
        values: { between: found.value.between },
        evidence: quotes(found),
        weight: stopped === undefined ? 12 : 60,
        explains,
      }),
    ];
  },
};

const explains = ["not-enough-to-tell", "gdb-missing", "gdb-server-gone"];

/** cortex-debug waits until OpenOCD says that it listens, which OpenOCD says since 0.11. */
function waitsInVain(facts: FactSet): readonly Conclusion[] {
  const timedOut = facts.last("client-trouble", ({ what }) => what === "timed-out");
  const old = facts.last("tool", ({ name, version }) => name === "openocd" && /^0\.(?:\d|10)\./.test(version ?? ""));
  const found = facts.last("stage", ({ stage, reached }) => stage === "target-connected" && reached);
  if (timedOut?.source.from !== "log" || timedOut.source.tool !== "cortex-debug") return [];
  if (old === undefined || found?.source.from !== "log" || found.source.tool !== "openocd") return [];
  if (!facts.before(old, found) || !facts.before(found, timedOut)) return [];
  return [
    conclusion("versions-differ", {
      certainty: "likely",
      values: {
        between: `OpenOCD ${old.value.version} and cortex-debug, which waits for a line that OpenOCD prints since 0.11,`,
      },
      evidence: quotes(old, found, timedOut),
      weight: 60,
      explains,
    }),
  ];
}

/** An alignment that the programmer asks for and flash does not. */
export const programmerAlignment: Rule = {
  name: "programmer-alignment",
  why: "No STM32's flash is programmed in units of 255 bytes; release 2.13 complains so of sound images.",
  conclude(facts) {
    const found = facts.last("flash-trouble", ({ reason }) => reason === "alignment");
    if (found === undefined) return [];
    const text = found.source.from === "log" ? found.source.text : "";
    const version = facts.last("tool", ({ name, version }) => name === "stm32cubeprogrammer" && version !== undefined);
    const defect = /255/.test(text);
    // OpenOCD has the units from its driver for this chip's flash.
    const known = /required alignment|sector-aligned/i.test(text);
    return [
      conclusion("programmer-alignment", {
        certainty: known || (defect && version?.value.version?.startsWith("2.13")) ? "likely" : "possible",
        variant: defect ? undefined : "other",
        values: { version: version?.value.version ?? "2.13" },
        evidence: quotes(found, version),
        weight: defect ? 85 : 40,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
