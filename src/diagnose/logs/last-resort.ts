/** What is made of a log, or of its lines, that no reader of a tool's own words understands. */
import type { Fact } from "../facts.ts";

/** Words that stand in texts about an embedded target, and in few others. */
const embedded =
  /stm32|st-?link|openocd|\bswd(?:io)?\b|pyocd|probe-rs|arm-(?:none-)?eabi|cortex[-_ ]?(?:m\d|debug)|\bnucleo|\bdfu(?:se)?\b|dfu-util|dfusecommand|stm32flash|\bboot ?loader\b|platformio|\bwest (?:flash|debug|build)|\bmbed\b|j-?link|\bgdb|cmsis|blue ?pill|\bmcu\b|(?:uploading|upload) (?:the )?(?:sketch|firmware|error)|\bavr|microcontroller|\bflash memory\b|\b0x0?8[0-9a-f]{6}\b|\b(?:mass|sector|chip) erase|\bdebug (?:port|probe)\b|\bmem(?:ory)?ap\b|\btarget disconnected|\bhard_?fault|\bin region ['`]?(?:flash|ram|rom)\b|thumbv\d|cortex-m-rt|\bmemory\.x\b/i;

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

/** What whoever gives the text tells of the session. */
export const toldKinds: ReadonlySet<Fact["kind"]> = new Set([
  "system-told",
  "holder-told",
  "supply-told",
  "board-told",
  "option-byte-told",
]);

/** What is said of the board and the session, or how a program was linked, holds wherever in the text it stands. */
const holds: ReadonlySet<Fact["kind"]> = new Set([...toldKinds, "wire-clock-told", "sleep-told", "image-linked"]);

/** Whether a fact that any program's words told is overcome by what a tool read later. */
export function wentOn(each: Fact, facts: readonly Fact[]): boolean {
  const { source } = each;
  if (source.from !== "log" || holds.has(each.kind)) return false;
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
  /\b(?:errors?|fail(?:ed|ure|s|ing)?|cannot|can't|can not|unable|could ?n['o]t|could not|denied|refused|not found|no such|not (?:supported|recogni[sz]ed|connected|available|responding|respond)|unsupported|abort(?:ed|ing)?|timed? ?out|exception|traceback|panicked|fatal|unexpected(?:ly)?|does(?: not|n't) exist|lost|unknown|mismatch\w*|invalid|wrong|MAP_FAILED|refus(?:e|es|ing)|locked[- ]up|not (?:implemented|allowed|permitted|clear|a known|halted|examined|selected)|not (?:modified|writeable|writable|compatible|up to date)|does(?: not|n't) (?:support|match|respond)|upgrade required|no (?:data|acknowledge\w*|response|reply|algorithm)|no (?:\w+ ){0,4}(?:available|found|detected|specified)|was not|wasn't|isn't)\b|\w+(?:Error|Exception)\b|\b(?:cancell?ed|broken|fehler|fehlgeschlagen|erreur|errore|erro|fall\u00f3)\b|\u00e9chec|\u043e\u0448\u0438\u0431\u043a\u0430|\u043d\u0435 \u0443\u0434\u0430\u043b\u043e\u0441\u044c|\u5931\u8d25|\u5931\u6557|\u9519\u8bef|\u30a8\u30e9\u30fc/i;
const harmless =
  /\b(?:0|no|without|any|zero) (?:errors?|fail\w+|exceptions?)\b|\b(?:errors?|failed|failures?)\W{1,3}0\b|-w(?:no-)?error|^(?:info|note|hint|debug|trace|deprecated|tip)\b|\bif (?:you|this|the|it)\b|\bin case of\b|\bto (?:avoid|prevent)\b|\bwill be\b|^warn(?:ing)?\b(?!.*\.c:)|^#|^\S{1,200}\.(?:c|cc|cpp|cxx|h|hpp|s|ino|rs):\d+|^(?:g?make|ninja)\b.*(?:\berror \d|stopped)/i;

/** What debug tools do, and do it to. */
const work =
  /\b(?:targets?|cores?|cpu|chips?|mcu|devices?|probes?|debug\w*|flash\w*|program(?:ming|med)|upload\w*|download\w*|connect(?:ed|ing)?|jtag|swd|dap|\w+-dap|boot ?loader|rom table|verif\w*|com\d+|halt\w*|session|ack|loader|eras\w*|firmware|boards?|launch(?:ing)?|ziel|cible|objetivo)\b|\u0446\u0435\u043b|\u76ee\u6807|\u30bf\u30fc\u30b2\u30c3\u30c8/i;
/** A person's own sentences. */
const prose = /\b(?:my|our|we|i|i'm|i've)\b(?![/.])/i;
/** Other programs' work that goes by the same words. */
const otherWork =
  /\b(?:npm|pip|git|https?|ssh|apt|docker|database|server certificate|login|e-?mail|undefined reference)\b/i;

/** Whether a line says that something failed that debug tools do. */
export function failsAtWork(text: string): boolean {
  return saysFailure(text) && work.test(text) && !otherWork.test(text) && !prose.test(text);
}

/** Whether a line says somewhere in it that something went wrong. */
export function saysFailure(text: string): boolean {
  return text.length <= 600 && failing.test(text) && !harmless.test(text);
}
