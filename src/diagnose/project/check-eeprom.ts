import { addressText, listText, sizeText } from "../loader/words.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import type { ProjectProgram } from "./choose-program.ts";
import { type EepromPlace, eepromPlaces, pageOf } from "./eeprom-pages.ts";
import type { JudgedChip } from "./project-chip.ts";
import type { ProjectCheck } from "./project-view.ts";

/** Flash pages in which the program keeps data: beyond this chip's flash, under the program itself, or merely there. */
export const checkEeprom: ProjectCheck = ({ facts, chip }): readonly Conclusion[] => {
  const { program } = facts;
  if (program === undefined || chip === undefined || chip.rows.length !== 1) return [];
  const places = eepromPlaces(facts, program, chip);
  const [first] = places;
  if (first === undefined) return [];
  const flashEnd = chip.flashBytes === undefined ? undefined : chip.flashBase + chip.flashBytes;
  const quotes = places.slice(0, 4).map(({ quote }) => quote);
  const beyond = places.find(({ address, bytes }) => flashEnd !== undefined && address + (bytes ?? 1) > flashEnd);
  if (beyond !== undefined && flashEnd !== undefined) {
    return [
      conclusion("eeprom-outside-flash", {
        certainty: beyond.known === "named" ? "certain" : "likely",
        values: {
          program: program.path,
          address: addressText(beyond.address),
          chip: chip.name,
          flashEnd: addressText(flashEnd),
        },
        evidence: [...quotes, chip.quote],
        weight: 75,
      }),
    ];
  }
  const covered = places.find((place) => overlapOf(place, program, chip) !== undefined);
  if (covered !== undefined) {
    return [
      conclusion("eeprom-in-program", {
        certainty: covered.known === "named" ? "certain" : "likely",
        values: {
          program: program.path,
          address: addressText(covered.address),
          what: overlapOf(covered, program, chip) ?? "",
        },
        evidence: quotes,
        weight: 75,
      }),
    ];
  }
  return [
    conclusion("eeprom-kept", {
      certainty: first.known === "named" ? "certain" : "likely",
      values: {
        program: program.path,
        address: listText(places.slice(0, 3).map(({ address }) => addressText(address))),
      },
      evidence: quotes,
    }),
  ];
};

/** What of the program lies in the pages of a place, in words. */
function overlapOf({ address, bytes }: EepromPlace, { elf }: ProjectProgram, { rows }: JudgedChip): string | undefined {
  const first = pageOf(rows[0], address);
  const last = pageOf(rows[0], address + (bytes ?? 1) - 1);
  if (first === undefined || last === undefined) return undefined;
  const end = last.start + last.size;
  const own = elf.segments.find(
    (segment) => segment.address < end && segment.address + segment.data.length > first.start,
  );
  if (own === undefined) return undefined;
  return `${sizeText(own.data.length)} at ${addressText(own.address)} are loaded there`;
}
