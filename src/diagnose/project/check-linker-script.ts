import { baseName } from "../../base/paths.ts";
import type { LinkerScript } from "../../formats/linker-script.ts";
import { addressText, sizeText } from "../loader/words.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import { isMeantForFlash, type JudgedChip, joinedRegions } from "./project-chip.ts";
import { folderOf, quoted } from "./project-file.ts";
import type { ProjectCheck } from "./project-view.ts";
import type { ProjectFacts } from "./read-project.ts";

/** Regions of the linker scripts that are larger than the chip's memory. */
export const checkLinkerScripts: ProjectCheck = ({ facts, chip }): readonly Conclusion[] => {
  if (chip === undefined || chip.rows.length === 0) return [];
  return usedScripts(facts).flatMap(({ fileName, regions }) =>
    regions.flatMap(({ name, origin, length, line }) => {
      if (origin === undefined || length === undefined) return [];
      const has = roomAt(origin, chip);
      if (has === undefined || origin + length <= has.end) return [];
      return [
        conclusion("linker-script-too-large", {
          certainty: "certain",
          values: {
            file: fileName,
            region: name,
            size: sizeText(length),
            origin: addressText(origin),
            chip: chip.name,
            has: sizeText(Math.max(0, has.end - origin)),
          },
          evidence: [
            quoted(fileName, line, name, `ORIGIN ${addressText(origin)}, LENGTH ${sizeText(length)}`),
            chip.quote,
          ],
          subject: `${fileName} ${name}`,
        }),
      ];
    }),
  );
};

/**
 * The scripts that the program is linked with: those that the .cproject names, else those beside the .ioc. A folder may
 * hold scripts for other boards.
 */
function usedScripts({ linkerScripts, cprojects, iocs }: ProjectFacts): readonly LinkerScript[] {
  const named = cprojects.flatMap(({ configurations }) =>
    configurations.flatMap(({ linkerScript }) =>
      linkerScript === undefined ? [] : baseName(linkerScript.value.replace(/\}$/, "")).toLowerCase(),
    ),
  );
  const folders = [...cprojects, ...iocs.map(({ ioc }) => ioc)].map(({ fileName }) => folderOf(fileName));
  return linkerScripts.filter(({ fileName }) => {
    if (named.length > 0) return named.includes(baseName(fileName).toLowerCase());
    return folders.length === 0 || folders.includes(folderOf(fileName));
  });
}

/** The end of the memory that an address lies in, or just behind; `undefined` where it is none of the chip's. */
function roomAt(origin: number, chip: JudgedChip): { end: number } | undefined {
  if (isMeantForFlash(origin, chip)) {
    return chip.flashBytes === undefined ? undefined : { end: chip.flashBase + chip.flashBytes };
  }
  const region = joinedRegions(chip.ram).find(({ base, size }) => origin >= base && origin < base + size);
  return region && { end: region.base + region.size };
}
