import { type FactSet, quotes } from "../../fact-set.ts";
import type { Tool } from "../../facts.ts";
import { isBetweenReleases, isOlder } from "../../releases.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** A list of ST-LINKs by product ID, as a family of tools has it. */
interface ProductList {
  readonly tools: readonly Tool[];
  readonly name: string;
  /** Releases since which a product is taken for an ST-LINK. */
  readonly since: ReadonlyMap<number, string>;
  /** The release before each: a build from between the two may have what the later one brought. */
  readonly before: Readonly<Record<string, string>>;
  readonly remedy: (first: string) => string;
}

const lists: readonly ProductList[] = [
  {
    // Its release notes and usb.h.
    tools: ["st-info", "st-flash", "st-util"],
    name: "stlink",
    since: new Map([
      [0x3752, "1.6.1"],
      [0x374d, "1.6.1"],
      [0x374e, "1.6.1"],
      [0x374f, "1.6.1"],
      [0x3753, "1.7.0"],
      [0x3754, "1.8.0"],
      [0x3757, "1.8.0"],
    ]),
    before: { "1.6.1": "1.6.0", "1.7.0": "1.6.1", "1.8.0": "1.7.0" },
    remedy: (first) =>
      `Install stlink ${first} or later (https://github.com/stlink-org/stlink/releases), with its udev rules; ST's own tools and a new OpenOCD or probe-rs know this product, too.`,
  },
  {
    // An STLINK-V3 without its drive: pull request 1070.
    tools: ["probe-rs"],
    name: "probe-rs",
    since: new Map([[0x3754, "0.13.0"]]),
    before: { "0.13.0": "0.12.0" },
    remedy: () => "Take a current probe-rs (`cargo install probe-rs-tools --locked`), with its udev rules.",
  },
];

/** What ST's updater can make of a probe whose drive was switched off. */
const withDrive: ReadonlyMap<number, string> = new Map([
  [0x3752, "374b"],
  [0x3754, "374e or 374f"],
]);

/** An ST-LINK on USB that came later than the tool that finds none. */
export const olderThanProbe: Rule = {
  name: "tool-older-than-probe",
  why: "The open tools know an ST-LINK by its USB product ID, each from a list of its own. ST gives a new one to each kind, and to each set of interfaces that its updater can choose: 374B becomes 3752 where the mass storage is dropped.",
  conclude(facts: FactSet) {
    const seen = facts.last("probe-on-usb");
    const missed = facts.last("probe-trouble", ({ what }) => what === "none-found");
    if (seen === undefined || missed?.source.from !== "log") return [];
    const by = missed.source.tool;
    const list = lists.find(({ tools }) => tools.some((each) => each === by));
    const tool = facts.last(
      "tool",
      ({ name, version }) => list?.tools.includes(name) === true && version !== undefined,
    );
    const first = list?.since.get(seen.value.productId);
    const version = tool?.value.version?.replace(/^v/i, "");
    if (list === undefined || first === undefined || version === undefined) return [];
    const drive = withDrive.get(seen.value.productId);
    const between = isBetweenReleases(version) && !isOlder(version, list.before[first]);
    if (!isOlder(version, first) || between) return [];
    return [
      conclusion("probe-unsupported", {
        certainty: "likely",
        variant: "older",
        values: { tool: list.name, version, product: `0483:${seen.value.productId.toString(16)}`, first, detail: "" },
        evidence: quotes(tool, seen, missed),
        remedyFirst: [
          list.remedy(first),
          ...(drive === undefined
            ? []
            : [
                `Or let ST's updater (STLinkUpgrade, Change Type) give the probe back its mass storage: it has the product ID ${drive} then.`,
              ]),
        ],
        weight: 93,
        explains: ["probe-none", "probe-permission", "probe-busy", "not-enough-to-tell"],
      }),
    ];
  },
};
