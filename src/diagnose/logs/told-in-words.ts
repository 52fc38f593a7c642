/** What whoever gives the text tells, and no tool prints: a clock that works, a mode of sleep, and what is around the tools. */
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { toldOfSession } from "./told-of-session.ts";
import { decimalValue } from "./values.ts";

const sentenceEnd = /(?<=[.!?;])\s+/;
const clauseEnd = /(?<=[:,])\s+|\s+(?:but|and|while|whereas|yet)\s+/i;
const clock = /\bfreq(?:uency)?\s{0,2}[=:]?\s{0,2}(\d{1,6})\b(?!\s?[km]?hz)|\b(\d{1,5}(?:[.,]\d{1,3})?)\s?([km])hz\b/i;
const goesWell =
  /\b(?:works?|worked|pass(?:es|ed)?|fine|succeed(?:s|ed)?|reliabl[ey]|(?:goes|went) through|no errors?|without (?:any |an )?errors?|all (?:right|well))\b/i;
const notSo =
  /\?|\b(?:not|never|no longer|neither|hardly|rarely|seldom|sometimes|if|should|would|unless|until|try|fail(?:s|ed|ing)?)\b|n't\b/i;
/** Clocks of the chip and its buses. */
const otherClock = /\b(?:hse|hsi|msi|pll|crystal|quartz|sysclk|hclk|core|cpu|spi|qspi|i2c|uart|baud|timer|adc)\b/i;

/** Parts of a sentence of which each has its own clock; one without a clock goes on with the part before it. */
function partsByClock(sentence: string): string[] {
  const parts: string[] = [];
  for (const clause of sentence.split(clauseEnd)) {
    if (parts.length > 0 && (!clock.test(clause) || !clock.test(parts[parts.length - 1])))
      parts.push(`${parts.pop()} ${clause}`);
    else parts.push(clause);
  }
  return parts;
}

/** Clocks at which it is said to work. */
function clocksThatWork(text: string): Said[] {
  return text
    .split(sentenceEnd)
    .flatMap(partsByClock)
    .flatMap((part) => {
      const found = clock.exec(part);
      if (found === null || !goesWell.test(part) || notSo.test(part) || otherClock.test(part)) return [];
      const khz = found[1] === undefined ? decimalValue(found[2]) * (/m/i.test(found[3]) ? 1000 : 1) : Number(found[1]);
      return khz > 0 ? [say("wire-clock-told", { khz })] : [];
    });
}

const undone = /\?|\b(?:not|never|no longer|without|removed|disabled|commented|if)\b|n't\b/i;
/** Others that sleep, and what option bytes and debug registers do in such a mode. */
const otherSleeper = /\b(?:probe|st-?link|debugger|pc|computer|laptop|host|usb|generated|frozen|counter)\b/i;
/** ST's functions by name (HAL and its extensions), in somebody's sentence or in code. */
const call = /\bHAL_PWR(?:Ex)?_Enter(?:STOP\d?|STANDBY|SHUTDOWN)Mode\b/;
const inMode = /_Enter\w{4,8}Mode\b|\b(?:stop ?[0-3]|stop[ -]mode|standby|shutdown[ -]mode|deep[ -]?sleep)\b/i;
const inWords =
  /\b(?:goes?|going|went|enter(?:s|ed|ing)?|sits?|stays?|sleeps?|sleeping|spends?|puts?)\b[^;]{0,40}\b(?:stop ?[0-3]|stop[ -]mode|standby|shutdown[ -]mode|deep[ -]?sleep)\b/i;

/** Whether a sentence has the program go to sleep so that the debug port's clock stops. */
function sleeps(sentence: string): boolean {
  return !undone.test(sentence) && (call.test(sentence) || (inWords.test(sentence) && !otherSleeper.test(sentence)));
}

export const toldInWords: readonly LinePattern[] = [
  line(
    ["work", "pass", "fine", "succeed", "reliabl", "through", "error", "all right", "all well"],
    0,
    clock,
    ({ input }) => (input.length < 600 ? clocksThatWork(input) : []),
  ),
  line(["hal_pwr", "stop", "standby", "shutdown", "deep"], 0, inMode, ({ input }) =>
    input.length < 600 && input.split(sentenceEnd).some(sleeps) ? [say("sleep-told", {})] : [],
  ),
  ...toldOfSession,
];
