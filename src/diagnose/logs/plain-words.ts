/**
 * What an error is about, by the words that every tool has for it: looked at only where a tool that spoke ended with an
 * error that no reader has, and nothing else that failed is known. A tool's next version words it anew; what it was doing
 * (erase, verify, halt, open the probe) it has to name.
 */
import type { Fact } from "../facts.ts";
import { type Said, say } from "./log-reader.ts";

/** What the error says went wrong, in order: the more special first. */
const subjects: readonly (readonly [about: RegExp, said: (text: string, reached: boolean) => Said])[] = [
  [
    /\b(?:vref|vtref|vtarget|target (?:voltage|power)|supply(?: voltage)?|vcc|vdd)\b.{0,40}\b(?:too low|is low|missing|not (?:detected|present))/i,
    () => say("voltage-below", { volts: 1.5 }),
  ],
  [
    /\b(?:st-?link|probe|adapter|debugger)\w*\b.{0,20}\b(?:firmware|fw)\b.{0,60}\b(?:old|outdated|upgrade|update|unsupported)|\bnot supported\b.{0,30}\b(?:st-?link|probe) (?:firmware|fw)\b|\b(?:firmware|fw) (?:in|of|on) the (?:st-?link|probe|adapter)\b.{0,20}\bonly supports\b/i,
    () => say("probe-trouble", { what: "firmware-too-old" }),
  ],
  [
    /\bread-? ?(?:out)?-? ?protect\w*|\brdp\b|\b(?:device|chip|target|mcu|flash) (?:is )?(?:secured?|locked)\b/i,
    () => say("read-protection", { on: true }),
  ],
  [
    /\boption[ -]?bytes?\b|\boptions? (?:load|register)|\b(?:write|erase|unlock) options\b|\boptions not\b/i,
    () => say("flash-trouble", { operation: "option-bytes" }),
  ],
  [
    /\b(?:sectors?|pages?|flash|memory|region|block)\b.{0,40}\bprotect(?:ed|ion)\b|\bwrite-? ?protect\w*/i,
    () => say("flash-trouble", { operation: "program", reason: "protected" }),
  ],
  [
    /\b(?:flash|image|memory|bank|section|program|binary|firmware|data|segment|file)\b.{0,60}\b(?:does(?: not|n't) fit|cannot fit|too (?:large|big)|exceed\w*|past (?:the )?end|out of (?:range|bounds)|outside)|\b(?:exceeds?|past (?:the )?end of|outside(?: of)?|too (?:large|big) for)\b.{0,40}\b(?:flash|memory|bank|region)/i,
    () => say("flash-trouble", { operation: "program", reason: "size" }),
  ],
  [/\b(?:align(?:ed|ment)|multiple of)\b/i, () => say("flash-trouble", { operation: "program", reason: "alignment" })],
  [
    /(?<!certificate )\bverif(?:y|ication|ying)\b|\b(?:data|content|contents|memory|checksum|crc)\b.{0,30}\b(?:mismatch|differs?|incorrect|wrong|does(?: not|n't) match)|\bcompare\b.{0,20}\bfail/i,
    () => say("flash-trouble", { operation: "verify", reason: "mismatch" }),
  ],
  [
    /\b(?:flash\w*|program(?:ming)?|write|target)[ -](?:loader|algorithm|algo|helper|stub|routine|driver)\b|\balgorithm\b/i,
    () => say("flash-trouble", { operation: "algorithm", reason: "algorithm" }),
  ],
  [/\b(?:mass |chip |sector |page |bulk )?eras(?:e|ed|ing|ure)\b/i, () => say("flash-trouble", { operation: "erase" })],
  [
    /\b(?:writ(?:e|ing)|program(?:ming)?|download(?:ing)?|flash(?:ing)?)\b.{0,40}\b(?:flash|sectors?|pages?|blocks?|segments?|nvm|0x0?8[0-9a-f]{6})\b|\bflash\b.{0,20}\b(?:write|operation|programming|download|controller|access)\b/i,
    () => say("flash-trouble", { operation: "program" }),
  ],
  [
    /\b(?:core|cpu|target|processor|mcu|hart|device)\b.{0,40}\b(?:halt\w*|stop(?:ped)?|stuck)\b|\bhalt(?:ed|ing)?\b.{0,30}\b(?:core|cpu|target|processor|mcu|device)\b/i,
    () => say("halt-failed", {}),
  ],
  [
    /\b(?:no|any|find|detect|open|locate|missing)\b.{0,30}\b(?:debug (?:probe|adapter)s?|probes?|st-?links?|programmers?|debuggers?|emulators?|j-?links?|cmsis-?dap(?: device)?s?)\b(?!.{0,20}(?:config|driver|speed))/i,
    () => say("probe-trouble", { what: "none-found", detail: "in these words, which may stand for more" }),
  ],
  [
    /\b(?:usb|hid|probe|adapter|st-?link|cmsis-?dap|libusb\w*|jtag_libusb\w*)\b.{0,60}\b(?:communicat\w+|transfer|bulk|read|write|reply|response|time[d -]*out|i\/o)\b|\bbulk_(?:read|write)\b/i,
    () => say("probe-trouble", { what: "usb-error", detail: "a transfer to the probe failed" }),
  ],
  [
    /\b(?:unknown|unsupported|unrecogni[sz]ed|identify|identified|not supported)\b.{0,30}\b(?:chip|device|mcu|target|part|core id|chip id|idcode|dev(?:ice)? ?id)\b|\b(?:chip|device|mcu|part|target)(?: id| type| name)?\b.{0,30}\b(?:unknown|unsupported|unrecogni[sz]ed|not (?:supported|recogni[sz]ed|known))/i,
    () => say("chip-unidentified", {}),
  ],
  // The first that a debug port is asked for.
  [
    /\b(?:error|fail(?:ed|ure)?|unable|can ?not|can't|could(?: not|n't))\b.{0,20}\b(?:get|gett|read|obtain|fetch|retriev)(?:ing|e)?\b.{0,20}\b(?:id ?code|dp ?id(?:r|code)?)\b/i,
    (_, reached) => (reached ? say("target-lost", { during: "session" }) : say("wire-answer", { answer: "none" })),
  ],
  [
    /^(?!.*\b(?:does(?: not|n't) match|mismatch|not the same)\b).*?(?:\b(?:connect\w*|attach\w*|communicat\w*|access)\b.{0,30}\b(?:target|device|mcu|chip|core|cpu|dp|debug port|swd|jtag)\b|\b(?:target|device|mcu|chip|core|debug port|swd|jtag|dap)\b.{0,30}\b(?:not (?:respond\w*|connected|found|detected)|no (?:response|reply|answer|ack)|unresponsive|communication|ack\b)|\bno (?:response|reply|answer|ack\w*) (?:from|by|of)\b)/i,
    (_, reached) => (reached ? say("target-lost", { during: "session" }) : say("wire-answer", { answer: "none" })),
  ],
];

/** Said of what does not stop the work, or of the tool's own making. */
const other =
  /^(?:ninja|g?make)\b|\bdfu\b|\bunknown flash (?:device|size)|\btarget \S+ not found|\b(?:version|serial|python|compil\w+|linker|undefined reference|symbol|syntax|deprecated|svd|rtt|swo|itm|semihosting|breakpoint|watchpoint|script|config\w*|argument|option '|license|internet|refused|localhost|127\.0\.0\.1|download(?:ing)? (?:the )?(?:pack|index|tool|package))\b/i;

/** Somebody's question, which has words of what went well as of what did not: a tool asks for a yes or no at most. */
const question = /\b(?:what|why|how|which|where|who)\b[^?]{3,120}\?/i;

/** Names of tools that have a subject's word in them. */
const names = /\bprobe-r(?:s|un)\b\S*|\bst-?link_(?:gdbserver|cli)\b|\bgdb-?server\b/gi;

/** The first of some errors' texts of which a subject is known, and what it tells. */
export function subjectOf(texts: readonly string[], facts: readonly Fact[]): { index: number; said: Said } | undefined {
  const reached = facts.some(
    (each) =>
      (each.kind === "device-id" && each.value.id !== 0) ||
      (each.kind === "stage" &&
        each.value.reached &&
        ["target-connected", "identified", "erased", "programmed"].includes(each.value.stage)),
  );
  for (const [index, whole] of texts.entries()) {
    const text = whole.replace(names, "");
    if (other.test(text) || question.test(text)) continue;
    const found = subjects.find(([about]) => about.test(text));
    if (found !== undefined) return { index, said: found[1](text, reached) };
  }
  return undefined;
}
