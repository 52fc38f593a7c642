import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

export const enterByReset =
  "Enter it by BOOT0 and a power-on first, with any debug probe unplugged: if USB is there then, the jump is what spoils it. Before a jump the program has to stop USB, SysTick and its interrupts, and to set the clocks back to those after reset (HAL_DeInit, HAL_RCC_DeInit). If USB is not there either: the crystal that AN2606 asks for, then cable, port and hub.";

/** A device that the system could not ask who it is, where no tool tells of a boot loader: the text may be about one. */
export const onUsbAlone: Rule = {
  name: "boot-loader-on-usb-alone",
  why: "The computer asks a device that is plugged in for its descriptor (USB 2.0, 9.4.3): one that gives none runs no USB, or with a clock that USB cannot be used with. Of the crystal that a boot loader needs, AN2606.",
  conclude(facts: FactSet) {
    const mute = facts.last("usb-not-answering");
    if (mute === undefined || facts.has("boot-loader")) return [];
    // Beside a tool that looks for a probe, or has one, it is the probe that is meant, or another device.
    if (facts.has("probe-trouble") || facts.has("stage", ({ stage }) => stage === "probe-opened")) return [];
    const dfu = facts.last("tool", ({ name }) => name === "dfu-util" || name === "dfusecommand");
    return [
      conclusion("boot-loader-silent", {
        certainty: dfu === undefined ? "possible" : "likely",
        variant: "unanswered",
        evidence: quotes(mute, dfu),
        remedyFirst: [enterByReset],
        weight: 70,
        explains: ["not-enough-to-tell", "chip-unknown", "probe-usb-trouble"],
      }),
    ];
  },
};
