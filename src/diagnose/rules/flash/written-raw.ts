import { baseName } from "../../../base/paths.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, Tool } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";

/** Tools that write the bytes of whatever file they are given, and how each is told, or given, the program in it. */
const writesBytes: Readonly<Partial<Record<Tool, string>>> = {
  "st-flash":
    "`st-flash --format ihex write FILE.hex`, without an address; or `arm-none-eabi-objcopy -O binary FILE.elf FILE.bin` and that file.",
  "dfu-util":
    "`arm-none-eabi-objcopy -O binary FILE.elf FILE.bin` (of a .hex: `-I ihex -O binary`), and that file with `-s 0x08000000`.",
};

/** Text with addresses and checksums (Intel HEX, Motorola S-records). */
const records = /\.(?:i?hex|ihx|s19|s28|s37|srec|mot)$/i;
/** The linker's file; Cargo gives it no ending. */
const elf =
  /\.(?:elf|axf|out)$|(?:^|[\\/])target[\\/]thumbv\d[\w.-]*[\\/](?:debug|release)[\\/](?:examples[\\/])?[\w-]+$/i;

/** A program's file whose own bytes went to flash instead of the program in it. */
export const imageWrittenRaw: Rule = {
  name: "image-written-raw",
  why: "st-flash takes a file for a raw image unless --format says otherwise, and dfu-util any file: a .hex is text, and an ELF file begins with a header, so that no vector table stands where the chip starts (ARMv7-M B1.5.5).",
  conclude(facts: FactSet) {
    const file = facts.last("image-file");
    if (file?.source.from !== "log") return [];
    const { tool } = file.source;
    const remedy = tool === undefined ? undefined : writesBytes[tool];
    const kind = records.test(file.value.path) ? "text with addresses" : elf.test(file.value.path) ? "an ELF file" : "";
    if (remedy === undefined || kind === "" || facts.has("option", ({ name }) => name === "format")) return [];
    const ended: Fact | undefined =
      facts.last("stage", isWritten) ??
      facts.last("flash-trouble", ({ reason, operation }) => reason === "size" && operation !== "verify") ??
      facts.last("flash-trouble", ({ reason }) => reason === "too-large");
    if (ended === undefined || !facts.before(file, ended)) return [];
    return [
      conclusion("image-written-raw", {
        certainty: "likely",
        values: { file: baseName(file.value.path), kind, tool: tool ?? "" },
        evidence: quotes(file, ended),
        remedyFirst: [remedy],
        weight: 90,
        explains: ["image-outside-flash", "image-too-large", "flash-refused", "flash-differs", "not-enough-to-tell"],
      }),
    ];
  },
};
