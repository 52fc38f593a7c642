/** Option bytes as STM32CubeProgrammer lists them (`-ob displ`) or names them when it writes them. */
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

/** 0xAA (0xA5 on F1) is level 0, 0xCC level 2, all else level 1 (reference manuals, option bytes). */
function readProtection(value: number): Said[] {
  if (value === 0xaa || value === 0xa5) return [say("read-protection", { on: false, level: 0 })];
  return [say("read-protection", { on: true, level: value === 0xcc ? 2 : 1 })];
}

function bootByOption(memory: Map<string, unknown>): Said[] {
  return memory.get("boot0-by-option") === true && memory.get("nboot0") === 0
    ? [say("boot-memory", { memory: "system" })]
    : [];
}

export const optionByteRows: readonly LinePattern[] = [
  line(["uploading option bytes", "option bytes bank"], 5, /^(?:uploading option bytes data|option bytes bank *:)/i),
  line("rdp ", 3, /^rdp *: *0x([0-9a-f]{1,2})\b/i, (match) => readProtection(hexValue(match[1]))),
  line("rdp ", 3, /^rdp *: *(enabled|disabled)/i, (match) => [
    say("read-protection", /enabled/i.test(match[1]) ? { on: true } : { on: false, level: 0 }),
  ]),
  line(["wrp", "nwrp"], 3, /^n?wrp(\d+) *: *0x[01] *\(write protection active/i, (match) => [
    say("write-protection", { pages: [Number(match[1])] }),
  ]),
  // The first and last page of an area; none is protected while the first lies behind the last (RM0351 3.4.6).
  line("wrp", 3, /^wrp([12][ab])_p?(strt|end) *: *0x([0-9a-f]{1,2})\b/i, (match, { memory }) => {
    const key = `wrp-${match[1].toLowerCase()}`;
    const page = hexValue(match[3]);
    if (/strt/i.test(match[2])) {
      memory.set(key, page);
      return [];
    }
    const first = memory.get(key) as number | undefined;
    memory.delete(key);
    if (first === undefined || first > page) return [];
    return [say("write-protection", { pages: Array.from({ length: page - first + 1 }, (_, at) => first + at) })];
  }),
  // Where the core takes its vectors from while BOOT0 is low: F7 in units of 16 KiB, H7 of 64 KiB (RM0410 3.4, RM0433 4.4).
  line("boot_", 3, /^boot_(cm7_)?add0 *: *0x([0-9a-f]{1,4})\b(?: *\(0x([0-9a-f]{1,8})\))?/i, (match) => {
    const unit = hexValue(match[2]);
    const address = match[3] === undefined ? unit * (match[1] === undefined ? 0x4000 : 0x10000) : hexValue(match[3]);
    const system = (address >= 0x0010_0000 && address < 0x0012_0000) || address >>> 20 === 0x1ff;
    return system ? [say("boot-memory", { memory: "system" })] : [];
  }),
  // The option bit in place of the pin: nBOOT0 at 0 is BOOT0 high (RM0440 2.6, RM0444 2.5).
  line(["nswboot0", "nboot_sel"], 3, /^n(swboot0|boot_sel) *: *0x([01])\b/i, (match, { memory }) => {
    memory.set("boot0-by-option", (match[2] === "1") === /sel/i.test(match[1]));
    return bootByOption(memory);
  }),
  line("nboot0 ", 3, /^nboot0 *: *0x([01])\b/i, (match, { memory }) => {
    memory.set("nboot0", Number(match[1]));
    return bootByOption(memory);
  }),
  line(["wdg_sw", "iwdg_sw", "iwdg1_sw", "iwdg2_sw", "wwdg_sw"], 3, /^(i|w)?wdg\d?_sw *: *0x0\b/i, (match) => [
    say("watchdog-by-hardware", { watchdog: /w/i.test(match[1] ?? "") ? "window" : "independent" }),
  ]),
  line("tzen ", 3, /^tzen *: *(?:0x)?1\b/i, () => [say("trustzone", { on: true })]),
  line(
    "expected value for ",
    10,
    /expected value for (?:\S{1,20} )?option byte *"?(\w+)"? *: *(?:0x)?[0-9a-f]{1,8} *, *found *: *0x([0-9a-f]{1,8})/i,
    (match) => [
      say("flash-trouble", { operation: "option-bytes" }),
      say("option-bytes-kept", { names: [match[1]] }),
      ...(/^rdp$/i.test(match[1]) ? readProtection(hexValue(match[2]) & 0xff) : []),
    ],
  ),
  line("option byte: ", 3, /option byte: *(rdp|tzen), *value: *0x([0-9a-f]{1,2})/i, (match) => {
    const value = hexValue(match[2]);
    return match[1].toLowerCase() === "rdp" ? readProtection(value) : [say("trustzone", { on: value === 1 })];
  }),
];
