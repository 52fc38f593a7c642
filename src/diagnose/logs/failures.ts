import { comesAndGoes } from "../comes-and-goes.ts";
import { FactSet } from "../fact-set.ts";
import type { Fact, Stage } from "../facts.ts";
import { underResetIn } from "../under-reset.ts";

/** Facts that say that something went wrong: those that stand, and those that a later success overcame. */
export function failuresIn(facts: readonly Fact[]): { standing: Fact[]; overcome: Fact[] } {
  const set = new FactSet(facts);
  const isHeld = underResetIn(set);
  const standing: Fact[] = [];
  const overcome: Fact[] = [];
  for (const each of facts) {
    if (!isFailure(each)) continue;
    const cure = cures(each);
    const later =
      isRepeated(set, each) ||
      (cure !== undefined &&
        set.all("stage").some((stage) => isCured(stage, cure) && set.before(each, stage) && !heldSince(each, stage)));
    (later ? overcome : standing).push(each);
  }
  return { standing, overcome };

  /**
   * A chip that answers under reset alone is not well: its program takes the port away. And where it answers without a
   * reset alone, the reset is not what the tool takes it for.
   */
  function heldSince(each: Fact, stage: Fact): boolean {
    if (each.kind !== "wire-answer" || each.value.answer !== "none") return false;
    return (each.value.manner === undefined ? isHeld(each) : each.value.manner === "under-reset") !== isHeld(stage);
  }

  function isCured({ value }: { value: { stage: Stage; reached: boolean } }, cure: readonly Stage[]): boolean {
    return value.reached && cure.includes(value.stage);
  }
}

/** What went wrong was done again, and went well. */
function isRepeated(set: FactSet, each: Fact): boolean {
  if (each.kind === "fus") return set.all("fus", ({ answer }) => answer === "ok").some((ok) => set.before(each, ok));
  if (each.kind === "debug-authentication") {
    return set.all("debug-authentication", ({ answer }) => answer === "ok").some((ok) => set.before(each, ok));
  }
  // Lost while nothing was worked at, it left no work undone once it was back.
  if (each.kind === "target-lost") {
    const { during } = each.value;
    const idle = during === "session" || during === "idle" || during === "run";
    return idle && !comesAndGoes(set) && set.all("target-back").some((back) => set.before(each, back));
  }
  if (each.kind !== "embedded-flashing") return false;
  const { step, partition } = each.value;
  return set
    .all("embedded-flashing", (value) => value.done && value.step === step && value.partition === partition)
    .some((done) => set.before(each, done));
}

const connected: readonly Stage[] = ["target-connected", "identified", "erased", "programmed", "verified", "running"];

/** What has to be reached later for a failure to be over; `undefined`: nothing undoes it. */
function cures({ kind, value }: Fact): readonly Stage[] | undefined {
  switch (kind) {
    case "wire-answer":
    case "probe-trouble":
    case "chip-unidentified":
    case "verdict":
    case "access-port-failed":
    case "path-missing":
    case "option-unknown":
    case "unknown-error":
    case "adapter-unfit":
    case "serial-port-failed":
    case "probe-command-missing":
    case "boot-loader":
    case "image-launched":
    case "program-crashed":
      return connected;
    case "config-unfit":
      // A trace port that was not started has no part in what is reached.
      return value.why === "unset" ? undefined : connected;
    case "image-unusable":
    case "external-flash":
      return ["programmed", "verified"];
    case "client-trouble":
      if (value.what !== "memory") return undefined;
      // The core's own and the debug unit's registers are read as a chip is reached: one that is, later, gave them.
      return value.address !== undefined && value.address >= 0xe000_0000 ? connected : ["programmed", "verified"];
    case "flash-trouble":
      return value.operation === "verify" ? ["verified"] : ["programmed", "verified"];
    case "stage":
      return value.reached ? undefined : connected;
    case "port-taken":
      return ["server-ready", "client-connected"];
    default:
      return undefined;
  }
}

/** Whether a fact says that something went wrong. */
export function isFailure({ kind, value }: Fact): boolean {
  switch (kind) {
    case "verdict":
    case "probe-trouble":
    case "target-lost":
    case "access-port-failed":
    case "flash-trouble":
    case "port-taken":
    case "option-unknown":
    case "path-missing":
    case "version-mismatch":
    case "client-trouble":
    case "chip-unidentified":
    case "voltage-below":
    case "halt-failed":
    case "breakpoints-exhausted":
    case "error-code":
    case "unknown-error":
    case "adapter-unfit":
    case "config-unfit":
    case "image-unusable":
    case "external-flash":
    case "image-launched":
    case "program-crashed":
    case "serial-port-failed":
    case "secure-service-failed":
    case "launch-unfit":
    case "link-overflow":
    case "sectors-unknown":
    case "script-error":
    case "debug-info-missing":
    case "semihosting-call":
    case "value-undefined":
    case "probe-command-missing":
    case "resets-seen":
      return true;
    case "waits-for":
      return "flag" in value;
    case "rtt-missing":
      return value.symbol !== false;
    case "debug-authentication":
      return value.answer === "none" || value.answer === "refused";
    case "chip-unsupported":
      return value.has !== "core";
    case "boot-loader":
      return value.answer !== "ok";
    case "fus":
      return value.answer !== "ok";
    case "embedded-flashing":
      return !value.done;
    case "wire-answer":
      return value.answer !== "ok";
    case "genuine":
      return value.verdict !== "st";
    case "loader-init":
      return value.outcome !== "ok";
    case "exit-status":
      return value.status !== 0;
    case "server-ended":
      return value.why === "error";
    case "stage":
      return !value.reached;
    case "core":
      return value.state === "lockup";
    default:
      return false;
  }
}
