import { type Conclusion, conclusion } from "../rule.ts";
import type { ChipClaim } from "./project-chip.ts";
import type { ProjectCheck } from "./project-view.ts";

/** The chip on the wires against the project's, and the project's files against each other. */
export const checkChip: ProjectCheck = ({ facts: { program }, claims, chip, live }): readonly Conclusion[] => {
  const found: Conclusion[] = [];
  if (chip === undefined && program !== undefined) {
    found.push(
      conclusion("project-chip-unknown", {
        certainty: "certain",
        values: { program: program.path },
        evidence: [`${program.path} was found, and no setting that names an STM32`],
        weight: 10,
      }),
    );
  }
  if (live !== undefined && chip !== undefined) {
    const other = claims.find(({ part }) => !part.chips.some(({ deviceId }) => deviceId === live.deviceId));
    if (other !== undefined) {
      found.push(
        conclusion("project-other-chip", {
          certainty: "certain",
          values: { part: other.part.name, chip: chip.name, id: `0x${live.deviceId.toString(16).toUpperCase()}` },
          evidence: [
            ...claims
              .filter(({ part }) => part.name === other.part.name)
              .map(({ quote }) => quote)
              .slice(0, 3),
            chip.quote,
          ],
          weight: 95,
        }),
      );
    }
  }
  const first = claims[0];
  const second = claims.find((claim) => first !== undefined && !agree(first, claim));
  if (second !== undefined) {
    found.push(
      conclusion("project-parts-disagree", {
        certainty: "certain",
        values: { first: first.part.name, firstFile: first.file, second: second.part.name, secondFile: second.file },
        evidence: [first.quote, second.quote],
      }),
    );
  }
  return found;
};

/** Two names agree when one chip can have both: `STM32F103xB` and `STM32F103C8` do, by their device ID. */
function agree(a: ChipClaim, b: ChipClaim): boolean {
  return a.part.chips.some((chip) => b.part.chips.includes(chip));
}
