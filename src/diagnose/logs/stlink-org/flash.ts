/** The stlink tools at flash. */
import type { FactValues } from "../../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";

type Operation = FactValues["flash-trouble"]["operation"];

function trouble(operation: Operation, parts: Omit<FactValues["flash-trouble"], "operation"> = {}): Said {
  return say("flash-trouble", { operation, ...parts });
}

function during({ memory }: LineContext): Operation {
  return (memory.get("operation") as Operation | undefined) ?? "program";
}

/** Of a chip that was not read, or is in no list of its, it knows no memory at all: every address is outside of that. */
function knowsMemory(memory: Map<string, unknown>): boolean {
  return memory.get("unidentified") !== true && memory.get("unlisted") !== true;
}

const S_SLEEP = 1 << 18;
const S_RESET_ST = 1 << 25;

export const stlinkFlashPatterns: readonly LinePattern[] = [
  line(
    "attempting to write",
    8,
    /attempting to write (\d+) \(0x[0-9a-f]+\) bytes to stm32 address: \d+ \(0x([0-9a-f]+)\)/i,
    (match, { memory }) => {
      memory.set("operation", "erase");
      memory.set("address", hexValue(match[2]));
      return [
        say("image-part", { address: hexValue(match[2]), size: Number(match[1]) }),
        say("work-begun", { operation: "program" }),
      ];
    },
  ),
  // Of a file that it takes for a raw image; one whose format it was told it reads without this.
  line("file ", 0, /^(?:\S+ INFO \S+ )?file (\S.{0,200}?) md5 checksum: *[0-9a-f]{16,32}\b/i, (match) => [
    say("image-file", { path: match[1] }),
  ]),
  line("flash page at addr:", 8, /flash page at addr: *0x[0-9a-f]+ erased/i),
  line("eraseflash - ", 8, /eraseflash - (?:page|sector):/i, (_, { memory }) => {
    memory.set("operation", "erase");
    return [];
  }),
  line("finished erasing", 8, /finished erasing \d+ pages/i, (_, { memory }) => {
    memory.set("operation", "program");
    return [say("stage", { stage: "erased", reached: true })];
  }),
  line("starting flash write for", 8, /starting flash write for/i, (_, { memory }) => {
    memory.set("operation", "program");
    return [];
  }),
  line(
    ["flash loader", "successfully loaded flash loader", "enabling 32-bit flash", "finished unlocking flash"],
    6,
    /successfully loaded flash loader|enabling 32-bit flash writes|finished unlocking flash/i,
  ),
  line(
    ["pages written", "starting verification", "go to thumb mode"],
    4,
    /\b\d{1,6}\/ {0,6}\d{1,6} (?:half)?pages written|starting verification of write|go to thumb mode/i,
    (match, { memory }) => {
      if (/verification/i.test(match[0])) memory.set("operation", "verify");
      return [];
    },
  ),
  line("flash written and verified", 10, /flash written and verified! jolly good/i, () => [
    say("stage", { stage: "programmed", reached: true }),
    say("stage", { stage: "verified", reached: true }),
  ]),
  line("mass erasing", 6, /^mass eras/i, (_, { memory }) => {
    memory.set("operation", "erase");
    return [say("work-begun", { operation: "erase" })];
  }),
  line("mass erase completed", 6, /mass erase (?:completed|successful)/i, () => [
    say("stage", { stage: "erased", reached: true }),
    say("chip-erased", {}),
  ]),
  line("flash loader run error", 8, /flash loader run error/i, () => [trouble("algorithm", { reason: "algorithm" })]),
  line(
    "failed to write flash loader to sram",
    10,
    /failed to write flash loader to sram|write_buffer_to_sram\(\) *(?:==|failed)/i,
    () => [trouble("algorithm", { reason: "algorithm" })],
  ),
  line(
    ["write_loader_to_sram", "write_buffer_to_sram", "stlink_flash_loader_init"],
    8,
    /(?:write_(?:loader|buffer)_to_sram|stlink_flash_loader_init)\(.*\) *(?:==|failed)/i,
    () => [trouble("algorithm", { reason: "algorithm" })],
  ),
  line(
    ["stlink_flash_loader_run", "l1_stlink_flash_loader_run"],
    8,
    /flash_loader_run\(0x([0-9a-f]+)\) failed/i,
    (match) => [trouble("program", { reason: "algorithm", address: hexValue(match[1]) })],
  ),
  line(
    "unknown coreid, not sure what flash loader",
    10,
    /not sure what flash loader to use(?:.*coreid: *(?:0x)?([0-9a-f]{8}), *chipid: *(?:0x)?([0-9a-f]{3})\b)?/i,
    (match) => [
      ...(match[1] === undefined
        ? []
        : [say("idcode", { value: hexValue(match[1]) }), say("device-id", { id: hexValue(match[2]) })]),
      say("chip-unsupported", { has: "no-flash" }),
    ],
  ),
  line("verification of flash failed", 10, /verification of flash failed at offset: *(\d+)/i, (match, { memory }) => {
    const base = memory.get("address");
    return [
      trouble("verify", {
        reason: "mismatch",
        ...(typeof base === "number" && { address: base + Number(match[1]) }),
      }),
    ];
  }),
  line("flash memory is write protected", 10, /flash memory is write protected/i, (_, context) => [
    trouble(during(context), { reason: "protected" }),
  ]),
  line("flash memory contains a non-erased", 10, /flash memory contains a non-erased value/i, () => [
    trouble("program", { reason: "mismatch" }),
  ]),
  line("flash programming error", 8, /flash programming error: *0x([0-9a-f]+)/i, (match, context) => {
    const value = hexValue(match[1]);
    return [
      say("register", { name: "FLASH_SR", value }),
      // WRPERR is bit 4 in every family; bits 5 to 7 tell of a wrong sequence, which a program, not an erase, makes.
      (value & 0x10) !== 0
        ? trouble(during(context), { reason: "protected" })
        : trouble((value & 0xe0) !== 0 ? "program" : during(context)),
    ];
  }),
  line(["run error", "run_flash_loader"], 4, /^run error$|run_flash_loader\(0x[0-9a-f]+\) (?:failed|==)/i, () => [
    trouble("algorithm", { reason: "algorithm" }),
  ]),
  line("write_half_pages", 8, /write_half_pages failed/i, () => [trouble("program")]),
  line("write error", 3, /\bwrite error(?:, count|$)/i, () => [trouble("program")]),
  line("unknown coreid", 8, /unknown coreid [0-9a-f]+, page erase failed/i, (_, { memory }) => {
    memory.set("no-erase", true);
    return [say("chip-unsupported", { has: "no-flash" })];
  }),
  line("failed to erase_flash_page", 10, /failed to erase_flash_page\(0x([0-9a-f]+)\)/i, (match, { memory }) =>
    memory.get("no-erase") === true ? [] : [trouble("erase", { address: hexValue(match[1]) })],
  ),
  line(
    ["stlink_erase_flash_mass", "failed to erase the flash"],
    8,
    /stlink_erase_flash_mass\(\) *== *-1|failed to erase the flash/i,
    () => [trouble("erase")],
  ),
  // The names of the steps that failed; the line before one may say why.
  line(["stlink_fwrite_flash", "stlink_mwrite_flash"], 6, /stlink_[fm]write_flash\(\) *== *-1/i, (_, context) =>
    context.memory.get("unmapped") === true || !knowsMemory(context.memory) ? [] : [trouble(during(context))],
  ),
  line("stlink_erase_flash_section", 6, /stlink_erase_flash_section\(\) *== *-1/i, () => [trouble("erase")]),
  line(
    ["stlink_fwrite_option_bytes", "stlink_write_option_", "could not read option"],
    6,
    /stlink_f?write_option_\w+\(\) *== *-1|could not read option (?:bytes|control)/i,
    (_, { memory }) => (memory.get("form-refused") === true ? [] : [trouble("option-bytes")]),
  ),
  // It takes all of the option bytes at once on these families, and none alone: said before the chip is asked.
  line(
    "only full write of option bytes",
    8,
    /only full write of option bytes area is supported/i,
    (match, { memory }) => {
      memory.set("form-refused", true);
      return [say("option-unknown", { option: match[0], refused: "words" })];
    },
  ),
  // The program's file could not be opened, or is empty.
  line("map_file()", 6, /map_file\(\) *== *-1/i, (_, { memory }) => {
    memory.set("unmapped", true);
    return [say("path-missing", { what: "program" })];
  }),
  line(
    ["failed to unlock flash", "could not unlock flash", "flash unlock failed", "pecr.p"],
    8,
    /(?:failed to|could not) unlock flash(?! option)|flash unlock failed|pecr\.p\w+lock not clear/i,
    (_, { memory }) => {
      memory.set("locked", true);
      return [trouble("program", { reason: "protected" })];
    },
  ),
  line(
    [
      "flash option unlock failed",
      "flash option write failed",
      "failed to unlock flash option",
      "could not unlock flash option",
      "options bytes modification unlock failed",
      "attempting to set option byte to 0",
    ],
    8,
    /options bytes modification unlock failed|attempting to set option byte to 0|flash option (?:unlock|write) failed|(?:failed to|could not) unlock flash option/i,
    (_, { memory }) => (memory.get("form-refused") === true ? [] : [trouble("option-bytes")]),
  ),
  line(
    ["addr not a multiple", "unaligned addr", "data length doesn't"],
    8,
    /addr not a multiple of (?:current )?pagesize|unaligned addr|data length doesn'?t have a 32 bit alignment/i,
    () => [trouble("program", { reason: "alignment" })],
  ),
  // Of GDB's request to erase, which GDB rounds to the blocks of the map that this server gave it.
  line("flash_add_block: unaligned", 10, /flash_add_block: unaligned block/i, () => [
    say("flash-trouble", { operation: "erase", reason: "alignment", ownMap: true }),
  ]),
  line(
    ["the address to erase is not aligned", "invalid size (not aligned"],
    8,
    /address to erase is not aligned|invalid size \(not aligned with a page/i,
    () => [trouble("erase", { reason: "alignment" })],
  ),
  line(
    [
      "addr too low",
      "addr too high",
      "addr overruns",
      "unknown memory region",
      "invalid address, it should",
      "flash_add_block: incorrect",
    ],
    6,
    /flash_add_block: incorrect bounds|addr too (?:low|high)|addr overruns|unknown memory region|invalid address, it should be within/i,
    (_, { memory }) => (knowsMemory(memory) ? [trouble("program", { reason: "size" })] : []),
  ),
  line("the size exceeds the size of the", 8, /the size exceeds the size of the (?:flash|otp)/i, (_, { memory }) =>
    knowsMemory(memory) ? [trouble("program", { reason: "size" })] : [],
  ),
  // Its words for PGAERR, which a running program or an error left from before sets as well as a place that does not fit.
  line("invalid flash address", 6, /\.c: *invalid flash address$/i, () => [trouble("program")]),
  line("could not read main memory", 8, /could not read main memory/i, () => [trouble("read")]),
  line("open(", 3, /open\((.{1,250})\) ?== ?-1/i, (match) => [
    say("path-missing", { what: "program", path: match[1] }),
  ]),
  line("cannot parse", 3, /cannot parse (\S+) as intel-hex/i, (match) => [say("image-unusable", { path: match[1] })]),
  line(
    ["wrong file format", "no eof rec", "no data found in file", "mmap()"],
    4,
    /wrong file format - |no eof reco[nr]d|no data found in file|mmap\(\) == map_failed for file (\S+)/i,
    (match) => [say("image-unusable", match[1] === undefined ? {} : { path: match[1] })],
  ),
  line(
    ["option ", "unsupported flash method", "method '", "unknown coreid, not sure how"],
    6,
    /is currently not (?:implemented|supported) for connected chip|unsupported flash method|method '\w+' is unsupported|not sure how to write/i,
    ({ input }) => [say("chip-unsupported", /not sure how/i.test(input) ? { has: "no-flash" } : {})],
  ),
  line(
    "mcu state: dhcsr",
    10,
    /mcu state: dhcsr 0x([0-9a-f]+) dfsr 0x([0-9a-f]+) cfsr 0x([0-9a-f]+) hfsr 0x([0-9a-f]+)/i,
    (match, { memory }) => [
      say("register", { name: "DHCSR", value: hexValue(match[1]) }),
      // Whoever ran a loader had C_DEBUGEN set, which power-on clears alone; or nothing was read. And no loader sleeps: a
      // core that does runs its program, after a reset.
      ...(hexValue(match[1]) === 0 || (hexValue(match[1]) & S_SLEEP) !== 0
        ? [say("target-lost", { during: "program" as const })]
        : []),
      // S_RESET_ST (ARMv7-M C1.6.2) where flash took no key before: registers keep no write while the chip is in reset.
      ...((hexValue(match[1]) & S_RESET_ST) !== 0 && memory.get("locked") === true
        ? [say("nrst", { level: "low" as const, driven: false })]
        : []),
      say("register", { name: "DFSR", value: hexValue(match[2]) }),
      // Faults of the loader in RAM, not of the user's program: named apart.
      say("register", { name: "LOADER_CFSR", value: hexValue(match[3]) }),
      say("register", { name: "LOADER_HFSR", value: hexValue(match[4]) }),
    ],
  ),
  line("loader state: r2", 10, /loader state: r2/i, () => [trouble("algorithm", { reason: "algorithm" })]),
  line("flash_go: failed", 8, /flash_go: *failed to erase/i, () => [trouble("erase")]),
  line(["unaligned data", "alignment error"], 6, /unaligned data|parallelism\/alignment error/i, () => [
    trouble("program", { reason: "alignment" }),
  ]),
];
