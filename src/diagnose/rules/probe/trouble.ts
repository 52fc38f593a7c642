import type { FindingCode } from "../../catalogue/catalogue.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf, FactValues } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { bySystem } from "./by-system.ts";

type Trouble = FactValues["probe-trouble"]["what"];

const codes: Readonly<Record<Trouble, { readonly code: FindingCode; readonly variant?: string }>> = {
  "none-found": { code: "probe-none" },
  "no-usb": { code: "probe-no-usb-bus" },
  "serial-not-found": { code: "probe-serial-missing" },
  "serial-absent": { code: "probe-serial-missing", variant: "absent" },
  permission: { code: "probe-permission" },
  busy: { code: "probe-busy" },
  "usb-error": { code: "probe-usb-trouble" },
  unplugged: { code: "probe-unplugged" },
  "dfu-mode": { code: "probe-in-update-mode" },
  "driver-missing": { code: "probe-driver-missing" },
  "firmware-too-old": { code: "probe-firmware-old", variant: "refused" },
  "upgrade-refused": { code: "probe-usb-trouble", variant: "mode" },
  "upgrade-broken": { code: "probe-firmware-old", variant: "broken" },
  "shared-server-missing": { code: "probe-shared-server" },
  "shared-server-refused": { code: "probe-shared-server" },
  "server-absent": { code: "probe-server-absent" },
  "server-strange": { code: "probe-server-strange" },
  "server-gone": { code: "probe-server-gone" },
  unsupported: { code: "probe-unsupported" },
};

/** The system tells these by an error number of its own; of the others a tool says what it takes for the cause. */
const sure: ReadonlySet<Trouble> = new Set([
  "none-found",
  "no-usb",
  "serial-not-found",
  "permission",
  "busy",
  "unplugged",
  "unsupported",
  "dfu-mode",
  "firmware-too-old",
  "server-absent",
  "server-strange",
  "server-gone",
]);

/** In front of these stands a server: that it has none, or lost it, is said of the server. */
const behindServer: Partial<Readonly<Record<Trouble, string>>> = { "none-found": "server", unplugged: "server" };

/** What a tool's words alone do not prove. */
const doubtfulFromLog: ReadonlySet<Trouble> = new Set([
  "busy",
  "none-found",
  "no-usb",
  "serial-not-found",
  // A probe that hangs, or a virtual machine that passes USB on, loses a device as a pulled cable does.
  "unplugged",
  // The tool's own list decides that, and what it read of the device.
  "unsupported",
]);

const atServer = "Look at the machine on which the server runs: what follows is to be done there.";

/** Tools that speak to the chip's own boot loader over USB, without a probe. */
const ofBootLoader: ReadonlySet<string | undefined> = new Set(["dfu-util", "dfusecommand"]);
const withBootLoader: ReadonlySet<Trouble> = new Set([
  "permission",
  "busy",
  "driver-missing",
  "usb-error",
  "unplugged",
]);

/** Without a probe nothing is known of the target. */
const explains = [
  "wires-open",
  "target-no-power",
  "not-enough-to-tell",
  "firmware-disables-swd",
  "firmware-low-power",
  "wire-noisy",
  "wire-clock-too-fast",
  "supply-dips",
];

export const probeTrouble: Rule = {
  name: "probe-trouble",
  why: "The operating system tells why a USB device can't be opened (ENOENT, EACCES, EBUSY, ENODEV); the probe tells its own version. The target plays no part in either.",
  conclude(facts: FactSet): readonly Conclusion[] {
    return facts.all("probe-trouble").flatMap((trouble) => {
      // A tool that went on, or another one that did, shows that the trouble was none.
      if (bySystem(facts, trouble) === "not so") return [];
      if (overcome(facts, trouble) || ofOtherGeneration(trouble) || noneAtAll(facts, trouble)) return [];
      return [one(facts, trouble)];
    });
  },
};

/** Firmware of a later generation counts from 1 anew: that it is old by the earlier one's numbers is the tool's mistake. */
export function ofOtherGeneration({ value }: FactOf<"probe-trouble">): boolean {
  return value.compared !== undefined && value.compared.found > value.compared.least;
}

/** One of a number was looked for, and a list that was made afterwards has none. */
function noneAtAll(facts: FactSet, trouble: FactOf<"probe-trouble">): boolean {
  if (trouble.value.what !== "serial-not-found") return false;
  return facts.all("probe-trouble", ({ what }) => what === "none-found").some((none) => facts.before(trouble, none));
}

