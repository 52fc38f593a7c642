import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

const watchdogs: readonly (readonly [flag: RegExp, name: string])[] = [
  [/^IWDG/, "independent"],
  [/^WWDG/, "window"],
];

export const resets: Rule = {
  name: "resets",
  why: "S_RESET_ST in DHCSR tells that a reset was, RCC_CSR which one (RM0008 8.3.10; ARMv7-M C1.6.2).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const flags = facts.last("reset-flags");
    const seen = facts.last("resets-seen");
    const again = seen !== undefined && seen.value.count >= 2;
    const names = flags?.value.flags ?? [];
    const dog = watchdogs.find(([pattern]) => names.some((name) => pattern.test(name)));
    const values = {
      count: seen?.value.count ?? 0,
      seconds: ((seen?.value.milliseconds ?? 0) / 1000).toFixed(1),
      // A log may count resets and not tell in which time they came.
      time:
        seen === undefined || seen.value.milliseconds === 0
          ? ""
          : ` in ${(seen.value.milliseconds / 1000).toFixed(1)} s`,
    };
    if (dog !== undefined && flags !== undefined) {
      const flag = names.find((name) => dog[0].test(name)) ?? "";
      if (again) {
        return [
          conclusion("watchdog-resets", {
            certainty: "certain",
            values: { watchdog: dog[1], ...values },
            evidence: quotes(seen, flags),
            weight: 85,
            explains: ["resets-again-and-again", "nrst-held-low", "firmware-low-power", "firmware-faults"],
          }),
        ];
      }
      return [
        conclusion("watchdog-resets", {
          certainty: "likely",
          // The flag of a reset that nobody has seen may be of long ago; who prints the register has a reason to.
          severity: seen === undefined && flags.source.from !== "log" ? "note" : "warning",
          variant: "flag",
          values: { watchdog: dog[1], flag },
          evidence: quotes(flags, seen),
          weight: 40,
        }),
      ];
    }
    if (!again) return once(facts, seen);
    const telling = names.filter((name) => !/^(POR|PIN)/.test(name));
    return [
      conclusion("resets-again-and-again", {
        certainty: seen.source.from === "log" ? "likely" : "certain",
        values: { ...values, flags: telling.length === 0 ? "" : ` (${telling.join(", ")})` },
        evidence: quotes(seen, flags),
        weight: 60,
      }),
    ];
  },
};

/** GDB found the program at its start again, once. */
function once(facts: FactSet, seen: FactOf<"resets-seen"> | undefined): readonly Conclusion[] {
  if (seen?.source.from !== "log" || seen.source.tool !== "gdb") return [];
  return [
    conclusion("resets-again-and-again", {
      certainty: "likely",
      variant: "once",
      evidence: quotes(facts.last("reset-flags"), seen),
      weight: 56,
    }),
  ];
}

/** Volts by which two readings of VTref may differ without meaning anything. */
const STEADY = 0.3;

/** Readings of VTref by the probe that measured last: another one has wires of its own. */
function ofOneProbe(facts: FactSet): FactOf<"voltage">[] {
  const serials = facts.all("probe-serial");
  const probeOf = (each: FactOf<"voltage">) =>
    serials.findLast((serial) => facts.before(serial, each))?.value.serial ?? serials[0]?.value.serial;
  const all = facts.all("voltage");
  const last = all.at(-1);
  return last === undefined ? [] : all.filter((each) => probeOf(each) === probeOf(last));
}

export const supplyDips: Rule = {
  name: "supply-dips",
  why: "Debug registers are cleared by power-on alone (ARMv7-M C1.2.1): found cleared in mid-session, the chip had been without power.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const gone = facts.last("power-lost");
    const all = ofOneProbe(facts);
    const high = all.find(({ value }) => value.volts >= 1.65);
    const low = all.find(({ value }) => high !== undefined && high.value.volts - value.volts > STEADY);
    const flash =
      facts.last("flash-trouble") ??
      facts.last("target-lost", ({ during }) => during === "program" || during === "erase");
    const back = facts.last("target-back");
    const dipped = low !== undefined && high !== undefined && (back !== undefined || low.value.volts >= 1);
    if (gone === undefined && !dipped) return [];
    const known =
      gone !== undefined
        ? "the chip went through a power-on reset"
        : `VTref fell from ${high?.value.volts.toFixed(2)} V to ${low?.value.volts.toFixed(2)} V`;
    return [
      conclusion("supply-dips", {
        certainty: gone !== undefined ? "certain" : "likely",
        ...(flash !== undefined && { variant: "flash" }),
        values: { known },
        evidence: quotes(gone, high, low, flash),
        weight: 88,
        explains: [
          "flash-worn",
          "wires-open",
          "wire-noisy",
          "wire-clock-too-fast",
          "firmware-disables-swd",
          "firmware-low-power",
          "resets-again-and-again",
          "not-enough-to-tell",
          "target-voltage-low",
          "target-no-power",
        ],
      }),
    ];
  },
};
