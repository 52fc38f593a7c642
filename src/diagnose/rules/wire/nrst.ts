import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

export const nrst: Rule = {
  name: "nrst",
  why: "S_RESET_ST in DHCSR is set by every reset and cleared by reading it (ARMv7-M C1.6.2): set in every read, the reset lasts; never set after a pulse on NRST, the pulse did not arrive.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const low = facts.last("nrst", ({ level, driven }) => level === "low" && !driven);
    const held = facts.last("core");
    const inReset = held?.value.state === "in-reset" && !passing(facts) ? held : undefined;
    if (low?.value.or !== undefined && inReset === undefined) {
      const shared = { certainty: "possible", evidence: quotes(low), explains: ["not-enough-to-tell"] } as const;
      return [
        conclusion("read-protected", { ...shared, variant: "or-reset", weight: 52 }),
        conclusion("nrst-held-low", { ...shared, weight: 50 }),
      ];
    }
    if (low !== undefined || inReset !== undefined) {
      return [
        conclusion("nrst-held-low", {
          // A log's tool says so itself, and a chip that resets again and again looks the same to it.
          certainty: (inReset ?? low)?.source.from === "log" ? "likely" : "certain",
          evidence: quotes(inReset, low),
          weight: 95,
          explains: [
            "nrst-not-wired",
            "resets-again-and-again",
            "wires-open",
            "not-enough-to-tell",
            "chip-unknown",
            "firmware-disables-swd",
            "boot-not-from-flash",
            "core-lockup",
            "flash-protected",
            "flash-refused",
          ],
        }),
      ];
    }
    const follows = facts.last("nrst-follows");
    if (follows === undefined || follows.value.follows) return [];
    return [
      conclusion("nrst-not-wired", {
        certainty: follows.source.from === "log" ? "likely" : "certain",
        evidence: quotes(follows),
        weight: 50,
      }),
    ];
  },
};

/** In a log: a reset that was seen once, and of which the end was not told any more. */
function passing(facts: FactSet): boolean {
  const [before, last] = facts.all("core").slice(-2);
  if (last === undefined) return before?.source.from === "log";
  return last.source.from === "log" && before.value.state !== "in-reset";
}
