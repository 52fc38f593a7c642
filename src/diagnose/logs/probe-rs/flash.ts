/** What probe-rs prints of work on flash: erasing, programming, verifying, the flash algorithm. */
import type { FactValues } from "../../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";

function trouble(
  operation: FactValues["flash-trouble"]["operation"],
  { memory }: LineContext,
  parts: Omit<FactValues["flash-trouble"], "operation"> = {},
): Said[] {
  memory.set("operation", operation);
  return [say("flash-trouble", { operation, ...parts })];
}

export const flashErrors: readonly LinePattern[] = [
  line("failed to erase chip", 8, /failed to erase chip\b/i, (_, context) => trouble("erase", context)),
  line(
    ["a timeout occurred", "timeout occurred", "the operation timed out", "timeout"],
    3,
    /^(?:error:? *)?(?:\d+: *)?(?:a )?timeout (?:has )?occurr?ed/i,
    (_, { memory }) => {
      const operation = memory.get("operation") as "erase" | "program" | "verify" | undefined;
      if (operation !== undefined) return [say("flash-trouble", { operation, reason: "timeout" })];
      // What it waits for without work on flash is a core that halts.
      return memory.get("open-failed") === true ? [] : [say("halt-failed", {})];
    },
  ),
  line(
    ["failed to erase flash sector", "failed to erase the whole chip", "failed to erase"],
    8,
    /failed to erase (?:the whole chip|flash sector(?: at address (?:0x)?([0-9a-f]+))?)/i,
    (match, context) => trouble("erase", context, match[1] === undefined ? {} : { address: hexValue(match[1]) }),
  ),
  line(
    "the page write of the page at address",
    10,
    /page write of the page at address (?:0x)?([0-9a-f]+) failed/i,
    (match, context) => trouble("program", context, { address: hexValue(match[1]) }),
  ),
  line("the execution of", 8, /the execution of ['"]?(\w+)['"]? failed with code (\d+)/i, (match, context) => {
    const operation = /erase/i.test(match[1])
      ? "erase"
      : /program|page/i.test(match[1])
        ? "program"
        : /verify/i.test(match[1])
          ? "verify"
          : "algorithm";
    return trouble(operation, context, operation === "algorithm" ? { reason: "algorithm" } : {});
  }),
  line("flash content verification failed", 8, /flash content verification failed|verification failed/i, (_, context) =>
    trouble("verify", context, { reason: "mismatch" }),
  ),
  line(
    ["no flash memory contains", "no nvm", "no flash region contains", "no suitable nvm"],
    10,
    /no (?:flash|nvm) (?:memory|region) contains the (?:entire |complete )?requested (?:memory )?range:? *(?:0x)?([0-9a-f]+)/i,
    (match, context) => trouble("program", context, { reason: "size", address: hexValue(match[1]) }),
  ),
  line(
    ["the initialization of the flash algorithm", "the uninitialization of the flash algorithm"],
    10,
    /the (?:un)?initiali[sz]ation of the flash algorithm failed/i,
    (_, context) => trouble("algorithm", context, { reason: "algorithm" }),
  ),
  line("failed to load the flash algorithm", 10, /failed to load the flash algorithm into ram/i, (_, context) =>
    trouble("algorithm", context, { reason: "algorithm" }),
  ),
  // Written to RAM, it does not read back: at that address there is none, or it has no clock.
  line("failed to verify flash algorithm", 10, /failed to verify (?:the )?flash algorithm/i, (_, context) =>
    trouble("algorithm", context, { reason: "algorithm" }),
  ),
  line(
    "the ram contents did not match",
    10,
    /the ram contents did not match the expected contents after loading the flash algorithm/i,
    (_, context) => trouble("algorithm", context, { reason: "algorithm" }),
  ),
  line(
    "the core entered an unexpected status",
    10,
    /the core entered an unexpected status: *(.*)/i,
    (match, context) => [
      ...trouble("algorithm", context, { reason: "algorithm" }),
      ...(/locked ?up/i.test(match[1]) ? [say("core", { state: "lockup" })] : []),
    ],
  ),
  line("verify failed", 4, /^(?:error: *)?(?:\d{1,2}: *)?verify failed\.?$/i, (_, context) =>
    trouble("verify", context, { reason: "mismatch" }),
  ),
  line("0x0", 4, /\b0x([0-9a-f]{8}) is not contained in (?:nvm|ram|flash|memory)/i, (match, context) =>
    trouble("program", context, { reason: "size", address: hexValue(match[1]) }),
  ),
  line(
    ["something during the interaction with the core", "error while flashing", "failed to flash"],
    6,
    /something during the interaction with the core went wrong|^(?:error:? *)?(?:failed to flash|error while flashing)|failed to download/i,
  ),
];