/** What is over when the target is back. */
const comesBack: ReadonlySet<Trouble> = new Set(["unplugged", "usb-error", "server-gone"]);

function overcome(facts: FactSet, trouble: FactOf<"probe-trouble">): boolean {
  // Of several devices one may not be opened, and it was another that was meant.
  if (trouble.source.from === "log" && ofBootLoader.has(trouble.source.tool)) {
    const done = facts.last("stage", ({ stage, reached }) => reached && stage === "programmed");
    if (done !== undefined && facts.before(trouble, done)) return true;
  }
  if (comesBack.has(trouble.value.what)) {
    const back = facts.last("target-back");
    return back !== undefined && facts.before(trouble, back);
  }
  // A tool that waited for a probe, or listed a device without a driver, and then had one.
  if (trouble.value.what === "none-found" || trouble.value.what === "driver-missing") {
    const had = facts.last("stage", ({ stage, reached }) => reached && stage === "probe-opened");
    if (had !== undefined && sameTool(had, trouble) && facts.before(trouble, had)) return true;
  }
  const opened = facts.last("probe-firmware");
  const connected = facts.last("device-id", ({ id }) => id !== 0);
  // The holder let go: what fails after that has another cause.
  if (trouble.value.what === "busy" && opened !== undefined && facts.before(trouble, opened)) {
    return !facts.all("probe-trouble", ({ what }) => what === "busy").some((each) => facts.before(opened, each));
  }
  return (
    opened !== undefined && connected !== undefined && facts.before(trouble, opened) && facts.before(opened, connected)
  );
}

/**
 * Whether a refusal is for want of rights beyond doubt: on Linux, whose error number EACCES it is. libusb says ACCESS on
 * Windows and macOS of a device that another program holds, too (ERROR_ACCESS_DENIED, that of a
 * driver which does not fit as well; kIOReturnExclusiveAccess).
 */
function lacksRights(facts: FactSet, { source }: FactOf<"probe-trouble">): boolean {
  if (source.from === "target") return true;
  const system = facts.last("operating-system");
  if (system !== undefined) return system.value.name === "linux";
  return (
    source.from === "log" &&
    /permission denied|not permitted|\bE(?:ACCES|PERM)\b|errno[ =]*(?:1|13)\b|\/dev\/|\budev\b/i.test(source.text)
  );
}

const plugAgain =
  "Unplug the probe, plug it in again, and press the updater's button before anything else uses it; end what may (an IDE, a server), and try without a hub or virtual machine between.";

const withoutSerial =
  "Update its firmware (STLinkUpgrade), and plug it in anew. If the updater turns it down, or shows no serial number either, it is a copy: take an ST-LINK of ST's (one on a Nucleo board serves other boards as well), or a tool that asks for no number (STM32CubeIDE: debug probe ST-LINK (OpenOCD)).";

/** Users' threads of updates that broke off ended at the virtual machine, another socket or cable, and at copies. */
const otherMachine =
  "Plug the probe in anew and update it from the computer itself, not from a virtual machine, by another cable and socket without a hub: the probe leaves USB and comes back in another mode, and what is between must follow.";
const forced =
  "What was left of the firmware no longer tells its type: STLinkUpgrade takes it from you (`java -jar STLinkUpgrade.jar -force_prog` with the type of the probe, as -d8_d32_msc_br for a V3 with drive and bridge).";

/** OpenOCD before 0.11 opens only the kind of ST-LINK that its interface's file names by product ID. */
function opensOneKind(facts: FactSet, { source, value }: FactOf<"probe-trouble">): boolean {
  if (source.from !== "log" || source.tool !== "openocd" || value.what !== "none-found") return false;
  return facts.has("tool", ({ name, version }) => name === "openocd" && /^0\.(?:\d|10)\./.test(version ?? ""));
}

const namedKind =
  "OpenOCD up to 0.10 opens only the kind of ST-LINK that its interface file names: interface/stlink-v2.cfg 0483:3748, interface/stlink-v2-1.cfg 0483:374b. The file of a board may be for an earlier edition of it: give -f interface/... and -f target/... yourself, or take a newer OpenOCD (interface/stlink.cfg has them all).";

/** OpenOCD after 0.12 has its older driver for probes of old firmware under a name of its own. */
function withOldDriver({ source }: FactOf<"probe-trouble">): boolean {
  return source.from === "log" && source.tool === "openocd" && /only supports .{0,20}\bHLA\b/i.test(source.text);
}

const oldDriver =
  "Until it is updated: -f interface/stlink-hla.cfg in place of interface/stlink.cfg, which is the driver that such firmware can still serve.";

