import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { chipWithStates } from "../security/product-state.ts";
import { contactOf } from "../wire/contact.ts";
import { withSmps } from "./start-up.ts";

/** ST-LINKs that are built into boards, by product id: V2-1 and V3E (reference: ST-LINK protocol, USB products). */
const builtIn = new Set([0x374a, 0x374b, 0x3742, 0x3752, 0x374e, 0x3754]);

/** Boards that have a probe of their own, by name. */
const ofBoard = /NUCLEO|DISCO|EVAL|-DK\b/i;

/** The probe, when it is one that sits on a board: by its product id or by the M in its firmware's version. */
export function probeOnBoard(facts: FactSet): FactOf<"probe-kind"> | FactOf<"probe-firmware"> | undefined {
  const kind = facts.last("probe-kind", ({ productId }) => productId !== undefined);
  if (kind?.value.productId !== undefined) return builtIn.has(kind.value.productId) ? kind : undefined;
  const board = facts.last("probe-kind", ({ name }) => ofBoard.test(name));
  if (board !== undefined) return board;
  // V2J37M27 is a V2-1 with its mass storage; a V3SET has an M as well, beside a B for its bridge.
  // st-info has an S before whichever number comes second: that of SWIM is small (V2J45S7), that of the mass storage is not.
  return facts.last(
    "probe-firmware",
    ({ text }) => (/J\d+\.?M\d+/i.test(text) && !/B\d+/i.test(text)) || /V2\.?J\d+\.?S(?:1[5-9]|[2-9]\d)\b/i.test(text),
  );
}

/** Families that are bought for their low-power modes, whose programs sleep more than those of others. */
const lowPower = /(?:STM32|NUCLEO-)(?:L\d|U\d|WL|WB)/i;

/** What names the chip as one of those: the chip's name, or the board's. */
export function lowPowerChip(facts: FactSet): FactOf<"chip-name"> | FactOf<"probe-kind"> | undefined {
  return (
    facts.last("chip-name", ({ name }) => lowPower.test(name)) ??
    facts.last("probe-kind", ({ name }) => lowPower.test(name))
  );
}

function sleeper(facts: FactSet, evidence: readonly string[]): Conclusion[] {
  const chip = lowPowerChip(facts);
  if (chip === undefined) return [];
  return [
    conclusion("firmware-low-power", {
      certainty: "possible",
      variant: "possible",
      evidence: [...quotes(chip), ...evidence],
      weight: 46,
    }),
  ];
}

export const boardJumpers: Rule = {
  name: "board-jumpers",
  why: "On Nucleo and Discovery boards two jumpers part SWDIO and SWCLK from the chip (UM1724 6.2, UM1974 6.3), so that the probe can serve another board; VTref stays connected, so the voltage reads well.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const voltage = facts.last("voltage");
    const { silent, answered, silentNormally, silentUnderReset } = contactOf(facts);
    // Jumpers stay where they are: a target that answered once has them.
    if (answered !== undefined) return [];
    const internal = facts.last("error-code", ({ code }) => code === "st-internal-19");
    const probe = probeOnBoard(facts);
    if (internal !== undefined) {
      return [
        conclusion("board-jumpers-off", {
          certainty: "possible",
          variant: "error",
          values: { number: 19, probe: "", board: "" },
          evidence: quotes(probe, internal),
          weight: 60,
          explains: ["not-enough-to-tell", "wires-open"],
        }),
      ];
    }
    if (probe === undefined || (voltage !== undefined && voltage.value.volts < 1.65)) return [];
    const none = silentUnderReset ?? silentNormally;
    if (!silent || none === undefined || none.value.answer === "error") return [];
    // A survey of the live target judges the wires itself.
    if (none.source.from !== "log") return [];
    const name = probe.kind === "probe-kind" ? probe.value.name : `firmware ${probe.value.text}`;
    const board =
      facts.last("probe-kind", ({ name }) => /WBA/i.test(name)) ??
      facts.last("chip-name", ({ name }) => /WBA/i.test(name));
    const evidence = quotes(probe, voltage, silentNormally, silentUnderReset);
    if (board !== undefined) {
      return [
        conclusion("board-jumpers-off", {
          certainty: "possible",
          variant: "boot",
          values: { board: board.value.name, probe: name },
          evidence: quotes(board, ...[probe, none]),
          remedyFirst: ["NUCLEO-WBA55: put the jumper of BOOT0 (pins 5 and 7 of its header) to the side of 0."],
          weight: 60,
        }),
      ];
    }
    const under = silentUnderReset !== undefined;
    // A chip whose program cut its own supply, or that is closed, is silent under reset as well, and more often than somebody moves jumpers.
    const named =
      probe.kind === "probe-kind" &&
      ofBoard.test(probe.value.name) &&
      !withSmps.test(probe.value.name) &&
      chipWithStates(facts) === undefined;
    return [
      conclusion("board-jumpers-off", {
        // Firmware or product ID tell that the probe came on a board, not that this board's chip is meant.
        certainty: under && named ? "likely" : "possible",
        ...(under && { variant: "reset" }),
        values: { probe: name },
        evidence,
        // Without reset the program is the first suspect: its tracks are as good as ever, and jumpers stay where they are.
        weight: !under ? 44 : named ? 66 : 54,
        // Where the program comes first the wires are no less open than the jumpers.
        explains: under && named ? ["wires-open", "not-enough-to-tell"] : ["not-enough-to-tell"],
      }),
      ...sleeper(facts, evidence),
    ];
  },
};
