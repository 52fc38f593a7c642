/** What is made of a log, or of its lines, that no reader of a tool's own words understands. */
import type { Fact } from "../facts.ts";

/** Words that stand in texts about an embedded target, and in few others. */
const embedded =
  /stm32|st-?link|openocd|\bswd(?:io)?\b|pyocd|probe-rs|arm-(?:none-)?eabi|cortex[-_ ]?(?:m\d|debug)|\bnucleo|dfu-util|platformio|\bwest (?:flash|debug|build)|\bmbed\b|j-?link|\bgdb|cmsis|blue ?pill|\bmcu\b|(?:uploading|upload) (?:the )?(?:sketch|firmware|error)|\bavr|microcontroller|\bflash memory\b|\b0x0?8[0-9a-f]{6}\b|\b(?:mass|sector|chip) erase|\bdebug (?:port|probe)\b|\bmem(?:ory)?ap\b|\btarget disconnected|\bhard_?fault/i;

/** Whether a line shows that its text is about an embedded target. */
export function isAboutTarget(text: string): boolean {
  return embedded.test(text);
}

/** A later line shows that what failed before was another device's, or another program's, or was mended. */
const shows: ReadonlySet<Fact["kind"]> = new Set([
  "probe-firmware",
  "voltage",
  "device-id",
  "idcode",
  "core",
  "flash-size",
]);

/** Whether a fact that any program's words told is overcome by what a tool read later. */
export function wentOn(each: Fact, facts: readonly Fact[]): boolean {
  const { source } = each;
  if (source.from !== "log") return false;
  return facts.some(
    (other) =>
      other.source.from === "log" &&
      other.source.line > source.line &&
      (shows.has(other.kind) ||
        (other.kind === "stage" && other.value.reached && other.value.stage !== "started") ||
        (other.kind === "wire-answer" && other.value.answer === "ok")),
  );
}

const failing =
  /\b(?:errors?|fail(?:ed|ure|s|ing)?|cannot|can't|can not|unable|could ?n['o]t|could not|denied|refused|not found|no such|not (?:supported|recogni[sz]ed|connected|available|responding|respond)|unsupported|abort(?:ed|ing)?|timed? ?out|exception|traceback|panicked|fatal|unexpected(?:ly)?|does(?: not|n't) exist|lost|unknown|mismatch\w*|invalid|wrong|MAP_FAILED|refus(?:e|es|ing)|locked[- ]up|not (?:implemented|allowed|permitted|clear|a known|halted|examined|selected)|not (?:modified|writeable|writable|compatible|up to date)|does(?: not|n't) (?:support|match|respond)|upgrade required|no (?:data|acknowledge\w*|response|reply|algorithm)|no (?:\w+ ){0,4}(?:available|found|detected|specified)|was not|wasn't|isn't)\b|\w+(?:Error|Exception)\b/i;
const harmless =
  /\b(?:0|no|without|any|zero) (?:errors?|fail\w+|exceptions?)\b|\b(?:errors?|failed|failures?)\W{1,3}0\b|-w(?:no-)?error|^(?:info|note|hint|debug|trace|deprecated|tip)\b|\bif (?:you|this|the|it)\b|\bin case of\b|\bto (?:avoid|prevent)\b|\bwill be\b|^warn(?:ing)?\b(?!.*\.c:)|^#|^\S{1,200}\.(?:c|cc|cpp|cxx|h|hpp|s|ino|rs):\d+|^(?:g?make|ninja)\b.*(?:\berror \d|stopped)/i;

/** Whether a line says somewhere in it that something went wrong. */
export function saysFailure(text: string): boolean {
  return text.length <= 600 && failing.test(text) && !harmless.test(text);
}
