/** pyOCD at flash: what it erased and programmed, and what it could not. */
import type { FactValues } from "../../facts.ts";
import { type LinePattern, line, type Said, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";

function reached(stage: FactValues["stage"]["stage"]): Said {
  return say("stage", { stage, reached: true });
}

function trouble(
  operation: FactValues["flash-trouble"]["operation"],
  match: RegExpExecArray,
  parts: Omit<FactValues["flash-trouble"], "operation"> = {},
): Said {
  const address = /address (?:0x)?([0-9a-f]{6,8})|@ ?0x([0-9a-f]+)/i.exec(match.input);
  return say("flash-trouble", {
    operation,
    ...(address !== null && { address: hexValue(address[1] ?? address[2]) }),
    ...parts,
  });
}

export const pyocdFlash: readonly LinePattern[] = [
  line(["erasing chip", "erasing sector"], 6, /^(?:\d{7}\S* )?\w* ?erasing (?:chip|sectors?)\b/i, (_, { memory }) => {
    memory.set("operation", "erase");
    return [];
  }),
  line("chip erase complete", 6, /(?:chip|mass) erase complete/i, () => [reached("erased"), say("chip-erased", {})]),
  line("loading ", 3, /\bloading (\S+\.(?:elf|axf|hex|bin))/i, (match, { memory }) => {
    memory.set("operation", "program");
    return [say("image-file", { path: match[1] })];
  }),
  line("erased ", 8, /erased \d+ bytes \(\d+ sectors?\), programmed (\d+) bytes/i, () => [
    reached("erased"),
    reached("programmed"),
  ]),
  line("programmed ", 5, /programmed \d+ bytes \(\d+ pages?\)/i, () => [reached("programmed")]),
  line(
    ["flash erase", "erase sector failure", "erase_sector", "erase_all", "flasherasefailure"],
    6,
    /(?:flash )?erase (?:sector|all|page) (?:failure|timed out)|erase_(?:sector|all|page)\(.*\) error|FlashEraseFailure/i,
    (match) => [trouble("erase", match)],
  ),
  line(
    ["flash program", "program_page", "flashprogramfailure"],
    6,
    /(?:flash )?program (?:page|phrase) (?:failure|timed out)|program_page\(.*\) error|FlashProgramFailure/i,
    (match) => [trouble("program", match)],
  ),
  line(
    ["flash init", "flash uninit", "init failure"],
    5,
    /flash (?:un)?init(?:iali[sz]ation)? (?:failure|timed out)|\binit failure\b/i,
    (match) => [trouble("algorithm", match, { reason: "algorithm" })],
  ),
  line(
    "target was not halted as expected",
    10,
    /target was not halted as expected after calling flash algorithm routine(?: \(ipsr=(\d+)\))?/i,
    (match) => [trouble("algorithm", match, { reason: "algorithm" })],
  ),
  line(
    ["flash algorithm timed out", "timeout waiting for flash", "algo timeout"],
    5,
    /flash (?:algorithm|algo)?.*time?d? ?out|time?d? ?out .*flash/i,
    (match) => [trouble("algorithm", match, { reason: "timeout" })],
  ),
  line(
    ["page verify", "verify failed", "verification failed"],
    4,
    // Of a certificate it is said where something is fetched from the net.
    /(?<!certificate )\bverif(?:y|ication) (?:failed|failure|mismatch)/i,
    (match) => [trouble("verify", match, { reason: "mismatch" })],
  ),
  line(
    ["no memory region", "no flash memory", "no flash region", "memory region", "not within a", "is not flash memory"],
    5,
    /no (?:memory|flash)(?: memory)? region (?:defined|found|for|contains|at)|not within a flash region|is not flash memory/i,
    (match) => [trouble("program", match, { reason: "size" })],
  ),
  line(
    ["in secure state", "is locked", "device is locked", "device is protected", "flash security", "read protection"],
    4,
    /in secure state|(?:device|target|chip) is (?:locked|secured|protected)|read(?:out)? protection/i,
    () => [say("read-protection", { on: true })],
  ),
  line(
    ["magic number does not match", "elferror"],
    5,
    /magic number does not match|(?:^|[^./\\\w]|exceptions\.)elferror: /i,
    () => [say("image-unusable", {})],
  ),
];
