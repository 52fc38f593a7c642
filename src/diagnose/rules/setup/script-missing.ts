/** One of OpenOCD's own scripts that it does not find. */
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion } from "../../rule.ts";
import { isLeftOut, ownScript } from "./openocd-scripts.ts";

/** What nobody has got to who lacks a file. */
export const nothingTouched = ["not-enough-to-tell", "probe-none", "probe-busy", "wires-open", "target-no-power"];

/**
 * A script that OpenOCD ships: either this OpenOCD runs without its scripts, or its release has none of that name. A name
 * that releases have is more likely missing with all the others; another name was made for another version, or mistyped.
 * A list of the folder that has the others tells it.
 */
export function ofOpenocd(facts: FactSet, file: FactOf<"path-missing">): readonly Conclusion[] | undefined {
  const path = file.value.path ?? "";
  if (file.source.from !== "log" || file.source.tool !== "openocd") return undefined;
  const version = facts.last("tool", ({ name, version }) => name === "openocd" && version !== undefined);
  const script = ownScript(path, version?.value.version);
  if (script === undefined) return undefined;
  const list = facts.last("scripts-listed", ({ names }) => isLeftOut(path, names));
  const shipped = list === undefined && (script.state === "has" || script.state === "maybe");
  const better = script.better === undefined ? [] : [`Use ${script.better} in its place.`];
  const unscripted = conclusion("file-missing", {
    certainty: !shipped ? "possible" : script.state === "has" ? "certain" : "likely",
    variant: "script",
    values: { path },
    remedyFirst: [...better, withScripts],
    evidence: quotes(version, file),
    weight: 85,
    explains: nothingTouched,
    subject: "config",
  });
  if (script.state === "has" && list === undefined) return [unscripted];
  // A chip's file that came later is a chip that this release does not know.
  const later =
    /^target[/\\]/i.test(path) &&
    script.better === undefined &&
    (script.state === "lacks" || (list !== undefined && script.state === "maybe"));
  const otherName = conclusion(later ? "tool-lacks-chip" : "config-unfit", {
    certainty: shipped ? "possible" : "likely",
    variant: "script",
    values: {
      path,
      lacks: script.state === "has" ? "the list of its scripts has others, and not that one" : script.why,
      command: path,
      name: path,
    },
    remedyFirst: [
      ...better,
      "List what this OpenOCD has (`ls /usr/share/openocd/scripts/target`, or the folder of its installation), and take the name from there, or install a newer OpenOCD.",
    ],
    evidence: quotes(version, file, list),
    weight: 86,
    explains: nothingTouched,
  });
  if (list !== undefined) return [otherName];
  return shipped ? [unscripted, otherName] : [otherName, unscripted];
}

const withScripts =
  "See that OpenOCD's scripts are installed (the folder scripts or share/openocd/scripts of its package), and tell it where, if they are not where it looks: -s FOLDER or the variable OPENOCD_SCRIPTS. An openocd that was copied without them, or one of another package that comes first in PATH, has none.";
