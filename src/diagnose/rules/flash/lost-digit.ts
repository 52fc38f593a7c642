import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { addressText } from "../../loader/words.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isExternalMemory, isNowhere, isRam } from "../memory-map.ts";

/** Families with data flash 16 MiB behind the start of flash (RM0481, high-cycle data). */
const dataFlash = /^H5/;

/** An address at which the chip has nothing, and which is a place with one digit more. */
export const addressLostDigit: Rule = {
  name: "address-lost-digit",
  why: "No STM32 has anything between the flash of ITCM (F7, 0x00200000) and 0x08000000, nor, but for the H5, from 16 MiB behind the start of flash up to 0x0A000000 (reference manuals, memory map): what is read there is a bus error.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const failed = facts.last(
      "flash-trouble",
      ({ operation, address }) => address !== undefined && (operation === "read" || operation === "program"),
    );
    const address = failed?.value.address;
    if (failed === undefined || address === undefined || failed.source.from !== "log") return [];
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    const meant = meantBy(address);
    const behindFlash = address >>> 24 === 0x09;
    if (meant === undefined || (behindFlash && chip !== undefined && dataFlash.test(bareFamily(chip.family))))
      return [];
    return [
      conclusion("image-outside-flash", {
        certainty: behindFlash && chip === undefined ? "possible" : "likely",
        variant: "digit",
        values: {
          what: failed.value.operation === "read" ? "read" : "written",
          address: addressText(address),
          chip: chip === undefined ? "the chip" : `the ${shortChipName(chip)}`,
          meant: addressText(meant),
        },
        evidence: quotes(id, failed),
        remedyFirst: [`Give the address with all of its digits: ${addressText(meant)}.`],
        weight: 86,
        explains: ["flash-refused", "not-enough-to-tell", "boot-loader-refuses"],
      }),
    ];
  },
};

/** The address with a zero behind it, where that is the place of flash, RAM or external memory. */
function meantBy(address: number): number | undefined {
  const nothing = isNowhere(address) || address >>> 24 === 0x09;
  const meant = address * 16;
  const place = meant >>> 24 === 0x08 || isExternalMemory(meant) || (isRam(meant) && meant >= 0x2000_0000);
  return nothing && place ? meant : undefined;
}

function bareFamily(family: string): string {
  return family.replace(/^STM32/i, "");
}
