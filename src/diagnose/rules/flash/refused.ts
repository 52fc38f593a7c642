import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { addressText } from "../../loader/words.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";

const words = { erase: "erased", program: "programmed" } as const;

function place({ value: { address } }: FactOf<"flash-trouble">): string {
  return address === undefined ? "" : ` at ${addressText(address)}`;
}

/** A log that says that flash is protected, and not by what. */
export const flashProtected: Rule = {
  name: "flash-protected-from-log",
  why: "WRPRTERR (F1: PM0075 3.4; WRPERR on later families) is set by a write to a write-protected page, and read protection write-protects pages as well: the flag is one for both.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const refused = facts.last("flash-trouble", ({ reason }) => reason === "protected");
    if (refused === undefined || refused.source.from !== "log") return [];
    if (facts.last("read-protection")?.value.on === true) return [];
    // Option bytes that were read tell which of the two it is.
    if (facts.has("read-protection") || facts.has("write-protection", ({ pages }) => pages.length > 0)) return [];
    if (wentWell(facts, refused)) return [];
    const { operation } = refused.value;
    return [
      conclusion("flash-protected", {
        certainty: "likely",
        values: {
          operation: operation === "erase" || operation === "program" ? words[operation] : "changed",
          place: place(refused),
        },
        evidence: quotes(facts.last("device-id"), refused),
        weight: 88,
        explains: ["write-protected", "flash-refused", "flash-worn", "flash-differs", "not-enough-to-tell"],
      }),
    ];
  },
};

/** A place that was programmed without having been erased. */
export const flashNotErased: Rule = {
  name: "flash-not-erased",
  why: "The controller checks that a place is erased before it programs it, and sets PGERR (PROGERR) otherwise (PM0075 3.4; RM0008 3.3).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const trouble = facts.last(
      "flash-trouble",
      ({ operation, reason }) => operation === "program" && reason === "mismatch",
    );
    const erased = facts.last("stage", ({ stage, reached }) => stage === "erased" && reached);
    const left = erased === undefined ? facts.last("option", ({ name }) => name === "skip-erase") : undefined;
    const refused = facts.last("flash-trouble", ({ operation }) => operation === "program" || operation === "verify");
    if (left !== undefined && refused?.source.from === "log" && !wentWell(facts, refused)) {
      return [
        conclusion("flash-not-erased", {
          certainty: "likely",
          values: { place: place(refused) },
          evidence: quotes(left, refused),
          weight: 82,
          explains: ["flash-differs", "flash-refused", "flash-protected", "flash-worn", "not-enough-to-tell"],
        }),
      ];
    }
    if (trouble === undefined || trouble.source.from !== "log" || wentWell(facts, trouble)) return [];
    const evidence = quotes(facts.last("device-id"), trouble);
    if (erased !== undefined && facts.before(erased, trouble)) {
      if (erasesByAddress(facts)) {
        return [
          conclusion("flash-worn", {
            certainty: "likely",
            variant: "possible",
            values: { detail: "it had been erased just before, and still the controller took the place for not empty" },
            evidence: quotes(erased, trouble),
            weight: 60,
            explains: ["flash-differs", "flash-refused", "not-enough-to-tell"],
          }),
        ];
      }
      // That an erase was done says the tool, which asked for it by bank and number: where these were another page's, the
      // place holds what it held. Cells that no longer erase are the rarer reason.
      return [
        conclusion("flash-not-erased", {
          certainty: "likely",
          variant: "erased",
          values: { place: place(trouble) },
          evidence: quotes(facts.last("device-id"), erased, trouble),
          remedyFirst: [eraseAll],
          weight: 60,
          explains: ["flash-differs", "flash-refused", "flash-worn", "not-enough-to-tell"],
        }),
      ];
    }
    return [
      conclusion("flash-not-erased", {
        certainty: "likely",
        values: { place: place(trouble) },
        evidence,
        weight: 60,
        explains: ["flash-differs", "flash-refused", "flash-worn", "not-enough-to-tell"],
      }),
    ];
  },
};

/**
 * Families whose page to be erased is named by an address in it (F0, F1, F3: FLASH_AR, RM0008 3.3; L0, L1: a write to the
 * page): of these a tool erases what it then writes. The others take a number, and a bit for the bank.
 */
function erasesByAddress(facts: FactSet): boolean {
  const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
  const named = facts.last("chip-name", ({ by }) => by === "tool");
  const family = id === undefined ? (named?.value.name ?? "") : (chipByDeviceId(id.value.id)?.family ?? "");
  return /^(?:STM32)?(?:F[013]|L[01])/i.test(family);
}

const eraseAll =
  "Erase the whole chip and write again (`st-flash erase`; STM32CubeProgrammer: -e all). If that goes well, and goes wrong at the next image, the tool's erase by pages misses its place: erase all before each, and take a newer release (st-flash of 1.8 takes a G0's bank bit for a G4's). If it fails at the same address again, the cells are worn.";

function wentWell(facts: FactSet, trouble: FactOf<"flash-trouble">): boolean {
  const well = facts.last("stage", isWritten);
  return well !== undefined && facts.before(trouble, well);
}
