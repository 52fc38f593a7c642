import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

const cableFirst =
  "Another cable first (many are for charging alone, or worn), then a socket of the computer itself without a hub, then another computer. If the probe is silent at all of them, it is broken, or its firmware is: hold its button or bridge its BOOT0 as its maker says, and load the firmware anew.";

/** A probe that the computer could not even ask who it is. */
export const unenumerated: Rule = {
  name: "probe-unenumerated",
  why: "The computer asks a device that is plugged in for its descriptor (USB 2.0, 9.4.3) before any program sees it: one that does not answer that is in no list, whatever rights and drivers there are.",
  conclude(facts: FactSet) {
    const mute = facts.last("usb-not-answering");
    if (mute === undefined || facts.has("boot-loader")) return [];
    const missed =
      facts.last("probe-trouble", ({ what }) => what === "none-found" || what === "serial-not-found") ??
      facts.last("stage", ({ stage, reached }) => stage === "probe-opened" && !reached);
    if (missed === undefined) return [];
    return [
      conclusion("probe-usb-trouble", {
        certainty: "likely",
        values: {
          detail: "the computer gets no answer when it asks the device that was plugged in who it is",
        },
        evidence: quotes(mute, missed),
        remedyFirst: [cableFirst],
        weight: 93,
        explains: [
          "probe-none",
          "probe-serial-missing",
          "probe-permission",
          "probe-busy",
          "probe-driver-missing",
          "not-enough-to-tell",
        ],
      }),
    ];
  },
};
