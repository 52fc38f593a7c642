/** What STM32CubeProgrammer says of external loaders, and of its own. */
import { boardInName } from "../../chips/boards.ts";
import { type LinePattern, line, say } from "./log-reader.ts";
import { unquotedName } from "./values.ts";

const tool = "stm32cubeprogrammer";

export const programmerLoaders: readonly LinePattern[] = [
  // The rest of a command line behind a backslash.
  line(["el ", "extload "], 2, /^-(?:el|-extload) +("[^"]{1,250}"|\S{1,250})/i, (match) => {
    const path = match[1].replace(/"/g, "");
    return [say("option", { name: "extload", value: path, tool }), say("loader", { name: unquotedName(path), path })];
  }),
  // A debug configuration's list of loaders, as it is copied out of the dialog: ST's names are MEMORY_BOARD.
  line(
    ["external loader", "external loaders"],
    0,
    /external loaders?(?: file)?\)? *[:=>] *"?([\w.+-]{2,60}_[\w.+-]{4,60})\b/i,
    (match) =>
      boardInName(match[1]) === undefined
        ? []
        : [say("loader", { name: `${match[1].replace(/\.(?:stldr)?$/i, "")}.stldr` })],
  ),
  line(
    [
      "failed to init external",
      "failed to initialize external",
      "external loader",
      "failed to run external loader",
      "external flash loader",
    ],
    3,
    /^(?!.*(?:cannot be loaded|not exist|not found))(?:.*(?:fail\w*|error|cannot|can't).{0,40}external (?:flash )?(?:loader|memory)|.*external (?:flash )?(?:loader|memory).{0,40}(?:fail|error|cannot))/i,
    () => [say("loader-started", {}), say("loader-init", { outcome: "failed" })],
  ),
  // Of a loader's functions Init() is the one that it runs before it reads, erases or writes.
  line(
    ["init function", "initialization function", "initialisation function", "init()"],
    6,
    /^(?:error: *)?\binit(?:iali[sz]ation)?(?:\(\))?(?: function)? (?:has |is )?(?:fail\w*|return\w* (?:an )?error|time[ds]?[ -]*out)\b.*/i,
    ({ input }) => [say("loader-init", { outcome: /time[ds]?[ -]*out/i.test(input) ? "timed-out" : "failed" })],
  ),
  // Its own loaders, one for each device ID, and those that were asked for. Without a path it is the chip's RAM that
  // did not take one.
  line(
    ["external loader", "flash loader", "elf loader file"],
    6,
    /(?:external|flash) loader(?: file)?(?: not found)?[: ]+(\S.{0,200}?)(?: (?:cannot be loaded|(?:was |is )?not found)[. ]*)?$/i,
    ({ 1: named, input }, { memory }) => {
      const path = /flashloaderpath *= *(\S+)/i.exec(input)?.[1] ?? named;
      return /[\\/]|\.stldr/i.test(path) && /cannot be loaded|not found/i.test(input)
        ? [
            say("path-missing", {
              what: "loader",
              path,
              doubtful: true,
              // Its window offers the loaders of this folder alone, which it has looked through.
              ...(memory.get("window") === true && /[\\/]ExternalLoader[\\/]/i.test(path) && { listed: true }),
            }),
          ]
        : [];
    },
  ),
];
