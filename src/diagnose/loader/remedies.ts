import { shortChipName } from "../../chips/memory-controllers.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import type { LoaderTarget } from "./loader-facts.ts";
import { loaderName, loaderNeeds } from "./loader-needs.ts";
import { addressText, sizeText, withArticle } from "./words.ts";

/** The key of STM32CubeIDE's `.launch` files that its box "External loader" sets. */
export const LAUNCH_KEY = "com.st.stm32cube.ide.mcu.debug.stlink.enable_external_loader";

/** `NAND flash NAND512W3A_STM3210E-EVAL, 64 MiB at 0x70000000`. */
export function deviceWords(loader: LoaderFile): string {
  const { device } = loader;
  return `${device.kind} "${device.name}", ${sizeText(device.size)} at ${addressText(device.start)}`;
}

/** `The loader is for a NAND flash (…) of the STM3210E-EVAL board.` */
export function purposeSentence(loader: LoaderFile): string {
  const { board } = loaderNeeds(loader);
  const memory = `${withArticle(loader.device.kind)} (${loader.device.name.trim() || "without a name"})`;
  if (board === undefined) return `The loader is for ${memory}.`;
  const carrier = board.kind === "board" ? `the ${board.name} board` : `a board with ${withArticle(board.part)}`;
  const chip = board.kind === "board" ? `, which carries ${withArticle(board.part)}` : "";
  return `The loader is for ${memory} of ${carrier}${chip}.`;
}

/** Where a loader is taken out: in the IDE with its `.launch`, and on the command line. */
export function withoutLoader(name: string): string[] {
  return [
    `STM32CubeIDE: Run > Debug Configurations > Debugger tab > External loaders: untick "External loader" (.launch key ${LAUNCH_KEY} = false).`,
    `Command line: leave out --extload ${name} (-el).`,
  ];
}

/** What to do about a loader that can't work on this chip: do without it, or take the right one. */
export function doWithout(loader: LoaderFile, target: LoaderTarget, needed: boolean | undefined): string[] {
  const without = withoutLoader(loaderName(loader));
  const chip = target.chip === undefined ? "this chip" : `the ${shortChipName(target.chip)}`;
  const other = `If your board has external memory, choose a loader made for that board and ${chip}.`;
  if (needed !== true) return [...without, other];
  return [
    `The program has parts in this loader's memory, ${addressText(loader.device.start)}: link them elsewhere, or choose a loader made for your board and ${chip}.`,
    ...without,
  ];
}

/** What to do about a loader that could work, but is not for this board. */
export function checkBoard(loader: LoaderFile): string {
  const { board } = loaderNeeds(loader);
  const made = board === undefined ? "the loader's board" : `the ${board.name}`;
  return `Check that your board wires ${loader.device.kind} ${loader.device.name.trim()} to the same pins as ${made}, and that it has power.`;
}
