import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { productState } from "./product-state.ts";

/** What a tool says besides, of a chip that keeps debuggers out. */
const follows = [
  "not-enough-to-tell",
  "wires-open",
  "firmware-disables-swd",
  "firmware-low-power",
  "access-port-closed",
  "probe-driver-missing",
  "flash-refused",
];

const debugAuthentication: Rule = {
  name: "debug-authentication",
  why: "The request has to lie in the debug mailbox when the boot code starts, so the tool resets the chip by NRST (AN6008). Users whose H5 never answered had probes of four wires, and the same steps went well on boards with NRST; then come a file that was made for another member of the family, and 32-bit releases of the tool, which cannot do it.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const failed = facts.last("debug-authentication", ({ answer }) => answer === "none" || answer === "refused");
    const ok = facts.last("debug-authentication", ({ answer }) => answer === "ok");
    if (failed === undefined || (ok !== undefined && facts.before(failed, ok))) return [];
    if (facts.has("voltage", ({ volts }) => volts < 1)) return [];
    const answered = facts.last("debug-authentication", ({ answer }) => answer === "answered");
    const reached = answered !== undefined && facts.before(answered, failed);
    const refused = failed.value.answer === "refused" || reached;
    return [
      conclusion("debug-authentication-fails", {
        certainty: failed.value.untold === true ? "possible" : "likely",
        ...(refused && { variant: "refused", values: { text: failed.value.text } }),
        evidence: quotes(facts.last("device-id"), reached ? answered : undefined, failed),
        weight: 78,
        explains: follows,
      }),
    ];
  },
};

const secureService: Rule = {
  name: "secure-service-failed",
  why: "The secure services run from system memory when option bytes, boot pin and state allow it, check licence and image themselves, and answer in one word (AN4992, AN5054). Of users' threads one ended at boards whose SFSP was too old to be used, one at a key file of another member's size.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const all = facts.all("secure-service-failed");
    if (all.length === 0) return [];
    // What came first says where it failed; what follows says that the whole did.
    const special = all.find(({ value }) => value.about !== "install") ?? all[0];
    const { about, text } = special.value;
    return [
      conclusion("secure-install-fails", {
        certainty: "likely",
        ...(about !== "install" && { variant: about }),
        values: { text },
        evidence: quotes(facts.last("device-id"), special, ...all.slice(-2)),
        weight: 78,
        explains: follows,
      }),
    ];
  },
};

/** What a chip's own secure code answers. */
export const securityRules: readonly Rule[] = [debugAuthentication, secureService, productState];
