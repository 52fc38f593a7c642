import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isExternalMemory } from "../memory-map.ts";

/** External memory that a read does not reach, while the chip itself answers. */
export const externalMemoryUnread: Rule = {
  name: "external-memory-unread",
  why: "External memory is on the bus only while its controller has a clock and is in memory-mapped mode (RM0433 23.4.13); before that, and after a programmer's algorithm that leaves it in indirect mode, a read there is a bus error.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const unread = readByProgrammer(facts);
    if (unread.length > 0) return unread;
    const part = facts.last("image-part", ({ address }) => isExternalMemory(address));
    const programmed = facts.first("stage", ({ stage, reached }) => stage === "programmed" && reached);
    const refused = facts.last("client-trouble", ({ what, address }) => what === "memory" && isExternalMemory(address));
    // Refused without an address, right after external memory alone was programmed.
    const after =
      part !== undefined &&
      programmed !== undefined &&
      facts.all("image-part").every(({ value }) => isExternalMemory(value.address))
        ? facts.last("client-trouble", ({ what, address }) => what === "memory" && address === undefined)
        : undefined;
    const failed = refused ?? after;
    if (failed === undefined || facts.has("loader-init") || facts.has("target-lost")) return [];
    if (after === failed && programmed !== undefined && facts.before(failed, programmed)) return [];
    const address = failed.value.address ?? part?.value.address;
    return [
      conclusion("loader-controller-off", {
        certainty: "possible",
        values: { call: address === undefined ? "A read" : `A read at ${hex32(address)}` },
        evidence: quotes(part, programmed, failed),
        remedyFirst: [
          "External memory can be read only once its controller is in memory-mapped mode: let the program's start-up code, or the algorithm at its end, switch it there, or leave the verification out.",
        ],
        weight: 56,
        explains: ["not-enough-to-tell", "wires-open", "gdb-server-gone"],
      }),
    ];
  },
};

/** ST's programmers reach external memory by way of a loader alone; one that failed by its own account is told by that. */
function readByProgrammer(facts: FactSet): Conclusion[] {
  const failed = facts.last(
    "flash-trouble",
    ({ operation, address }) => operation === "read" && isExternalMemory(address),
  );
  if (failed?.source.from !== "log" || failed.source.tool !== "stm32cubeprogrammer") return [];
  if (facts.has("loader-init") || facts.has("target-lost") || facts.has("wire-answer", ({ answer }) => answer !== "ok"))
    return [];
  return [
    conclusion("loader-memory-silent", {
      certainty: "possible",
      variant: "unread",
      values: { call: `A read at ${hex32(failed.value.address ?? 0)}` },
      evidence: quotes(failed),
      remedyFirst: [
        "Choose the loader of this very board (External loaders, or -el FILE.stldr), connect again, and read a few bytes first.",
      ],
      weight: 60,
      explains: ["not-enough-to-tell", "flash-refused", "image-outside-flash", "wires-open"],
    }),
  ];
}
