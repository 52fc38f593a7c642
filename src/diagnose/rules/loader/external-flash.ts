import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

const parameters =
  "Give the flash chip's sizes and commands from its data sheet: `stmqspi set BANK NAME SIZE PAGE READ QREAD WRITE ERASE SECTOR SECTOR_ERASE`, after `init`.";
const setUp =
  "Use the board's own file of OpenOCD (board/stm32...-disco.cfg), or one made like it: its reset-init handler turns on the clocks and sets the pins and the controller up. `reset init` has to run before flash is probed.";

/** A tool that drives external flash by itself, without a loader. */
export const externalFlashFromLog: Rule = {
  name: "external-flash-from-log",
  why: "A serial flash tells its JEDEC ID (JESD216: 9Fh); FFFFFF or 0 is what a bus gives that nobody drives. A controller whose clock is off reads as 0 (RM0433 8.5.6).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const found = facts.last("external-flash");
    if (found === undefined) return [];
    const failed = facts.last("flash-trouble");
    const { answer, id, address } = found.value;
    const evidence = quotes(found, failed);
    const explains = ["not-enough-to-tell", "flash-refused", "chip-unknown"];
    if (answer === "unknown") {
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          variant: "external",
          values: { name: `0x${(id ?? 0).toString(16).padStart(6, "0")}` },
          evidence,
          remedyFirst: [parameters],
          weight: 80,
          explains,
        }),
      ];
    }
    return [
      conclusion("loader-memory-silent", {
        certainty: "likely",
        variant: answer === "none" ? "driver" : "controller",
        values: { call: "", at: address === undefined ? "the address that it was given" : hex32(address) },
        evidence,
        remedyFirst: [setUp],
        weight: 80,
        explains,
      }),
    ];
  },
};
