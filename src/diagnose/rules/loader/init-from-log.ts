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

/** What failed behind Init(), or of the loader's own memory, was asked of a loader that was not ready. */
function explainsOf(facts: FactSet, inits: readonly FactOf<"loader-init">[]): readonly string[] {
  const troubles = facts.all("flash-trouble");
  const all = troubles.every((each) => each.value.external === true || facts.before(inits[0], each));
  return all ? [...explains, "flash-refused", "loader-reports-failure"] : explains;
}

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
    if (failed) return [named(facts, loader, inits)];
    const unfit = named(facts, loader, inits);
    // Work on the loader's own memory that failed is the loader's, whatever went well before it.
    const names = atItsMemory(facts) !== undefined && unfit.code !== "loader-init-failed";
    return goneBeyond(facts) && !names ? [] : [unfit];
  },
};

/** Our own server's post-mortem knows more than a log: it says what it found itself. */
function isOurs({ code }: { code: string }): boolean {
  return code.startsWith("loader-");
}

/** Work on external memory that failed. */
function atItsMemory(facts: FactSet): FactOf<"flash-trouble"> | undefined {
  return facts.last("flash-trouble", ({ external }) => external === true);
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
    explains: explainsOf(facts, inits),
  });
}

function named(facts: FactSet, loader: FactOf<"loader">, inits: readonly FactOf<"loader-init">[]): Conclusion {
  const about = readLoaderName(loader.value.name);
  const id = facts.last("device-id", (value) => value.id !== 0);
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  const purpose = purposeOf(about);
  const failed = inits.length > 0;
  // A tool that was given a loader runs it before it erases or programs anything.
  const work =
    atItsMemory(facts) ??
    facts.last("flash-trouble", ({ operation }) => operation !== "read" && operation !== "option-bytes");
  const parts = {
    evidence: [...evidence(facts, inits, loader, id), ...(failed ? [] : quotes(work))],
    remedyFirst: withoutLoader(about.name),
    weight: failed ? 95 : 40,
    explains: failed ? explainsOf(facts, inits) : [],
  };
  const unfit =
    !failed && work !== undefined
      ? { certainty: "likely" as const, ...parts, weight: 80, explains: ["flash-refused", "loader-reports-failure"] }
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
    const who = hung.source.from === "log" && hung.source.tool === "stm32cubeprogrammer" ? "programmer" : "server";
    return `${why}: it still ran when the ${who} gave up${time}.`;
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
