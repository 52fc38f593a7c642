import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf, Tool } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { toolNames } from "../../tool-names.ts";

/** Programs that reach an ST-LINK by libusb, as pyOCD does: with the same driver and rights. */
const byLibusb: ReadonlySet<Tool | undefined> = new Set<Tool>([
  "openocd",
  "st-flash",
  "st-info",
  "st-util",
  "probe-rs",
]);

/** An ST-LINK that pyOCD does not see, and another program does. */
export const seenElsewhere: Rule = {
  name: "probe-seen-elsewhere",
  why: "pyOCD looks for ST-LINKs through PyUSB and libusb, and passes over them with a warning at most where its Python has no libusb (the package libusb-package without its library, as pip builds it where no finished wheel fits). The probe, its driver and the rights are those with which the other program sees it.",
  conclude(facts: FactSet) {
    const missed = facts.last("probe-trouble", ({ what }) => what === "none-found");
    if (missed?.source.from !== "log" || missed.source.tool !== "pyocd") return [];
    if (facts.has("path-missing", ({ what }) => what === "library")) return [];
    const twin = facts.last("probe-seen");
    const seen = twin ?? openedBefore(facts, missed);
    if (seen === undefined) return [];
    const by = seen.kind === "probe-seen" ? seen.value.by : nameOf(seen);
    return [
      conclusion("library-missing", {
        // Another program may hold it yet, know a kind of probe that this pyOCD does not, or have been let in otherwise.
        certainty: twin === undefined ? "possible" : "likely",
        variant: "unseen",
        values: { path: "libusb", other: by },
        evidence: quotes(missed, seen),
        remedyFirst: [libusb],
        weight: 92,
        explains: ["probe-none", "not-enough-to-tell"],
      }),
    ];
  },
};

/** A probe that another program opened earlier, and that was not lost since. */
function openedBefore(facts: FactSet, missed: FactOf<"probe-trouble">): FactOf<"probe-firmware"> | undefined {
  const opened = facts
    .all("probe-firmware")
    .findLast(({ source }) => source.from === "log" && byLibusb.has(source.tool));
  if (opened === undefined || !facts.before(opened, missed)) return undefined;
  const root = facts.first("run-as-root");
  if (root !== undefined && facts.before(root, opened)) return undefined;
  // That it was gone, or busy, tells another cause; and a pyOCD that had it before has its library.
  const otherwise = facts.has("probe-trouble", ({ what }) => what !== "none-found");
  const had = facts
    .all("stage", ({ stage, reached }) => stage === "probe-opened" && reached)
    .some(({ source }) => source.from === "log" && source.tool === "pyocd");
  return otherwise || had ? undefined : opened;
}

function nameOf({ source }: Fact): string {
  return source.from === "log" && source.tool !== undefined && source.tool !== "other"
    ? toolNames[source.tool as keyof typeof toolNames]
    : "another program";
}

const libusb =
  'Ask the Python that runs pyOCD: `python -c "import libusb_package; print(libusb_package.get_library_path())"` must print a path. Windows: take a Python for which libusb-package has a finished wheel (`pip install --only-binary :all: libusb-package`), or put libusb-1.0.dll of libusb\'s releases beside python.exe. macOS: `brew install libusb`. Linux: the package libusb-1.0-0.';
