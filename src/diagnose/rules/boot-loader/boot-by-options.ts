import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** Here BOOT0 at low leads to flash, whatever the option bytes say (reference manuals, boot configuration); with BFB2 to the other bank's. */
const byPinsAlone: ReadonlySet<string> = new Set(["STM32F1", "STM32F2", "STM32F3", "STM32F4", "STM32L1"]);

const readThem =
  "Read the option bytes (`STM32_Programmer_CLI -c port=usb1 -ob displ`, or over SWD) and set them so that flash is started while BOOT0 is low: nBOOT0 = 1; BOOT_SEL = 1, nBOOT_SEL = 0 or nSWBOOT0 = 1, where there is one (the pin decides then); boot addresses (BOOT_ADD0, NSBOOTADD0) at flash; BFB2 = 0. Then switch the power off and on; a chip that checks for an empty flash looks again only then.";

/** A chip that starts ST's boot loader while BOOT0 is low. */
export const bootByOptions: Rule = {
  name: "boot-by-option-bytes",
  why: "On later families option bytes take the place of BOOT0 (nBOOT0 with BOOT_SEL, nBOOT_SEL or nSWBOOT0: RM0091, RM0351, RM0444, boot configuration) or say where each of its levels leads (boot addresses: RM0410, RM0433).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const again = facts.last("boot-memory", ({ memory }) => memory === "system");
    const pin = facts.last("boot-pin");
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    if (again?.source.from !== "log" || pin?.value.level !== "low" || chip === undefined) return [];
    if (byPinsAlone.has(chip.family)) return [];
    return [
      conclusion("option-bytes-wrong", {
        certainty: "likely",
        variant: "boot",
        values: { chip: shortChipName(chip) },
        evidence: quotes(id, again, pin),
        remedyFirst: [readThem],
        weight: 84,
        explains: ["boot-not-from-flash", "not-enough-to-tell"],
      }),
    ];
  },
};
