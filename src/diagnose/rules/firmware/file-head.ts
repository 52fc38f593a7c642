/** How files begin that were written to flash as they are, in place of the program in them. */

interface FileHead {
  readonly file: string;
  /** What has to be done in place of it. */
  readonly remedy: string;
  /** Whether a reset gives these two registers where flash begins with such a file. */
  readonly gives: (sp: number, pc: number) => boolean;
}

const headers =
  "Look at `arm-none-eabi-readelf -l FILE.elf`: if its first LOAD segment has the offset 0, the linker widened it down to a page's edge, since the program begins at an offset (a boot loader's place), and took the file's headers into it: link with -Wl,-n (no pages), and check FLASH in the linker script. If not, the ELF file itself was written as raw data: give the tool the .elf by its name, or a .bin of `arm-none-eabi-objcopy -O binary`.";
const asItIs =
  "The file was written as it is, as raw data: give the tool its right name (.hex, .s19) or type, or make a .bin of it (`arm-none-eabi-objcopy -O binary`) and write that.";
const ofOthers =
  "It is for the tool that reads this kind (a UF2 boot loader, ST's DfuSe): take the program's .elf, .hex or .bin for this one.";

function byte(word: number, at: number): number {
  return (word >>> (8 * at)) & 0xff;
}

function isHexDigit(code: number): boolean {
  return /[0-9A-Fa-f]/.test(String.fromCharCode(code));
}

/** Bytes of a text of hexadecimal digits; of the second word's first byte the last bit is lost. */
function isHexText(sp: number, from: number, pc: number): boolean {
  const first = byte(pc, 0) & 0xfe;
  const whole = [1, 2, 3].filter((at) => at >= from).map((at) => byte(sp, at));
  return (
    [...whole, byte(pc, 1), byte(pc, 2), byte(pc, 3)].every(isHexDigit) && (isHexDigit(first) || isHexDigit(first | 1))
  );
}

const heads: readonly FileHead[] = [
  // e_ident: the mark, 32 bits, little-endian, version 1 (System V ABI 4).
  {
    file: "an ELF file's header",
    remedy: headers,
    gives: (sp, pc) => sp === 0x464c457c && (pc & 0x00fffffe) === 0x010100,
  },
  {
    file: "the text of an Intel HEX file",
    remedy: asItIs,
    gives: (sp, pc) => byte(sp, 0) === 0x38 && isHexText(sp, 1, pc),
  },
  {
    file: "the text of a file of S-records",
    remedy: asItIs,
    gives: (sp, pc) => (sp & 0xffff) === 0x3050 && isHexText(sp, 2, pc),
  },
  { file: "a UF2 file's header", remedy: ofOthers, gives: (sp, pc) => sp === 0x0a324654 && pc === 0x9e5d5156 },
  {
    file: "a DfuSe file's header",
    remedy: ofOthers,
    gives: (sp, pc) => sp === 0x53756644 && (pc & 0xffff) === 0x0164,
  },
];

/**
 * The kind of file that flash begins with, by the first two words of it or by what a reset makes of them: SP without its
 * last two bits, PC without its last (ARMv7-M B1.4.2, B1.5.5).
 */
export function fileThatBegins(stackPointer: number, resetVector: number): Omit<FileHead, "gives"> | undefined {
  const sp = (stackPointer & ~3) >>> 0;
  const pc = (resetVector & ~1) >>> 0;
  return heads.find(({ gives }) => gives(sp, pc));
}
