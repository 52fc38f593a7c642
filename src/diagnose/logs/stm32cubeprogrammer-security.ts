/** STM32CubeProgrammer with a chip's secure services: debug authentication, provisioning of keys, secure installation. */
import type { FactValues } from "../facts.ts";
import { type LineContext, type LinePattern, type LogLine, line, type Said, say } from "./log-reader.ts";

/** The tool's words without what says only that they are an error. */
function words(text: string): string {
  return text
    .replace(/^(?:error|warning) *: */i, "")
    .replace(/[ !.]+$/, "")
    .slice(0, 120);
}

function authentication(answer: FactValues["debug-authentication"]["answer"]) {
  return (match: RegExpExecArray, { memory }: LineContext): Said[] => {
    memory.set("authentication", answer);
    return [say("debug-authentication", { answer, text: words(match.input) })];
  };
}

function service(about: FactValues["secure-service-failed"]["about"]) {
  return (match: RegExpExecArray): Said[] => [say("secure-service-failed", { about, text: words(match.input) })];
}

export const programmerSecurity: readonly LinePattern[] = [
  line(
    ["start debug authentication", "open sdm lib", "sdmopen"],
    8,
    /^(?:start debug authentication sequence|open sdm lib|sdmopen :.*\bopen :)/i,
    (_, { memory, line: at }) => {
      if (!memory.has("authentication")) memory.set("authentication-begun", at);
      return [];
    },
  ),
  line("open_comms", 8, /^open_comms :.*established successfully/i, authentication("answered")),
  line("discovery", 6, /^discovery: *(?:target id|psa lifecycle|vendor id)/i, authentication("answered")),
  line(
    [
      "open_comms",
      "failed to communicate with target",
      "failed to communicate with the target",
      "communication with the target failed",
    ],
    6,
    /^open_comms :.*(?:fail|time[ -]?out|error|unable)|failed to communicate with (?:the )?target *!?$|communication with the target failed/i,
    authentication("none"),
  ),
  line(
    ["discovery failed", "discovery has failed", "debug authentication"],
    6,
    /\bdiscovery (?:has )?fail|debug authentication:? *discovery:? *fail/i,
    authentication("none"),
  ),
  // That it failed says nothing of an answer; that a secret was turned down does.
  line(
    ["debug authentication", "sdmauthenticate", "authentication"],
    6,
    /^(?!.*\bsuccess)(?:(?:error: *)?debug authentication\b.*(?:fail|denied|error|wrong|invalid|not match|not allowed)|sdmauthenticate :.*(?:fail|denied|error|invalid)|error: *authentication (?:has )?fail\w*)/i,
    (match, context) => {
      const secret = /denied|password|certificate|\bkeys?\b|not (?:match|allowed)/i.test(match.input);
      return authentication(secret || context.memory.get("authentication") === "answered" ? "refused" : "none")(
        match,
        context,
      );
    },
  ),
  line(
    ["debug authentication", "authentication"],
    6,
    /^(?:debug )?authentication:? *(?:sequence |finished |completed )*(?:success|succeeded|ok\b)/i,
    (match, context) => [
      ...authentication("ok")(match, context),
      say("stage", { stage: "target-connected", reached: true }),
    ],
  ),
  line(
    ["rsslib_", "obkey", "obk "],
    8,
    /\bRSSLIB_\w*(?:ERROR|BAD|FAIL|INVALID|WRONG)\w*|\bobke?y?s? (?:file )?provisioning\b.*fail|provisioning (?:of )?obke?y?s?\b.*fail/i,
    service("provisioning"),
  ),
  line(
    ["rsse", "rss ", "sfi command"],
    8,
    /(?:failed|unable|can ?not|can't) .{0,20}\brsse?\b|\brsse?\b.{0,30}(?:fail|not (?:running|started|available|found))|sfi command is not supported/i,
    service("rss"),
  ),
  line(
    ["license", "licence", "hsm", "smartcard", "smart card", "pkcs"],
    4,
    /^error: *(?=.*\b(?:hsm|smart ?card|pkcs\w*|licen[cs]e))(?!.*\brss\b)(?=.*(?:fail|not (?:found|detected|available|valid)|unable|can ?not|no |invalid|wrong|empty|is 0|expired)).*/i,
    service("license"),
  ),
  line(
    ["security state fail", "activating security", "invalid state after", "rss internal", "sfi file", "ssp ", "sfi "],
    6,
    /security state fail|activating security.{0,20}fail|invalid state after (?:sfi|smi|ssp) install|rss internal (?:system )?error|\b(?:sfi|sfix|smi|ssp)\b.{0,40}(?:install\w*|process|operation).{0,20}fail/i,
    service("install"),
  ),
];

/** A log that ends where the chip should have answered: the tool waits for it without end. */
export function finishSecurity(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const begun = memory.get("authentication-begun") as LogLine | undefined;
  if (begun === undefined || memory.has("authentication")) return [];
  return [
    { line: begun, said: say("debug-authentication", { answer: "none", text: words(begun.text), untold: true }) },
  ];
}
