import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** Parts of different releases. */
export const versionsDiffer: Rule = {
  name: "versions-differ",
  why: "The server drives STM32CubeProgrammer's library and program by an interface that changes with releases.",
  conclude(facts) {
    const found = facts.last("version-mismatch");
    if (found === undefined) return [];
    return [
      conclusion("versions-differ", {
        certainty: "likely",
        values: { between: found.value.between },
        evidence: quotes(found),
        weight: 60,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

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
    return [
      conclusion("programmer-alignment", {
        certainty: defect && version?.value.version?.startsWith("2.13") ? "likely" : "possible",
        variant: defect ? undefined : "other",
        values: { version: version?.value.version ?? "2.13" },
        evidence: quotes(found, version),
        weight: defect ? 85 : 40,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
