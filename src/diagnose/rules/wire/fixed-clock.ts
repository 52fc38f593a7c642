import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion } from "../../rule.ts";

/** From this version of its firmware on an ST-LINK/V2 can be told its clock (reference: ST-LINK protocol). */
const CLOCK_CHOSEN = 22;

/** The one clock of old firmware may be too fast for wires on which nothing works; nobody can try a lower one. */
export function fixedClock(facts: FactSet, khz: number, evidence: readonly string[]): Conclusion[] {
  const firmware = facts.last(
    "probe-firmware",
    ({ generation, stlink = CLOCK_CHOSEN }) => generation === 2 && stlink < CLOCK_CHOSEN,
  );
  if (firmware === undefined || firmware.source.from !== "target") return [];
  return [
    conclusion("wire-clock-too-fast", {
      certainty: "possible",
      variant: "fixed",
      values: { fast: khz, khz: 240 },
      evidence: [...evidence, ...quotes(firmware)],
      remedyFirst: [
        "Update the probe's firmware (STM32CubeIDE, Help > ST-LINK Upgrade; or STLinkUpgrade, STSW-LINK007): from V2J22 on its clock can be lowered.",
      ],
      weight: 55,
    }),
  ];
}
