import { type FactSet, quotes } from "../../fact-set.ts";
import { isOlder } from "../../releases.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** Device ID of the STM32N6. */
const N6 = 0x486;

const sign =
  "Sign it as ST's packages for this chip do: `STM32_SigningTool_CLI -bin app.bin -nk -of 0x80000000 -t fsbl -hv 2.3 -align -o app-trusted.bin` (-align from release 2.21 on; before, it was done unasked). In a build system: update it, or its file for the board.";

/** A signed image that the boot ROM may pass over, by what the signing tool says of its header. */
export const signedImage: Rule = {
  name: "signed-image",
  why: "The boot ROM of an STM32N6 starts an image by its header, and its payload 0x400 behind that. The signing tool moves the payload there by itself up to 2.20, and from 2.21 on when told to (-align); ST's packages give header version 2.3.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const signed = facts.last("image-signed");
    const id = facts.last("device-id", ({ id }) => id === N6);
    const sent = facts.last("stage", ({ stage, reached }) => stage === "programmed" && reached);
    if (signed === undefined || id === undefined || sent === undefined || !facts.before(signed, sent)) return [];
    if (facts.has("image-unusable")) return [];
    const { header, release, aligned } = signed.value;
    const unaligned = aligned === false && release !== undefined && !isOlder(release, "2.21");
    const old = header !== undefined && isOlder(header, "2.3");
    if (!unaligned && !old) return [];
    return [
      conclusion("boot-stage-not-started", {
        // Whoever linked it for that place has it there, and which header a revision takes is not told.
        certainty: "possible",
        severity: "warning",
        variant: unaligned ? "unaligned" : "header",
        values: { partition: "", header: header ?? "", release: release ?? "" },
        evidence: quotes(signed, id, facts.last("image-file")),
        remedyFirst: [sign],
        weight: 60,
      }),
    ];
  },
};
