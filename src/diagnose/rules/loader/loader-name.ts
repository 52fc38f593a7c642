import { baseName } from "../../../base/paths.ts";
import { boardInName, type NamedBoard } from "../../../chips/boards.ts";
import { controllersOf, type MemoryController } from "../../../chips/memory-controllers.ts";
import { withArticle } from "../../loader/words.ts";

/** What the name of a loader's file tells: ST's are called `PART_BOARD.stldr`. */
export interface NamedLoader {
  readonly name: string;
  /** The memory's part number, `512W3A`. */
  readonly part: string | undefined;
  readonly kind: MemoryKind | undefined;
  readonly board: NamedBoard | undefined;
  /** Controllers that the memory stands behind on that board, any of which it may be; empty when that is not known. */
  readonly controllers: readonly MemoryController[];
}

type MemoryKind = "NAND flash" | "NOR flash" | "SRAM" | "PSRAM" | "SDRAM" | "serial flash" | "SPI flash" | "EEPROM";

/** Part numbers of the makers (data sheets) and what they are. */
const parts: readonly (readonly [pattern: RegExp, kind: MemoryKind])[] = [
  [/^(?:NAND)?\d{3,4}[WR][34][AB]|^NAND|^K9[FGK]|^MT29[FA]|^H27|^TC58|^S34M|^W29N/i, "NAND flash"],
  [/^M29[WFD]|^M28W|^S29[GJWA]|^SST39|^MX29|^PC28F|^JS28F|^NOR|^AM29|^S26K/i, "NOR flash"],
  [/^IS6[14](?:WV|LV|C)|^CY7C|^CY62|^AS7C|^R1LV|^SRAM/i, "SRAM"],
  [/^IS66|^PSRAM|^MT45/i, "PSRAM"],
  [/^IS4[25]|^MT48|^K4S|^W98|^AS4C|^SDRAM/i, "SDRAM"],
  // Older boards have it on a plain SPI.
  [/^M25P|^M25PX|^M45PE/i, "SPI flash"],
  [
    /^(?:MX25|MX66|N25Q|MT25|MT35|W25[QMNX]|S25F|S70F|IS25|GD25|AT25|SST2[56]|EN25|APS|S28H|S25H|QSPI|OSPI)/i,
    "serial flash",
  ],
  [/^M24|^24[CL]|^M95|^EEPROM/i, "EEPROM"],
];

const parallel: readonly MemoryController[] = ["FSMC", "FMC"];
const serial: readonly MemoryController[] = ["QUADSPI", "OCTOSPI", "XSPI", "HSPI"];

/** Reads the name of a loader. */
export function readLoaderName(name: string): NamedLoader {
  const stem = baseName(name).replace(/\.(?:stldr|flm)$/i, "");
  const board = boardInName(stem);
  const found = stem.split(/[_ ]/).flatMap((piece) => {
    const kind = parts.find(([pattern]) => pattern.test(piece))?.[1];
    return kind === undefined ? [] : [{ piece, kind }];
  })[0];
  const kind = found?.kind;
  const wanted =
    kind === undefined || kind === "EEPROM" || kind === "SPI flash" ? [] : kind === "serial flash" ? serial : parallel;
  const there = [...new Set((board?.chips ?? []).flatMap(controllersOf))].filter((each) => wanted.includes(each));
  // Without a known board a parallel memory stands behind one of two; a serial one behind any.
  const controllers = there.length > 0 || board !== undefined ? there : kind === "serial flash" ? [] : wanted;
  return { name: baseName(name), part: found?.piece, kind, board, controllers };
}

/** `512W3A_STM3210E-EVAL.stldr is for the NAND flash (512W3A) of the STM3210E-EVAL board, which carries an STM32F103ZE/ZG.` */
export function purposeOf({ name, part, kind, board, controllers }: NamedLoader): string {
  const memory = kind === undefined ? "a memory" : `${withArticle(kind)} (${part})`;
  const behind = controllers.length === 0 ? "" : ` behind ${controllers.join(" or ")}`;
  if (board === undefined) return `The external loader ${name} is for ${memory}${behind}.`;
  if (board.kind === "part")
    return `The external loader ${name} is for ${memory}${behind} of a board with ${withArticle(board.part)}.`;
  return `The external loader ${name} is for ${memory}${behind} of the ${board.name} board, which carries ${withArticle(board.part)}.`;
}
