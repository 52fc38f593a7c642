import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** Which commands came with which J version, oldest first (stlink-org, OpenOCD and pyOCD agree on these). */
const gates: readonly (readonly [version: number, lacks: string])[] = [
  [13, "it can't measure the voltage or capture SWO"],
  [22, "its SWD clock can't be chosen"],
  [24, "DP and AP registers can't be read"],
  [28, "only access port 0 can be used"],
  [32, "every word is a command of its own, which is slow"],
];

export const probeFirmware: Rule = {
  name: "probe-firmware",
  why: "The ST-LINK tells its version (command F1); drivers agree on the J version with which each command came.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const firmware = facts.last("probe-firmware");
    const offered = facts.last("probe-update-offered");
    const refused = facts.has("probe-trouble", ({ what }) => what === "firmware-too-old");
    if (refused) return [];
    if (firmware?.value.generation === 2 && firmware.value.stlink !== undefined) {
      const { stlink, text } = firmware.value;
      const lacks = gates.filter(([version]) => stlink < version).map(([, what]) => what);
      if (lacks.length > 0) {
        return [
          conclusion("probe-firmware-old", {
            // That it is old is seen; that it is the cause, where a log's tool got on with it, is not.
            certainty: firmware.source.from === "log" ? "possible" : "certain",
            values: { firmware: text, lacks: lacks.slice(0, 3).join("; ") },
            evidence: quotes(firmware),
            // A log's tool either refused this version, which is another fact, or got on with it.
            ...(firmware.source.from === "log" && { severity: "note" as const }),
            weight: 30,
          }),
        ];
      }
    }
    if (offered === undefined) return [];
    return [
      conclusion("probe-firmware-old", {
        certainty: "possible",
        severity: "note",
        variant: "offered",
        evidence: quotes(offered, firmware),
        weight: 10,
      }),
    ];
  },
};

/** A version whose every number is a byte of erased flash. */
const erased = /^V ?255[. ]?J ?255(?:\D|$)/i;

export const probeFirmwareGone: Rule = {
  name: "probe-firmware-gone",
  why: "The ST-LINK's loader answers for the version too (command F1) and takes the numbers from flash: erased bytes (255) stand where the firmware's should, which an upgrade that broke off leaves so.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const firmware = facts.last("probe-firmware");
    if (firmware === undefined || !erased.test(firmware.value.text)) return [];
    return [
      conclusion("probe-in-update-mode", {
        certainty: "likely",
        variant: "erased",
        values: { firmware: firmware.value.text },
        evidence: quotes(firmware, facts.last("wire-answer")),
        weight: 90,
        explains: [
          "wires-open",
          "board-jumpers-off",
          "firmware-disables-swd",
          "firmware-low-power",
          "wire-noisy",
          "target-no-power",
          "not-enough-to-tell",
        ],
      }),
    ];
  },
};

/** Product ID of the ST-LINK/V2, the one that is copied. */
const V2 = 0x3748;

export const probeClone: Rule = {
  name: "probe-clone",
  why: "Copies of the ST-LINK/V2 lack the divider at VTref, some of them a serial number, and STLinkUpgrade turns them down.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const refused = facts.last("probe-trouble", ({ what }) => what === "upgrade-refused");
    // One that changed its mode and does not take the firmware; those that came on a board (M) are not copied.
    const unwritten = facts.last("probe-trouble", ({ afterVersion }) => afterVersion === true);
    const alone = facts.last("probe-firmware", ({ text }) => /^V2\.?J\d+\.?S\d+$/i.test(text));
    const kind = facts.last("probe-kind", ({ productId }) => productId === V2);
    const unnumbered = facts.last("probe-trouble", ({ what }) => what === "serial-absent");
    const voltage = facts.last("voltage", ({ volts }) => volts < 0.5);
    const answered = facts.last("device-id", ({ id }) => id !== 0) ?? facts.last("idcode");
    if (refused !== undefined) {
      const why = "it refuses the firmware update";
      // One that was not plugged in anew stays in its mode as well.
      return [conclusion("probe-clone", { certainty: "possible", values: { why }, evidence: quotes(refused, kind) })];
    }
    if (unwritten !== undefined && alone !== undefined) {
      const why = "its version was read by the updater, and it does not take the firmware";
      return [
        conclusion("probe-clone", { certainty: "possible", values: { why }, evidence: quotes(alone, unwritten) }),
      ];
    }
    if (unnumbered !== undefined) {
      const why = "it has no serial number";
      return [conclusion("probe-clone", { certainty: "possible", values: { why }, evidence: quotes(unnumbered) })];
    }
    if (kind === undefined || voltage === undefined || answered === undefined) return [];
    const why = "it measures no voltage though the target answers";
    return [
      conclusion("probe-clone", {
        certainty: "possible",
        values: { why },
        evidence: quotes(kind, voltage, answered),
        weight: 10,
      }),
    ];
  },
};
