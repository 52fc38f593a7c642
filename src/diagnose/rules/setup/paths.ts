import { baseName } from "../../../base/paths.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { folderOf } from "./openocd-scripts.ts";
import { hasForeignLetters, plainPath } from "./path-letters.ts";
import { nothingTouched, ofOpenocd } from "./script-missing.ts";

/** Whether a path is GDB's own: not a server's, whose name has the word as well. */
export function isGdb(path: string | undefined): boolean {
  return /gdb(?![-_]?server)/i.test(baseName(path ?? ""));
}

/** Files and programs that are not where they are looked for. */
export const pathMissing: Rule = {
  name: "path-missing",
  why: "A program that ends because it does not find a file has not touched the probe; it names the file itself.",
  conclude(facts) {
    const found: Conclusion[] = [];
    // A tool that warned of a file, and did its work without it, did not need it.
    const done = facts.last("stage", isWritten);
    // A command that lacked its file's name was given it later: flash is worked at once the file was read.
    const worked = facts.last("flash-trouble", ({ operation }) => operation === "erase" || operation === "program");
    const later = (each: FactOf<"path-missing">): boolean =>
      [done, each.value.path === undefined ? worked : undefined].some(
        (work) => work !== undefined && facts.before(each, work),
      );
    const about = facts.all("path-missing").filter((each) => each.value.doubtful !== true || !later(each));
    const first = (what: (typeof about)[number]["value"]["what"]) =>
      about.find(({ value }) => value.what === what && value.path !== undefined) ??
      about.find(({ value }) => value.what === what);
    const programmer = first("stm32cubeprogrammer");
    if (programmer !== undefined) {
      found.push(
        conclusion("cubeprogrammer-missing", {
          certainty: "certain",
          values: { path: place(programmer.value.path) },
          evidence: quotes(programmer),
          weight: 95,
          explains: nothingTouched,
        }),
      );
    }
    const library = first("library");
    if (library !== undefined) {
      found.push(
        conclusion("library-missing", {
          certainty: library.value.doubtful === true ? "likely" : "certain",
          values: { path: library.value.path ?? "libSTLinkUSBDriver" },
          evidence: quotes(library),
          weight: 95,
          explains: nothingTouched,
        }),
      );
    }
    const gdb = about.find(({ value }) => value.what === "other" && isGdb(value.path));
    if (gdb !== undefined) {
      found.push(
        conclusion("gdb-missing", {
          certainty: gdb.value.unanswered === true ? "possible" : "likely",
          values: { path: gdb.value.path ?? "arm-none-eabi-gdb" },
          evidence: quotes(gdb),
          weight: 85,
          explains: nothingTouched,
        }),
      );
    }
    for (const what of ["program", "config", "loader"] as const) {
      const file = first(what);
      if (file === undefined) continue;
      if (file.value.listed === true) {
        found.push(loaderRefused(facts, file));
        continue;
      }
      const script = what === "config" ? ofOpenocd(facts, file) : undefined;
      if (script !== undefined) {
        found.push(...script);
        continue;
      }
      found.push(
        conclusion("file-missing", {
          certainty: file.value.doubtful === true || lacksSeparators(file.value.path) ? "likely" : "certain",
          values: { what: fileWords[what], path: file.value.path ?? "that was named" },
          ...(lacksSeparators(file.value.path) && { variant: "separators", remedyFirst: [doubled] }),
          ...(what === "program" && foreignPath(facts, file) && { remedyFirst: [plainPath] }),
          ...(isScript(file) && { remedyFirst: [scriptNamed] }),
          ...(folderOf(file.value.path ?? "") !== undefined && { remedyFirst: [inFolder(file.value.path ?? "")] }),
          ...(isDefault(file) && { remedyFirst: [byItself] }),
          ...(isChipFiles(file.value.path) && { remedyFirst: [chipFiles] }),
          ...(what === "loader" && cutAtBlank(file.value.path) && { remedyFirst: [blank] }),
          ...(what === "loader" && isTools(file.value.path) && { remedyFirst: [ownLoaders] }),
          evidence: quotes(file),
          weight: 85,
          explains: isDefault(file)
            ? [...nothingTouched, "adapter-unfit"]
            : what === "config"
              ? [...nothingTouched, "tool-lacks-chip"]
              : what === "program"
                ? notEvenRead
                : ["not-enough-to-tell"],
          subject: what,
        }),
      );
    }
    return found;
  },
};

/** A loader that is there, as the tool has listed it, and is not taken. */
function loaderRefused(facts: FactSet, file: FactOf<"path-missing">): Conclusion {
  const release = facts.last("tool", ({ name, version }) => name === "stm32cubeprogrammer" && version !== undefined);
  return conclusion("loader-failed", {
    certainty: "likely",
    variant: "refused",
    values: { call: file.value.path ?? "" },
    remedyFirst: [
      "If the loader is your own, or a board maker's: fill in the whole of its StorageInfo (name, type, start, size, page size, erased value, and the sectors, ended by a pair of zeros), keep its functions' names, and link it to RAM of this chip; `probity loader info FILE.stldr` tells what is in it.",
      "Try it with an earlier release of STM32CubeProgrammer: releases differ in what they ask of a loader. If that one takes it, the loader wants to be built anew for the later one.",
    ],
    evidence: quotes(release, file),
    weight: 85,
    explains: ["not-enough-to-tell"],
  });
}

/** An image that could not be read was not written either. */
const notEvenRead = ["not-enough-to-tell", "flash-refused", "flash-protected", "flash-differs"];

