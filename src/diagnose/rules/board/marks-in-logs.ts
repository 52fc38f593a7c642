import { hex32 } from "../../../base/bytes.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** A copy of an F1, by its debug port. */
export const copyByDebugPort: Rule = {
  name: "copy-by-debug-port",
  why: "The Cortex-M3 r1p1 of the STM32F1 has DPIDR 0x1BA01477; the r2p1 that copies of it are built with has 0x2BA01477, as have F2 and F4, whose device IDs are others.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id)?.family === "STM32F1");
    const port = facts.last("idcode", ({ value }) => value === 0x2ba01477);
    if (id === undefined || port === undefined || port.value.expected !== undefined) return [];
    return [
      conclusion("chip-not-genuine", {
        certainty: "likely",
        values: { maker: "" },
        evidence: quotes(port, id),
        weight: 65,
      }),
    ];
  },
};

/** Where a core that found no program stands: in lockup, PC reads so (ARMv7-M B1.5.15). */
const LOCKED_UP = 0xfffffffe;

/** A core without a program, by where it stands. */
export const noProgram: Rule = {
  name: "no-program-from-log",
  why: "Erased flash is all ones: reset loads SP with 0xFFFFFFFC and PC with 0xFFFFFFFE, the first fetch faults, the fault handler's vector is as bad, and the core locks up with PC 0xFFFFFFFE (ARMv7-M B1.5.5, B1.5.15). Read-protected flash reads alike to a core with a debugger attached.",
  conclude(facts: FactSet): readonly Conclusion[] {
    if (facts.has("vector-table") || facts.last("read-protection")?.value.on === true) return [];
    const nowhere = facts
      .all("core-register")
      .findLast(({ value }) => value.name === "pc" && value.value === LOCKED_UP);
    const stop = facts.last("stop", ({ pc }) => pc === LOCKED_UP);
    const last = lastOf(facts, nowhere, stop);
    if (last === undefined || betterKnown(facts, last)) return [];
    const elsewhere = [
      ...facts.all("core-register", ({ name, value }) => name === "pc" && value !== LOCKED_UP),
      ...facts.all("stop", ({ pc }) => pc !== undefined && pc !== LOCKED_UP),
    ].some((each) => facts.before(last, each));
    if (elsewhere) return [];
    const refused = facts.last("flash-trouble");
    const evidence = quotes(
      last,
      facts.last("core-register", ({ name, value }) => name === "sp" && value >>> 8 === 0xffffff),
      facts.last("core", ({ state }) => state === "lockup"),
    );
    return [
      conclusion("vector-table-empty", {
        // A refusal by the flash tells more than an empty core.
        certainty: refused === undefined ? "likely" : "possible",
        ...(refused !== undefined && { severity: "warning" }),
        values: { at: hex32(0), sp: "0xFFFFFFFC", reset: "0xFFFFFFFE", lockup: ", and locks up" },
        evidence,
        remedyFirst: [
          "If a program should be there, see whether the flash is read-protected: a debugger then finds the same (`probity doctor`, option bytes).",
        ],
        weight: 72,
        explains: ["core-lockup", "firmware-faults", "not-enough-to-tell"],
      }),
    ];
  },
};

function lastOf(facts: FactSet, one: Fact | undefined, other: Fact | undefined): Fact | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return facts.before(one, other) ? other : one;
}

/** A program was put there later. */
function betterKnown(facts: FactSet, nowhere: Fact): boolean {
  const later = facts.last(
    "stage",
    ({ stage, reached }) => reached && (stage === "programmed" || stage === "verified"),
  );
  return later !== undefined && facts.before(nowhere, later);
}
