/** What whoever gives the text tells of the computer and the session: its system, what else is open, option bytes that were set. */
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { decimalValue } from "./values.ts";

const sentenceEnd = /(?<=[.!?;])\s+/;
const LONGEST = 600;

const systems = [
  ["windows", /\bwindows(?! subsystem)\b|\bwin1[01]\b|\bdevice manager\b|\bpowershell\b/i],
  ["linux", /\b(?:linux|ubuntu|debian|fedora|raspbian)\b/i],
  ["macos", /\b(?:mac ?os(?: ?x)?|macbook|homebrew)\b/i],
] as const;

function systemsIn(text: string): Said[] {
  return systems.flatMap(([name, words]) => (words.test(text) ? [say("system-told", { name })] : []));
}

/** What takes the probe for itself: a session of debugging, or a program by its name. */
const holder =
  /\b(?:debug(?:ging)? (?:session|perspective)|(?:stm32 ?)?cube ?(?:programmer|prog)|(?:stm32 ?)?cube ?ide\b(?=.*\b(?:debug\w*|paused|session)\b)|st-?link utility|openocd|st-util|st-?link[_ -]?gdb ?server|gdb ?server|keil|uvision|(?:stm32 ?)?cube ?monitor)\b/i;
const isOpen = /\b(?:open|running|runs|active|paused)\b(?! ?(?:source|on-chip|ocd))/i;
/** It was so while the other failed, and is no thought or advice. */
const meanwhile =
  /\b(?:still|at the same time|meanwhile|next to|beside|in the background|in (?:another|a second) (?:window|terminal|tab)|(?:have|had|left|leave) (?:\S+ ){1,6}?(?:open|running|active))\b|\bis open\b/i;
const notSo =
  /\b(?:not|no|never|nothing|none|neither|without|closed|quit|killed|ended|if|should|would|unless|until|make sure|any)\b|n't\b/i;

function holders(text: string): Said[] {
  return text.split(sentenceEnd).flatMap((sentence) => {
    const found = holder.exec(sentence)?.[0];
    const told = found !== undefined && isOpen.test(sentence) && meanwhile.test(sentence) && !notSo.test(sentence);
    return told ? [say("holder-told", { program: found })] : [];
  });
}

/** Product states by their values, and the names that the manual has for those that shut a debugger out (RM0481, FLASH). */
const states: Readonly<Record<string, string>> = { closed: "0x72", locked: "0x5C", "tz-closed": "0xC6" };
const stateSet =
  /\bproduct[_ -]?state\b.{0,40}?(?:\bto\b|\binto\b|=|->)\s{0,3}["'(]?(?:0x)?(tz-closed|closed|locked|72|5c|c6)\b/i;
const setTo = /\b(?:set|changed|moved|switched|wrote|written|put|programmed|advanced)\b/i;
const thought =
  /\b(?:before|want(?:ed)? to|going to|should|would|could|can|if|never|not|how to|plan\w*|try|back)\b|n't\b/i;

function optionBytes(text: string): Said[] {
  return text.split(sentenceEnd).flatMap((sentence) => {
    const found = stateSet.exec(sentence);
    if (found === null || !setTo.test(sentence)) return [];
    if (thought.test(sentence.slice(0, found.index + found[0].length))) return [];
    const state = found[1].toLowerCase();
    return [say("option-byte-told", { setting: `PRODUCT_STATE=${states[state] ?? `0x${state.toUpperCase()}`}` })];
  });
}

/** A supply pin of the chip, and what a meter shows there. */
const measured =
  /\b(?:VDD|VCC|3V3|3[.,]3 ?V (?:rail|pin|line))\b.{0,60}?\b(?:shows?|reads?|measures?|measured?|is|only|gives?|see)\b.{0,16}?\b(\d{1,2}(?:[.,]\d{1,3})?) ?V\b/i;

function supply(text: string): Said[] {
  const volts = measured.exec(text)?.[1];
  return volts === undefined ? [] : [say("supply-told", { volts: decimalValue(volts) })];
}

/** A board of ST's by the name of its chip: `Nucleo-F446RE`, `STM32F407G-DISC1`; not in the path of a script. */
const boardName =
  /(?<![\w/\\.-])(?:nucleo[- ]?([fghluw][\da-z]\d[\da-z]{1,4})|stm32([fghlu]\d{3}[a-z]{0,2})-?disc(?:o|1|overy))\b/i;

function board(text: string): Said[] {
  const found = boardName.exec(text);
  return found === null ? [] : [say("board-told", { chip: `STM32${(found[1] ?? found[2]).toUpperCase()}` })];
}

function inText(make: (text: string) => Said[]): NonNullable<LinePattern["facts"]> {
  return ({ input }) => (input.length < LONGEST ? make(input) : []);
}

export const toldOfSession: readonly LinePattern[] = [
  line(["nucleo", "stm32"], 0, boardName, inText(board)),
  line(["vdd", "vcc", "3v3", "3.3v", "3.3 v"], 0, measured, inText(supply)),
  line(
    ["windows", "win10", "win11", "device manager", "powershell"],
    0,
    /\bwindows\b|\bwin1[01]\b|\bdevice manager\b|\bpowershell\b/i,
    inText(systemsIn),
  ),
  line(
    ["linux", "ubuntu", "debian", "fedora", "raspbian", "mac os", "macos", "macbook", "homebrew"],
    0,
    /\b(?:linux|ubuntu|debian|fedora|raspbian|mac ?os|macbook|homebrew)\b/i,
    inText(systemsIn),
  ),
  line(
    [
      "debug session",
      "debug perspective",
      "debugging session",
      "debugging perspective",
      "cube",
      "stm32cube",
      "stm32 cube",
      "st-link utility",
      "stlink utility",
      "st-link_gdb",
      "st-link gdb",
      "gdb server",
      "gdbserver",
      "openocd",
      "st-util",
      "keil",
      "uvision",
    ],
    0,
    isOpen,
    inText(holders),
  ),
  line("product", 0, stateSet, inText(optionBytes)),
];
