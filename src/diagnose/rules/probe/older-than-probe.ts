import { type FactSet, quotes } from "../../fact-set.ts";
import type { Tool } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { release } from "../board/tool-too-old.ts";

/** Releases of stlink since which it takes these products for ST-LINKs, by its release notes and usb.h. */
const firstRelease: ReadonlyMap<number, string> = new Map([
  [0x3752, "1.6.1"],
  [0x374d, "1.6.1"],
  [0x374e, "1.6.1"],
  [0x374f, "1.6.1"],
  [0x3753, "1.7.0"],
  [0x3754, "1.8.0"],
  [0x3757, "1.8.0"],
]);
/** The release before each: a build from between the two may have what the later one brought. */
const before: Readonly<Record<string, string>> = { "1.6.1": "1.6.0", "1.7.0": "1.6.1", "1.8.0": "1.7.0" };

const stlinkTools: ReadonlySet<Tool | undefined> = new Set<Tool>(["st-info", "st-flash", "st-util"]);

/** An ST-LINK on USB that came later than the tool that finds none. */
export const olderThanProbe: Rule = {
  name: "tool-older-than-probe",
  why: "The stlink tools know an ST-LINK by its USB product ID, from a list of their own (usb.h). ST gives a new one to each kind, and to each set of interfaces that its updater can choose: 374B becomes 3752 where the mass storage is dropped.",
  conclude(facts: FactSet) {
    const seen = facts.last("probe-on-usb");
    const missed = facts.last("probe-trouble", ({ what }) => what === "none-found");
    const tool = facts.last("tool", ({ name, version }) => stlinkTools.has(name) && version !== undefined);
    if (seen === undefined || missed?.source.from !== "log" || !stlinkTools.has(missed.source.tool)) return [];
    const first = firstRelease.get(seen.value.productId);
    const version = tool?.value.version?.replace(/^v/i, "");
    if (first === undefined || version === undefined) return [];
    const own = release(version);
    const between = /-\d+-g[0-9a-f]{5}/i.test(version) && own >= release(before[first]) - 0.001;
    if (own >= release(first) - 0.001 || between) return [];
    return [
      conclusion("probe-unsupported", {
        certainty: "likely",
        variant: "older",
        values: { version, product: `0483:${seen.value.productId.toString(16)}`, first, detail: "" },
        evidence: quotes(tool, seen, missed),
        remedyFirst: [
          `Install stlink ${first} or later (https://github.com/stlink-org/stlink/releases), with its udev rules; ST's own tools and a new OpenOCD or probe-rs know this product, too.`,
          ...(seen.value.productId === 0x3752
            ? [
                "Or let ST's updater (STLinkUpgrade, Change Type) give the probe back its mass storage: it has the product ID 374b then.",
              ]
            : []),
        ],
        weight: 93,
        explains: ["probe-none", "probe-permission", "probe-busy", "not-enough-to-tell"],
      }),
    ];
  },
};
