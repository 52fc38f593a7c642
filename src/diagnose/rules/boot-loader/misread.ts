import { type FactSet, quotes, toolOf } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

const names: Partial<Readonly<Record<string, string>>> = { stm32cubeprogrammer: "STM32CubeProgrammer" };

/** Read protection that one tool speaks of, while another reads the flash through the same boot loader. */
export const protectionMisread: Rule = {
  name: "protection-misread-from-log",
  why: "While RDP is active the boot loader refuses every read of flash (AN3155 3.4; AN3156, errVENDOR): flash that is read through it is not protected. Users whose programmer told of protection that was none had it go away at another USB port or with an older release.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const claim = facts.last("read-protection", ({ on }) => on);
    if (claim === undefined) return [];
    const tool = toolOf(claim);
    const name = tool === undefined ? undefined : names[tool];
    const read = facts.last("flash-read", ({ address }) => address >>> 24 === 0x08);
    if (name === undefined || read === undefined || toolOf(read) === tool || !facts.before(claim, read)) return [];
    const over = facts.last("option", (value) => value.name === "boot-loader" && value.tool === tool);
    if (over === undefined || !facts.before(over, claim)) return [];
    // Protection that was given up in between erased the chip, and is none any more.
    const changed = facts.last("option-bytes-written");
    if (changed !== undefined && facts.before(claim, changed)) return [];
    return [
      conclusion("boot-loader-refuses", {
        certainty: "likely",
        variant: "misread",
        values: { what: name },
        evidence: quotes(...facts.all("read-protection", ({ on }) => on).slice(-2), read),
        remedyFirst: [
          "Do not let it remove a protection that is not there: that erases the flash.",
          "Connect through another USB port of the computer (one behind a USB 2 hub), by another cable, from another computer; or take an older release of the programmer, or the tool that could read the chip.",
        ],
        weight: 84,
        explains: ["read-protected", "flash-protected", "flash-refused", "not-enough-to-tell"],
      }),
    ];
  },
};