const otherInterface =
  "OpenOCD looks for the kind of probe that its interface file names, and for no other: with an ST-LINK, give -f interface/stlink.cfg (up to 0.10 stlink-v2.cfg or stlink-v2-1.cfg).";

function sameTool(one: Fact, other: Fact): boolean {
  return one.source.from === "log" && other.source.from === "log" && one.source.tool === other.source.tool;
}

/** Whether some tool says that the probe is in use. */
function inUse(facts: FactSet): boolean {
  return facts.has("probe-trouble", ({ what }) => what === "busy");
}

function one(facts: FactSet, trouble: FactOf<"probe-trouble">): Conclusion {
  const { detail } = trouble.value;
  const serial = facts.last("option", ({ name }) => name === "serial-number");
  // Some tools say "not found" of a probe that nobody named.
  const unnamed = trouble.value.what === "serial-not-found" && serial === undefined && detail === undefined;
  // Windows has no rules of who may use a device: it refuses one that is in use, or whose driver is another program's.
  const held =
    trouble.value.what === "permission" &&
    trouble.source.from === "log" &&
    facts.last("operating-system")?.value.name === "windows";
  const what = held ? "busy" : unnamed && trouble.source.from === "log" ? "none-found" : trouble.value.what;
  const { code } = codes[what];
  const { server } = trouble.value;
  const direct = trouble.source.from === "log" && ofBootLoader.has(trouble.source.tool) && withBootLoader.has(what);
  const variant = direct
    ? "bootLoader"
    : held
      ? "windows"
      : server === undefined
        ? trouble.value.kind === undefined
          ? trouble.value.afterVersion
            ? "unwritten"
            : codes[what].variant
          : "other"
        : (behindServer[what] ?? codes[what].variant);
  const firmware = facts.last("probe-firmware");
  const values = {
    serial: what === "serial-not-found" ? (serial?.value.value ?? "the one asked for") : "",
    there: detail === undefined || what !== "serial-not-found" ? "" : ` (there: ${detail})`,
    detail:
      code === "probe-usb-trouble" ? (detail ?? "commands go unanswered") : detail === undefined ? "" : `: ${detail}`,
    place: what === "no-usb" && detail !== undefined ? `This ${detail}` : "This machine",
    firmware: firmware === undefined ? "" : ` ${firmware.value.text}`,
    lacks: "",
    server: server ?? "",
    what: detail ?? "",
    kind: trouble.value.kind ?? "",
  };
  const own = trouble.source.from === "target";
  // Tools that may not open a probe, or lack its driver, say that there is none.
  const certainty =
    trouble.value.or !== undefined && bySystem(facts, trouble) === "open"
      ? "possible"
      : sure.has(what) &&
          (own || !(doubtfulFromLog.has(what) || (what === "permission" && !lacksRights(facts, trouble))))
        ? "certain"
        : "likely";
  return conclusion(code, {
    certainty,
    ...(code === "probe-firmware-old" && { severity: "error" }),
    variant,
    values,
    evidence: quotes(trouble, firmware, what === "serial-not-found" ? serial : undefined),
    ...(server !== undefined && variant === "server" && { remedyFirst: [atServer] }),
    ...(what === "serial-absent" && { remedyFirst: [withoutSerial] }),
    ...(what === "upgrade-refused" && { remedyFirst: [plugAgain] }),
    ...(what === "upgrade-broken" && { remedyFirst: [otherMachine, ...(detail === undefined ? [] : [forced])] }),
    ...(withOldDriver(trouble) && { remedyFirst: [oldDriver] }),
    ...(trouble.value.kind !== undefined
      ? { remedyFirst: [otherInterface] }
      : opensOneKind(facts, trouble) && { remedyFirst: [namedKind] }),
    // What another tool found in use is held: that tells more than that it may not be opened.
    weight: code === "probe-permission" && certainty !== "certain" && inUse(facts) ? 88 : 90,
    explains: [
      ...explains,
      ...(code === "probe-unplugged" ? ["probe-usb-trouble"] : []),
      // What may not be opened is not seen by some tools.
      ...(code === "probe-permission" || code === "probe-driver-missing" ? ["probe-none"] : []),
      // A boot loader that may not be opened was there.
      ...(direct && what !== "usb-error" && what !== "unplugged" ? ["boot-loader-silent"] : []),
      // That a transfer failed is said of what could not be opened as well.
      ...(code === "probe-permission" || code === "probe-driver-missing" || code === "probe-busy"
        ? ["probe-usb-trouble"]
        : []),
    ],
  });
}
