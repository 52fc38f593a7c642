import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { addressText } from "../../loader/words.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { sameLine } from "../board/marks-in-logs.ts";
import { isRam } from "../memory-map.ts";

/** STM32N6 (RM0486, boot ROM; ST's signing tool). */
const flashless =
  "This chip has no flash of its own: to start by itself it needs the program in external flash, written by a loader (-el), with the header that its boot ROM looks for: `STM32_SigningTool_CLI -bin app.bin -nk -of 0x80000000 -t fsbl -hv 2.3 -align -o app-trusted.bin` (-align from release 2.21 on). A build that does not find the signing tool may leave that out without an error.";

/** An image that was loaded into RAM, and power that was switched off after it. */
export const imageLostWithPower: Rule = {
  name: "image-lost-with-power",
  why: "RAM holds nothing without power: what was loaded there is gone after a power cycle, and the chip starts what its flash holds, or external flash.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const programmed = facts.last("stage", ({ stage, reached }) => stage === "programmed" && reached);
    const parts = facts.all("image-part");
    const part = parts.at(-1);
    if (programmed === undefined || part === undefined || parts.some(({ value }) => !isRam(value.address))) return [];
    const cycled = facts.last("power-cycled");
    if (cycled === undefined || !facts.before(programmed, cycled)) return startedFromFlash(facts, part, programmed);
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id)?.maxFlashBytes === 0);
    return [
      conclusion("image-outside-flash", {
        certainty: "likely",
        variant: "lost",
        values: { address: addressText(part.value.address) },
        evidence: quotes(id, part, programmed, cycled),
        ...(id !== undefined && { remedyFirst: [flashless] }),
        weight: 80,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** What stands in flash was met after a reset, as the server tells it: GDB shows the registers that it set itself. */
function startedFromFlash(
  facts: FactSet,
  part: FactOf<"image-part">,
  programmed: FactOf<"stage">,
): readonly Conclusion[] {
  const ran = facts.last("core-register", ({ name, value }) => name === "pc" && value >>> 24 === 0x08);
  const printed = facts.last("core-register", ({ name }) => name === "xpsr");
  if (ran === undefined || printed === undefined || !sameLine(ran, printed) || !facts.before(programmed, ran))
    return [];
  return [
    conclusion("image-outside-flash", {
      certainty: "likely",
      severity: "warning",
      variant: "started",
      values: { address: addressText(part.value.address), pc: addressText(ran.value.value) },
      evidence: quotes(part, programmed, ran),
      remedyFirst: [
        "Start it by hand after each load and without a reset in between: set SP and PC from its vector table (`set $sp = *(unsigned *)0x20000000`, `set $pc = *(unsigned *)0x20000004`), SCB->VTOR too; or have the boot pins choose SRAM; or link it to flash.",
      ],
      weight: 60,
      explains: ["not-enough-to-tell"],
    }),
  ];
}
