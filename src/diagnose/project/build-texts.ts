import { printable } from "../../formats/project-text.ts";

/** A word in a build's text that names the chip, or the board. */
export interface BuildMention {
  readonly file: string;
  readonly line: number;
  /** The setting it stands in: `board`, `CONFIG_SOC`, `define`. */
  readonly key: string;
  /** As written: `bluepill_f103c8`, `STM32F103xB`. */
  readonly value: string;
  /** The part as a name that can be taken apart: `STM32F103C8`. */
  readonly part: string;
}

/** A setting of platformio.ini. */
export interface IniSetting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** Settings of an INI file as PlatformIO has them: further lines of a value are indented; `;` and `#` begin comments. */
export function readIni(text: string): IniSetting[] {
  const settings: IniSetting[] = [];
  let section = "";
  let open: { section: string; key: string; value: string; line: number } | undefined;
  for (const [index, whole] of text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    const content = whole.replace(/(^|\s)[;#].*$/, "").trimEnd();
    if (content.trim() === "") continue;
    const head = content.match(/^\[([^\]]*)\]/);
    const pair = content.match(/^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/);
    if (head !== null) {
      section = head[1].trim();
      open = undefined;
    } else if (/^\s/.test(content) && open !== undefined) {
      open.value = `${open.value} ${content.trim()}`.trim();
    } else if (pair !== null) {
      open = { section, key: pair[1], value: pair[2], line: index + 1 };
      settings.push(open);
    }
  }
  return settings;
}

export interface PlatformioFile {
  readonly fileName: string;
  readonly settings: readonly IniSetting[];
}

/**
 * What platformio.ini says of the chip: `board_build.mcu`, or the part that the board's name ends with. A file with
 * environments for several chips says it only of the one that `default_envs` chooses.
 */
export function platformioMentions({ fileName, settings }: PlatformioFile): BuildMention[] {
  const chosen = settings.find(({ section, key }) => section === "platformio" && key === "default_envs")?.value;
  const boards = settings.flatMap(({ section, key, value, line }) => {
    if (!/^env(:|$)/.test(section) || (key !== "board" && key !== "board_build.mcu")) return [];
    const part = partIn(value);
    return part === undefined ? [] : [{ section, file: fileName, line, key, value, part }];
  });
  const default_ = boards.filter(({ section }) => section === `env:${chosen}`);
  const used = default_.length > 0 ? default_ : boards;
  // board_build.mcu is there to correct the board's own chip.
  const corrected = used.filter(({ key }) => key === "board_build.mcu");
  const said = corrected.length > 0 ? corrected : used;
  return new Set(said.map(({ part }) => part)).size === 1 ? [said[0]] : [];
}

/** `bluepill_f103c8`, `genericSTM32F103C8`, `nucleo_f401re`: boards' names as PlatformIO and Zephyr have them. */
function partIn(name: string): string | undefined {
  const match = name.match(/(?:stm32|[_-]|^)([a-z]{1,2}\d[0-9a-z]{2}[a-z][0-9a-z])(?![0-9a-z]{3})/i);
  if (match === null) return undefined;
  // `bluepill_f103c8_128k` uses more than its part's name promises.
  const stem = /_\d+k(_|$)/i.test(name) ? match[1].slice(0, -2) : match[1];
  return `STM32${stem.toUpperCase()}`;
}

/** Lines that are looked at; a build's own text has fewer. */
const MOST_LINES = 20_000;

/**
 * What a Makefile, a CMake file or Zephyr's `.config` says of the chip: the macro that the vendor's headers choose it by
 * (`-DSTM32F103xB`), or Zephyr's CONFIG_SOC. Of each file the first word counts; lines that are comments do not.
 */
export function buildMentions(text: string, file: string): BuildMention[] {
  for (const [index, content] of text.split(/\r\n|\r|\n/, MOST_LINES).entries()) {
    if (/^\s*#/.test(content)) continue;
    const soc = content.match(/^(CONFIG_SOC)="(stm32[^"]*)"/i);
    if (soc !== null) return [{ file, line: index + 1, key: soc[1], value: soc[2], part: headerName(soc[2]) }];
    const macro = content
      .slice(0, 1000)
      .match(/(?:^|[\s"'(;=]|-D)(STM32[A-Z]{1,2}\d[0-9A-Z]{2}[x0-9A-Z]{2})(?=$|[\s"');])/);
    if (macro !== null)
      return [{ file, line: index + 1, key: "define", value: printable(macro[1]), part: headerName(macro[1]) }];
  }
  return [];
}

/** `stm32f103xb` as the headers write it. */
function headerName(text: string): string {
  return text.toUpperCase().replace(/X([0-9A-Z])$/, "x$1");
}
