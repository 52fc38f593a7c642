/** The parts of a file, as STM32CubeProgrammer erases and downloads them one by one. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** What was erased for a part, by its number: nothing yet, sectors inside the chip, or external memory. */
type Segments = Map<string, "announced" | "internal" | "external">;

function segmentsIn(memory: Map<string, unknown>): Segments {
  const known = memory.get("segments") as Segments | undefined;
  if (known !== undefined) return known;
  const none: Segments = new Map();
  memory.set("segments", none);
  return none;
}

export const segmentErases: readonly LinePattern[] = [
  line(
    "erasing memory corresponding",
    6,
    /erasing memory corresponding(?: to (?:segment|sector) (\d+))?/i,
    (match, { memory }) => {
      memory.set("operation", "erase");
      if (match[1] === undefined) {
        memory.set("erasing-external", false);
        return [];
      }
      memory.set("segment", match[1]);
      segmentsIn(memory).set(match[1], "announced");
      return [];
    },
  ),
  line(
    ["erasing internal memory", "erasing external memory"],
    6,
    /erasing (internal|external) memory(?: sectors? \[?(\d{1,5})(?:[ ,]+(\d{1,5})\])?)?/i,
    (match, { memory }) => {
      memory.set("operation", "erase");
      const external = /external/i.test(match[1]);
      memory.set("erasing-external", external);
      const segment = memory.get("segment") as string | undefined;
      if (segment !== undefined) segmentsIn(memory).set(segment, external ? "external" : "internal");
      if (external) return [say("loader-started", {})];
      if (match[2] === undefined || segment === undefined) return [];
      const first = Number(match[2]);
      return [say("sectors-erased", { first, last: Number(match[3] ?? first), segment: Number(segment) })];
    },
  ),
];

export const segmentFailures: readonly LinePattern[] = [
  line(
    ["failed to download segment", "failed to download sector"],
    8,
    /failed to download (?:segment|sector) *\[(\d+)\]/i,
    (match, { memory }) => {
      memory.set("failed", true);
      // A partition of an MP1 or MP2 is no flash with protection.
      const partition = memory.get("partition") as number | undefined;
      if (partition !== undefined) return [say("embedded-flashing", { step: "download", partition, done: false })];
      const operation = memory.get("operation") === "erase" ? "erase" : "program";
      const segments = segmentsIn(memory);
      const erased = segments.get(match[1]);
      // Where its lines about segments were left out, the last erase tells.
      if (erased === "external" || (!memory.has("segment") && memory.get("erasing-external") === true)) {
        return [say("flash-trouble", { operation, external: true })];
      }
      const unerased = erased === "announced" && [...segments.values()].includes("internal");
      return [say("flash-trouble", { operation, ...(unerased && { unerased: Number(match[1]) }) })];
    },
  ),
];
