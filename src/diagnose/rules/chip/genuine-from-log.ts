import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { probeOnBoard } from "../board/jumpers.ts";

/** ST's server ended because of what it read where the designer stands. */
export const refusedAsNotGenuine: Rule = {
  name: "refused-as-not-genuine",
  why: "From release 1.8 of STM32CubeIDE on ST's server reads the designer from the ROM table (PIDR1, PIDR2, PIDR4) before all else, and ends with status 18 when it is not JEP106 0x20. A core that can't be read at that time fails alike, so it is never certain.",
  conclude(facts: FactSet): readonly Conclusion[] {
    // The IDE found no ST device behind the server; behind ST's own server that is the chip.
    const asked = facts.last("client-trouble", ({ what }) => what === "not-st");
    if (asked !== undefined && facts.has("tool", ({ name }) => name === "st-link-gdbserver"))
      return [notGenuine(facts, asked)];
    const refused = facts.last("genuine", ({ verdict }) => verdict === "doubtful");
    if (refused === undefined || refused.source.from !== "log" || !facts.has("verdict")) return [];
    if (!/could not verify st device/i.test(refused.source.text)) {
      const status = facts.last("exit-status", ({ status }) => status === 18);
      if (status === undefined) return [];
    }
    return secondCore(facts, refused) ?? onOwnBoard(facts, refused) ?? [notGenuine(facts, refused)];
  },
};

/** Chips with two cores of which the second is closed until it is started or allowed, by the names of chips and boards. */
const lateSecondCore = /(?:STM32|NUCLEO[-_]?)(WL5[45]\w{0,4})/i;

/** The text names a chip whose second core's ROM table cannot be read before it is let in (RM0453: C2BOOT, ESE, DDS). */
function secondCore(facts: FactSet, refused: Fact): Conclusion[] | undefined {
  const named =
    facts.last("chip-name", ({ name }) => lateSecondCore.test(name)) ??
    facts.last("probe-kind", ({ name }) => lateSecondCore.test(name));
  const file = facts.last("image-file", ({ path }) => lateSecondCore.test(path));
  const name = lateSecondCore.exec(named?.value.name ?? file?.value.path ?? "")?.[1];
  if (name === undefined) return undefined;
  return [
    conclusion("second-core-off", {
      certainty: "likely",
      variant: "locked",
      values: { chip: `STM32${name.toUpperCase()}` },
      evidence: quotes(refused, named ?? file),
      weight: 80,
      explains: ["not-enough-to-tell", "chip-not-genuine"],
    }),
  ];
}

/** Behind the probe of a board of ST's is ST's chip, unless that probe was led to another board. */
function onOwnBoard(facts: FactSet, refused: Fact): Conclusion[] | undefined {
  const probe = probeOnBoard(facts);
  if (probe === undefined || facts.has("designer", ({ code, bank = 0 }) => code !== 0x20 || bank !== 0))
    return undefined;
  return [
    conclusion("not-enough-to-tell", {
      certainty: "possible",
      values: {
        known:
          "ST's server could not verify that the chip is ST's. The probe is one that sits on a board of ST's, whose chip is ST's own: then the ROM table could not be read (a second core that is off, the wrong access port, TrustZone or option bytes that close the port, a core asleep)",
        next: "Connect under reset, to the first core (-m 0; AP1 on N6), with another release of the IDE or with STM32CubeProgrammer: where that reads the chip, this server's session is at fault. If the probe is led to another board (its jumpers off), that chip may be a copy; `probity doctor` reads the designer.",
      },
      evidence: quotes(probe, refused),
      weight: 73,
      explains: ["wires-open", "target-no-power", "server-not-st"],
    }),
    { ...notGenuine(facts, refused), explains: [], certainty: "possible" },
  ];
}

function notGenuine(facts: FactSet, refused: Fact): Conclusion {
  const id = facts.last("device-id");
  // What else was read of the chip came through the same port as its designer.
  const read = facts.last("designer") ?? id;
  return conclusion("chip-not-genuine", {
    certainty: read === undefined ? "possible" : "likely",
    severity: "error",
    variant: read === undefined ? "unread" : "refused",
    evidence: quotes(refused, facts.last("designer"), id),
    weight: 71,
    explains: ["wires-open", "not-enough-to-tell", "target-no-power", "server-not-st"],
  });
}
