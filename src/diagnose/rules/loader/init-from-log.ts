import { controllerPresence, shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import type { FindingCode } from "../../catalogue/catalogue.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { needsController } from "../../loader/controller-missing.ts";
import { withoutLoader } from "../../loader/remedies.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { purposeOf, readLoaderName } from "./loader-name.ts";

/** What else a server says or shows when a loader's Init() fails, none of which is a cause of its own. */
const explains = ["not-enough-to-tell", "wires-open", "target-no-power", "wire-noisy", "firmware-disables-swd"];

/** An external loader whose Init() did not succeed, or that can't work on this chip. */
export const loaderInitFromLog: Rule = {
  name: "loader-init-from-log",
  why: "A loader is code for one board: it sets up that board's pins and the controller of that board's memory. Where the chip lacks that controller its registers do not exist, each access is a bus fault (RM0008 3.3, memory map), and without a fault handler of its own the loader never returns.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const inits = facts.all("loader-init");
    if (inits.some(({ value }) => value.outcome === "ok") || facts.has("error-code", isOurs)) return [];
    const failed = inits.length > 0;
    const loader = facts.last("loader");
    if (loader === undefined) return failed ? [unnamed(facts, inits)] : [];
    if (!failed && goneBeyond(facts)) return [];
    return [named(facts, loader, inits)];
  },
};

/** Our own server's post-mortem knows more than a log: it says what it found itself. */
function isOurs({ code }: { code: string }): boolean {
  return code.startsWith("loader-");
}

/** The session went on: the loader, if it was used, did no harm. */
function goneBeyond(facts: FactSet): boolean {
  return facts.has("stage", ({ stage, reached }) => reached && stage !== "started" && late.has(stage));
}
const late = new Set(["server-ready", "client-connected", "erased", "programmed", "verified", "running"]);

function unnamed(facts: FactSet, inits: readonly FactOf<"loader-init">[]): Conclusion {
  return conclusion("loader-init-failed", {
    certainty: "likely",
    variant: "unnamed",
    values: { outcome: outcome(inits), loader: "" },
    evidence: evidence(facts, inits),
    remedyFirst: [
      ...withoutLoader("FILE"),
      "Look into the server's log file (-f) or the .launch file for the loader's name: with it the cause can be told.",
    ],
    weight: 90,
    explains,
  });
}

function named(facts: FactSet, loader: FactOf<"loader">, inits: readonly FactOf<"loader-init">[]): Conclusion {
  const about = readLoaderName(loader.value.name);
  const id = facts.last("device-id", (value) => value.id !== 0);
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  const purpose = purposeOf(about);
  const failed = inits.length > 0;
  // A tool that was given a loader runs it before it erases or programs anything.
  const work = facts.last("flash-trouble", ({ operation }) => operation !== "read" && operation !== "option-bytes");
  const parts = {
    evidence: [...evidence(facts, inits, loader, id), ...(failed ? [] : quotes(work))],
    remedyFirst: withoutLoader(about.name),
    weight: failed ? 95 : 40,
    explains: failed ? explains : [],
  };
  const unfit =
    !failed && work !== undefined
      ? { certainty: "likely" as const, ...parts, weight: 80, explains: ["flash-refused"] }
      : { certainty: failed ? ("likely" as const) : ("possible" as const), ...parts };
  const values = {
    purpose,
    outcome: outcome(inits),
    loader: about.name,
    lack: "",
    chip: chip === undefined ? "" : `${shortChipName(chip)} (device ID 0x${chip.deviceId.toString(16).toUpperCase()})`,
  };
  if (chip === undefined)
    return conclusion("loader-init-failed", { certainty: failed ? "likely" : "possible", values, ...parts });
  const presences = about.controllers.map((controller) => ({ controller, ...controllerPresence(chip, controller) }));
  const missing = presences.length > 0 && presences.every(({ has }) => has === "no");
  // Only what Init() did would prove it; a log shows that it did not succeed.
  if (missing) {
    const code = needsController(presences[0].controller) as FindingCode;
    return conclusion(code, {
      values: { ...values, lack: presences[0].sentence, outcome: outcome(inits, presences[0].controller) },
      ...unfit,
    });
  }
  const boardChips = about.board?.chips ?? [];
  if (boardChips.length > 0 && !boardChips.includes(chip)) {
    const family = boardChips.every((each) => each.family !== chip.family);
    return conclusion(family ? "loader-other-family" : "loader-other-chip", { values, ...unfit });
  }
  return conclusion("loader-init-failed", {
    certainty: failed ? "likely" : "possible",
    variant: boardChips.length > 0 ? "fits" : undefined,
    values,
    ...parts,
  });
}

/** How Init() ended; `missing`: the controller without which it can't end well. */
function outcome(inits: readonly FactOf<"loader-init">[], missing?: string): string {
  const hung = inits.find(({ value }) => value.running === true || value.outcome === "timed-out");
  if (hung !== undefined) {
    const { waited } = hung.value;
    const time = waited === undefined ? "" : ` after ${waited.toFixed(1)} s`;
    const why = missing === undefined ? "Its Init() did not return" : `Without ${missing} its Init() could not return`;
    return `${why}: it still ran when the server gave up${time}.`;
  }
  const returned = inits.find(({ value }) => value.returned !== undefined)?.value.returned;
  if (returned !== undefined) return `Its Init() returned ${returned}, where 1 is success.`;
  return inits.length > 0 ? "Its Init() did not succeed." : "Its Init() is not likely to succeed.";
}

function evidence(
  facts: FactSet,
  inits: readonly FactOf<"loader-init">[],
  loader?: FactOf<"loader">,
  id?: FactOf<"device-id">,
): string[] {
  return quotes(loader, id, facts.last("loader-started"), ...inits).slice(0, 7);
}
