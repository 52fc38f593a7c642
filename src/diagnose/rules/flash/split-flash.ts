import { type FactSet, quotes } from "../../fact-set.ts";
import { addressText } from "../../loader/words.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { FLASH } from "../memory-map.ts";

/** Device ID of the STM32G47x/G48x, category 3 (RM0440, DBGMCU_IDCODE). */
const G4_CATEGORY_3 = 0x469;

/**
 * An image for flash in one piece, on a chip that may have it in two: of a G4 category 3 with less than 512 KiB the second
 * bank begins at 0x08040000 all the same, as long as the option byte DBANK is set, as it is from the
 * factory (RM0440, table of the organisation of flash).
 */
export const splitFlash: Rule = {
  name: "image-over-first-bank",
  why: "With DBANK set a G4 category 3 has its second bank at 0x08040000, whatever its size, and between the banks there is nothing (RM0440, table of the organisation of flash).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const told = facts.last("flash-trouble", ({ reason }) => reason === "size" || reason === "too-large");
    const id = facts.last("device-id", ({ id }) => id === G4_CATEGORY_3);
    const size = facts.last("flash-size", ({ kib }) => kib > 0 && kib < 512);
    const part = facts.all("image-part", ({ address }) => address >>> 24 === 0x08).at(-1);
    if (told === undefined || id === undefined || size === undefined || part === undefined) return [];
    const length = part.value.address - FLASH + (part.value.size ?? 0);
    const half = size.value.kib / 2;
    // Longer than both together it is too large in any case.
    if (length <= 1024 * half || length > 1024 * size.value.kib) return [];
    return [
      conclusion("image-outside-flash", {
        certainty: "likely",
        variant: "banks",
        values: { half, end: addressText(FLASH + 1024 * half) },
        remedyFirst: [
          "For flash in one piece clear the option byte DBANK (`STM32_Programmer_CLI -c port=SWD -ob DBANK=0`; pages are 4 KiB then); or link what does not fit to 0x08040000.",
        ],
        evidence: quotes(id, size, part, told),
        weight: 86,
        explains: ["image-too-large", "flash-refused", "flash-worn", "not-enough-to-tell"],
      }),
    ];
  },
};
