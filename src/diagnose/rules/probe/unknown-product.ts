import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** An STLINK-V3 without its drive, and the release of probe-rs that came after it took this one for an ST-LINK (pull request 1070). */
const WITHOUT_DRIVE = 0x3754;
const KNOWN_SINCE = "0.13.0";

/** The number that counts in releases of 0.x. */
function minor(version: string): number {
  const [major = 0, second = 0] = version.split(".").map(Number);
  return major * 1000 + second;
}

/** An ST-LINK on USB whose product ID came later than the probe-rs that finds none. */
export const unknownProduct: Rule = {
  name: "product-unknown-to-probe-rs",
  why: "probe-rs knows an ST-LINK by its USB product ID, from a list of its own. ST gives a new one to each kind and to each set of interfaces that its updater can choose: an STLINK-V3 without its drive is 3754 (probe-rs issue 1069).",
  conclude(facts: FactSet) {
    const seen = facts.last("probe-on-usb", ({ productId }) => productId === WITHOUT_DRIVE);
    const missed = facts.last("probe-trouble", ({ what }) => what === "none-found");
    const tool = facts.last("tool", ({ name, version }) => name === "probe-rs" && version !== undefined);
    if (seen === undefined || missed?.source.from !== "log" || missed.source.tool !== "probe-rs") return [];
    const version = tool?.value.version;
    if (version === undefined || minor(version) >= minor(KNOWN_SINCE)) return [];
    return [
      conclusion("tool-defect", {
        certainty: "likely",
        values: {
          what: `The probe is on USB as 0483:${WITHOUT_DRIVE.toString(16)}, an STLINK-V3 without its drive, and probe-rs ${version} does not know that product ID: it takes devices for ST-LINKs by a list, in which this one came with ${KNOWN_SINCE}`,
          better:
            "Take a current probe-rs (`cargo install probe-rs-tools --locked`), with its udev rules. Or, where the drive was switched off, let ST's updater (STLinkUpgrade, Change Type) give it back: the probe has the product ID 374e or 374f then.",
        },
        evidence: quotes(tool, seen, missed),
        weight: 93,
        explains: ["probe-none", "probe-permission", "probe-busy", "not-enough-to-tell"],
      }),
    ];
  },
};