/** The path that was not found, or the one that was given for it, has letters outside of ASCII. */
function foreignPath(facts: FactSet, file: FactOf<"path-missing">): boolean {
  const given = facts.all("image-file").findLast((each) => facts.before(each, file));
  return hasForeignLetters(file.value.path) || hasForeignLetters(given?.value.path);
}

/** A path of Windows out of which a language took the backslashes as escapes. */
function lacksSeparators(path: string | undefined): boolean {
  return path !== undefined && /^[a-z]:[^\\/]+$/i.test(path);
}

/** A loader's path that was parted at a blank: what stands before it is no .stldr. */
function cutAtBlank(path: string | undefined): boolean {
  return path !== undefined && /[\\/]/.test(path) && !/\.stldr$/i.test(path) && !isTools(path);
}

/** STM32CubeProgrammer has a loader for each device ID beside its own program. */
function isTools(path: string | undefined): boolean {
  return /(?:^|[\\/])FlashLoader[\\/]/i.test(path ?? "");
}

const ownLoaders =
  "It is one of STM32CubeProgrammer's own, named by device ID, in the folder FlashLoader beside its program: start the program where it was installed (a copy of it alone has none), or install it anew. A name that ends in 0x has no ID in it: another release reads it.";

const blank =
  "The path was cut at a blank (as in `C:\\Program Files`): STM32CubeProgrammer 2.6.0 takes such a path for two even in quotation marks. Take another release, or install it into a folder without blanks; on a command line, quote the path.";

/** A file that comes with OpenOCD, by the folder that it is asked for in. */
function isScript({ value, source }: FactOf<"path-missing">): boolean {
  return (
    source.from === "log" &&
    source.tool === "openocd" &&
    /^(?:board|target|interface|cpld|chip|cpu)[\\/][\w.-]+$/i.test(value.path ?? "")
  );
}

/** `openocd.cfg`, which nobody has to have named. */
function isDefault({ value }: FactOf<"path-missing">): boolean {
  return /(?:^|[\\/])openocd\.cfg$/i.test(value.path ?? "");
}

function inFolder(path: string): string {
  return `OpenOCD's own file of that name is in a folder, which belongs to the name: ${folderOf(path)}/${path}.`;
}

const scriptNamed =
  "This file is one of OpenOCD's own: the configuration that asks for it is made for a newer OpenOCD (or a fork), or spells it wrongly. List what yours has (`ls /usr/share/openocd/scripts/target`), take the name from there, or install a newer OpenOCD.";

/** The folder in which the stlink tools have a file for each chip. */
export function isChipFiles(path: string | undefined): boolean {
  return /stlink[\\/]{1,2}(?:config[\\/])?chips?[\\/]?$|[\\/]chips[\\/]?$/i.test(path ?? "");
}

export const chipFiles =
  "The stlink tools read there what they know of each chip, since 1.8 (and builds before it). Install them whole (`sudo make install` of a newer checkout, or a package), or put the folder `chips` of their release (config/chips) where they look for it: /usr/local/share/stlink/chips on Linux; up to 1.8.0 on Windows `C:\\Program Files (x86)\\stlink\\config\\chips`, wherever they were unpacked. A program that brings stlink's library needs them just so.";
const byItself =
  "openocd.cfg is what OpenOCD reads where no -f is given, and it looks for it in the folder in which it was started: start it in the project's folder, or name the files: -f interface/stlink.cfg -f target/stm32f1x.cfg.";

const doubled =
  "The path has lost its backslashes: Tcl (OpenOCD's language), JSON and shells take them for escapes. Write it with / instead, or each backslash twice; for Tcl in braces, {C:\\Users\\me\\a.bin}. Where a build tool's script makes the path, that is the place to mend, or an update of it.";

const apart =
  "See which parts meet (`arm-none-eabi-readelf -l FILE.elf`, or the addresses in the .hex), and link or convert them anew so that each has its own place: a boot loader and a program that were merged, most often.";

const align =
  "Sign it anew with -align: `STM32_SigningTool_CLI -bin app.bin -nk -of 0x80000000 -t fsbl -hv 2.3 -align -o app-trusted.bin`.";

const ofTheChip =
  "Give GDB the .elf that arm-none-eabi-gcc (or rustc for thumbv…) built: `file FILE.elf`, then connect again.";

/** A file that is there and holds no program. */
export const imageUnusable: Rule = {
  name: "image-unusable",
  why: "A tool reads the program's file before it writes anything; it says so when the file's headers are none that it knows (ELF: System V ABI 4).",
  conclude(facts) {
    const found = facts.last("image-unusable");
    if (found === undefined) return [];
    const file = found.value.path ?? facts.last("image-file")?.value.path;
    return [
      conclusion("program-unusable", {
        // Whoever linked it for that offset has it there without the tool.
        certainty: found.value.unaligned === true ? "possible" : "likely",
        ...(found.value.overlaps === true && { variant: "overlap" }),
        ...(found.value.architecture !== undefined && { variant: "processor", remedyFirst: [ofTheChip] }),
        ...(found.value.unaligned === true && { variant: "unaligned", remedyFirst: [align] }),
        values: { file: file ?? "that was given", architecture: found.value.architecture ?? "" },
        ...(found.value.overlaps === true && { remedyFirst: [apart] }),
        evidence: quotes(facts.last("image-file"), found),
        weight: 86,
        explains: ["not-enough-to-tell", "flash-refused", "flash-protected", "gdb-server-gone"],
      }),
    ];
  },
};

const fileWords = { program: "program file", config: "configuration file", loader: "loader" } as const;

function place(path: string | undefined): string {
  return path === undefined || path === "" ? "the folder that it was told to look in" : path;
}
