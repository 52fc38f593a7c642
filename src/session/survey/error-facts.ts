import { isProbityError, type ProbityError } from "../../base/errors.ts";
import { type Fact, type FactSource, type FactValues, fact } from "../../diagnose/facts.ts";

type Trouble = FactValues["probe-trouble"]["what"];

/** What each code of ours says of the probe. */
const troubles: Readonly<Record<string, Trouble>> = {
  "link-no-usb": "no-usb",
  "link-no-probe": "none-found",
  "link-serial-not-found": "serial-not-found",
  "link-usb-permission": "permission",
  "link-busy": "busy",
  "probe-in-use": "busy",
  "link-unplugged": "unplugged",
  "link-usb-unavailable": "driver-missing",
  "link-server-absent": "server-absent",
  "link-server-unfit": "server-strange",
  "link-server-gone": "server-gone",
  "link-server-silent": "server-gone",
  "link-server-garbled": "server-gone",
  "probe-v1-unsupported": "unsupported",
  "probe-without-debug": "unsupported",
  "probe-in-bootloader": "dfu-mode",
  "probe-firmware-too-old": "firmware-too-old",
  "probe-too-old": "firmware-too-old",
  "link-timeout": "usb-error",
  "link-stall": "usb-error",
  "link-overflow": "usb-error",
  "link-usb-failed": "usb-error",
  "probe-short-reply": "usb-error",
  "probe-failed": "usb-error",
  "probe-mode-stuck": "usb-error",
};

const answers: Readonly<Record<string, FactValues["wire-answer"]["answer"]>> = {
  "no-answer": "none",
  "line-error": "error",
  wait: "wait",
  fault: "fault",
};

type FlashTrouble = FactValues["flash-trouble"];

/** How a server went away. */
const goneWords: Readonly<Record<string, string>> = {
  "link-server-gone": "it closed the connection",
  "link-server-silent": "it no longer answers",
  "link-server-garbled": "its answers no longer fit what was asked",
};

const flashTroubles: Readonly<Record<string, Omit<FlashTrouble, "address">>> = {
  "flash-protected": { operation: "program", reason: "protected" },
  "flash-locked": { operation: "program", reason: "protected" },
  "flash-program-failed": { operation: "program", reason: "mismatch" },
  "flash-verify-failed": { operation: "verify", reason: "mismatch" },
  "flash-timeout": { operation: "program", reason: "timeout" },
  "flash-image-too-large": { operation: "program", reason: "size" },
  "algorithm-timeout": { operation: "algorithm", reason: "timeout" },
  "algorithm-fault": { operation: "algorithm", reason: "algorithm" },
  "flash-algorithm-failed": { operation: "algorithm", reason: "algorithm" },
};

/** Errors that bits lost on the wires can make: a flipped bit may look like a fault of the bus, of flash or of the core. */
const noiseLike =
  /^(swd|jtag|memory|core|debug|flash|algorithm|ram|loader)-|^probe-(command-refused|failed|short-reply)$/;

export function mayBeNoise(code: string): boolean {
  return noiseLike.test(code);
}

/**
 * What an error of ours tells of probe, wires and target. `doing` says in which step: `connecting over SWD at 950 kHz`.
 */
export function factsOfError(error: unknown, doing: string): Fact[] {
  if (!isProbityError(error)) return [];
  const { code, message, facts } = error;
  const source: FactSource = { from: "target", what: `${doing}: ${message}` };
  const found: Fact[] = [fact("error-code", { code, message }, source)];
  const what = troubles[code];
  if (what !== undefined) {
    const detail = detailOf(error, what);
    const server = typeof facts.server === "string" ? { server: facts.server } : {};
    found.push(fact("probe-trouble", { what, ...(detail !== undefined && { detail }), ...server }, source));
  }
  const wire = /^(swd|jtag)-(no-answer|line-error|wait|fault)$/.exec(code);
  if (wire !== null) {
    found.push(fact("wire-answer", { answer: answers[wire[2]], protocol: wire[1] as "swd" | "jtag" }, source));
  }
  if (code === "core-halt-timeout" && facts.heldInReset === true) {
    found.push(fact("core", { state: "in-reset" }, source));
  }
  if (code === "core-not-found") found.push(fact("access-port-failed", { ap: Number(facts.ap ?? 0) }, source));
  const flash = flashTroubles[code];
  if (flash !== undefined) found.push(fact("flash-trouble", { ...flash, ...flashDetails(error) }, source));
  return found;
}

function detailOf({ code, facts, message }: ProbityError, what: Trouble): string | undefined {
  if (what === "serial-not-found") return facts.there === undefined ? undefined : String(facts.there);
  if (what === "busy") return facts.holder === undefined ? undefined : String(facts.holder);
  if (what === "no-usb") return facts.where === undefined ? undefined : String(facts.where);
  if (what === "server-strange") return `${facts.what}${facts.answer === undefined ? "" : ` ("${facts.answer}")`}`;
  if (what === "server-gone") return goneWords[code];
  if (what === "usb-error") return `${message.replace(/\.$/, "")} [${code}]`;
  return what === "unsupported" ? message.replace(/\.$/, "") : undefined;
}

function flashDetails({ facts }: ProbityError): Pick<FlashTrouble, "address" | "expected" | "found"> {
  const number = (name: string): number | undefined =>
    typeof facts[name] === "number" ? (facts[name] as number) : undefined;
  const [address, expected, found] = [number("address"), number("expected"), number("found")];
  return {
    ...(address !== undefined && { address }),
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
  };
}
