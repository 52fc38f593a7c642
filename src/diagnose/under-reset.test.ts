import { expect, it } from "vitest";
import { FactSet } from "./fact-set.ts";
import { explainLog } from "./logs/explain-log.ts";
import { underResetIn } from "./under-reset.ts";

/** Of each time that the chip was identified, whether that was under reset. */
function held(...lines: readonly string[]): boolean[] {
  const { facts } = explainLog(Buffer.from(lines.join("\n")));
  const isHeld = underResetIn(new FactSet(facts));
  return facts
    .filter(({ kind, value }) => kind === "stage" && "stage" in value && value.stage === "identified")
    .map(isHeld);
}

const probe = ["ST-LINK SN  : 37FF6B064E4E3337", "ST-LINK FW  : V2J37S7"];
const connected = (mode: string) => [...probe, `Connect mode: ${mode}`, "Device ID   : 0x444"];

it("the last word before it tells whether a chip was held in reset", () => {
  expect(held(...connected("Normal"))).toEqual([false]);
  expect(held(...connected("Under Reset"))).toEqual([true]);
  expect(held(...connected("Under Reset"), ...connected("Hot Plug"), ...connected("Under Reset"))).toEqual([
    true,
    false,
    true,
  ]);
  const none = ["UR connection mode is defined with the HWrst reset mode", ...probe, "Error: Unable to get core ID"];
  expect(held(...none, ...connected("Normal"))).toEqual([false]);
});

it("a new run knows nothing of the one before", () => {
  const run = (option = "") => [`$ st-info --probe${option}`, "Found 1 stlink programmers", "  chipid:     0x0410"];
  expect(held(...run(" --connect-under-reset"), ...run())).toEqual([true, false]);
});
