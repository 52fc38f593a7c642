import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { toolNames } from "../../tool-names.ts";

/** Since when a tool writes such a number in hexadecimal, by its pull requests. */
const written: Readonly<Record<string, string>> = {
  pyocd: "pyOCD since 0.20 (pull request 607)",
  "probe-rs": "probe-rs since 0.10 (pull request 360)",
};

/** A serial number that nobody can read or type. */
export const rawSerial: Rule = {
  name: "probe-serial-raw",
  why: "The ST-LINK/V2 gives USB its serial number as twelve bytes of any value where a text belongs (V2-1 and V3: as hexadecimal digits); a tool that shows the text as it came prints control characters and letters of other alphabets.",
  conclude(facts: FactSet) {
    const raw = facts.last("probe-serial-raw");
    if (raw?.source.from !== "log" || raw.source.tool === undefined) return [];
    const by = raw.source.tool;
    return [
      conclusion("tool-defect", {
        certainty: "likely",
        // The probe works; only who has to choose among several is hindered.
        severity: "warning",
        values: {
          what: `${toolNames[by]} shows the probe's serial number as the raw bytes that an ST-LINK/V2 gives in place of digits, so that it can be neither read nor typed`,
          better: `Update the tool: ${written[by] ?? "current releases"} write${written[by] === undefined ? "" : "s"} it in hexadecimal, and take${written[by] === undefined ? "" : "s"} that to choose a probe. With one probe attached none has to be named${by === "pyocd" ? "; of several, a part of the ID that can be typed will do for -u, if no other has it" : ""}. \`st-info --serial\`, STM32CubeProgrammer and Probity show the number in hexadecimal.`,
        },
        evidence: quotes(raw),
        weight: 50,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
