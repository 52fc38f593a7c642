import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { contactOf } from "../wire/contact.ts";

/** STM32N6: device ID, and the names of chips and boards. */
const N6 = 0x486;
const named = /(?:STM32|NUCLEO-)N6/i;

/** A debugger that does not get into an STM32N6. */
export const developmentBoot: Rule = {
  name: "development-boot",
  why: "The boot ROM of an STM32N6 runs first at each reset, and opens the debug port's access ports in the development boot mode (BOOT1 high) or for a signed program that asks for it (RM0486, boot ROM).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const chip =
      facts.last("device-id", ({ id }) => id === N6) ??
      facts.last("chip-name", ({ name }) => named.test(name)) ??
      facts.last("probe-kind", ({ name }) => named.test(name));
    if (chip === undefined) return [];
    // A download that went through had the chip open.
    if (facts.has("stage", isWritten)) {
      return [];
    }
    const shut = refusal(facts);
    if (shut === undefined) return [];
    return [
      conclusion("access-port-closed", {
        certainty: "likely",
        variant: "development",
        evidence: quotes(chip, facts.last("voltage"), shut),
        remedyFirst: [
          "Set the boot switches for development (BOOT1 to 1: a jumper on NUCLEO-N657X0-Q, a switch on STM32N6570-DK), switch the power off and on, and connect again.",
          "Programs go into external flash by its loader, or into RAM; there is no flash at 0x08000000.",
        ],
        weight: 87,
        explains,
      }),
    ];
  },
};

const explains = [
  "second-core-off",
  "firmware-disables-swd",
  "firmware-low-power",
  "wires-open",
  "board-jumpers-off",
  "core-does-not-halt",
  "read-protected",
  "flash-secured",
  "flash-refused",
  "image-outside-flash",
  "gdb-server-gone",
  "not-enough-to-tell",
];

/** What failed that needs an open access port: not a write to a place that the chip does not have. */
function refusal(facts: FactSet): Fact | undefined {
  const refused = facts.last("flash-trouble", ({ operation }) => operation === "erase" || operation === "program");
  if (refused !== undefined) return undefined;
  const { silent, lost, silentNormally, silentUnderReset } = contactOf(facts);
  return (
    facts.last("access-port-failed") ??
    (silent ? (lost ?? silentUnderReset ?? silentNormally) : undefined) ??
    facts.last("wire-answer", ({ answer }) => answer === "fault") ??
    facts.last("error-code", ({ code }) => code === "st-internal-32") ??
    // Where a tool went on to tell the chip's core and flash it was let in, and reads of no memory fail for that.
    (facts.has("flash-size") || facts.has("cpuid")
      ? undefined
      : facts.last("flash-trouble", ({ operation }) => operation === "read"))
  );
}
