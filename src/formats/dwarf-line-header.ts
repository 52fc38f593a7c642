import { DwarfCursor, DwarfDamage } from "./dwarf-cursor.ts";

/** Where a text stands; it is only made when asked for, as many entries may share one. */
export interface TextPlace {
  readonly bytes: Uint8Array;
  readonly at: number;
}

export interface LineFile {
  readonly name: TextPlace;
  readonly directory: number;
}

/** The sections that the names of version 5 may be in. */
export interface TextSections {
  readonly lineStr?: Uint8Array;
  readonly str?: Uint8Array;
}

/** What a line number program of one unit starts with (DWARF 5, 6.2.4; versions 2 to 4 the same section). */
export interface LineHeader {
  readonly version: number;
  readonly minimumInstructionLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Number of LEB128 operands by standard opcode, from opcode 1 on. */
  readonly operands: readonly number[];
  /** By directory index; 0 is where the compiler ran, named in version 5 alone. */
  readonly directories: readonly (TextPlace | undefined)[];
  /** By file index; 0 is unused before version 5. `DW_LNE_define_file` adds to it. */
  readonly files: (LineFile | undefined)[];
}

const DW_LNCT_path = 1;
const DW_LNCT_directory_index = 2;

/**
 * Reads the header of the unit that the cursor holds, behind its length word, and leaves the cursor at the program.
 * Throws {@link DwarfDamage}.
 */
export function readLineHeader(unit: DwarfCursor, is64: boolean, texts: TextSections): LineHeader {
  const version = unit.u16();
  if (version < 2 || version > 5) throw new DwarfDamage();
  if (version === 5) unit.skip(2);
  const headerLength = unit.offset(is64);
  if (headerLength > unit.left) throw new DwarfDamage();
  const program = unit.position + headerLength;
  const head = new DwarfCursor(unit.bytes, unit.position, program);
  const minimumInstructionLength = head.u8();
  if (version >= 4) head.skip(1);
  head.skip(1);
  const lineBase = head.s8();
  const lineRange = head.u8();
  const opcodeBase = head.u8();
  if (lineRange === 0 || opcodeBase === 0) throw new DwarfDamage();
  const operands = Array.from({ length: opcodeBase - 1 }, () => head.u8());
  const names = version === 5 ? readNames5(head, is64, texts) : readNames(head);
  unit.position = program;
  return { version, minimumInstructionLength, lineBase, lineRange, opcodeBase, operands, ...names };
}

/** One entry of the file table of versions 2 to 4, or of `DW_LNE_define_file`. */
export function readFileEntry(cursor: DwarfCursor): LineFile {
  const name = { bytes: cursor.bytes, at: cursor.text() };
  const directory = cursor.uleb();
  cursor.uleb();
  cursor.uleb();
  return { name, directory };
}

function readNames(head: DwarfCursor): Pick<LineHeader, "directories" | "files"> {
  const directories: (TextPlace | undefined)[] = [undefined];
  for (;;) {
    const at = head.text();
    if (head.position === at + 1) break;
    directories.push({ bytes: head.bytes, at });
  }
  const files: (LineFile | undefined)[] = [undefined];
  while (head.left > 0 && head.bytes[head.position] !== 0) files.push(readFileEntry(head));
  return { directories, files };
}

function readNames5(head: DwarfCursor, is64: boolean, texts: TextSections): Pick<LineHeader, "directories" | "files"> {
  const directories = readEntries(head, is64, texts).map(({ name }) => name);
  const files = readEntries(head, is64, texts).map(({ name, directory }) =>
    name === undefined ? undefined : { name, directory },
  );
  return { directories, files };
}

/** A table of entries that says itself what each entry is made of (DWARF 5, 6.2.4.1). */
function readEntries(
  head: DwarfCursor,
  is64: boolean,
  texts: TextSections,
): { name: TextPlace | undefined; directory: number }[] {
  const fields = Array.from({ length: head.u8() }, () => ({ content: head.uleb(), form: head.uleb() }));
  const count = head.uleb();
  // Each entry takes a byte at least, or an announced number could fill the memory.
  if (count > head.left || (fields.length === 0 && count > 0)) throw new DwarfDamage();
  return Array.from({ length: count }, () => {
    let name: TextPlace | undefined;
    let directory = 0;
    for (const { content, form } of fields) {
      const value = readForm(head, form, is64, texts);
      if (content === DW_LNCT_path && typeof value === "object") name = value;
      if (content === DW_LNCT_directory_index && typeof value === "number") directory = value;
    }
    return { name, directory };
  });
}

/** A value of one of the forms that the tables may use (DWARF 5, 7.5.6); `undefined` for what is only stepped over. */
function readForm(head: DwarfCursor, form: number, is64: boolean, texts: TextSections): TextPlace | number | undefined {
  switch (form) {
    case 0x08: // DW_FORM_string
      return { bytes: head.bytes, at: head.text() };
    case 0x0e: // DW_FORM_strp
      return placeIn(texts.str, head.offset(is64));
    case 0x1f: // DW_FORM_line_strp
      return placeIn(texts.lineStr, head.offset(is64));
    case 0x0b: // DW_FORM_data1
      return head.u8();
    case 0x05: // DW_FORM_data2
      return head.u16();
    case 0x06: // DW_FORM_data4
      return head.u32();
    case 0x0f: // DW_FORM_udata
      return head.uleb();
    case 0x07: // DW_FORM_data8
      return head.skip(8);
    case 0x1e: // DW_FORM_data16, an MD5
      return head.skip(16);
    case 0x09: // DW_FORM_block
      return head.skip(head.uleb());
    case 0x0a: // DW_FORM_block1
      return head.skip(head.u8());
    case 0x03: // DW_FORM_block2
      return head.skip(head.u16());
    case 0x04: // DW_FORM_block4
      return head.skip(head.u32());
    default:
      throw new DwarfDamage();
  }
}

function placeIn(section: Uint8Array | undefined, at: number): TextPlace | undefined {
  return section === undefined || at >= section.length ? undefined : { bytes: section, at };
}
