import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import { describeAccessPort } from "../../coresight/access-port.ts";
import { powerUpDebugPort } from "../../coresight/debug-port.ts";
import { openMemoryPort } from "../../coresight/probe-port.ts";
import { FactSet } from "../../diagnose/fact-set.ts";
import type { Fact } from "../../diagnose/facts.ts";
import type { Probe, ProbeIdentity } from "../../probe/probe.ts";
import { openStlinkProbe } from "../../probe/stlink/open.ts";

import { type IdentifiedChip, identify } from "../../stm32/identify.ts";
import { openLink } from "../open-link.ts";
import type { RecordChoice } from "../open-recorded.ts";
import type { DebugConfiguration } from "../opened-link.ts";
import type { ProbeSpec } from "../probe-spec.ts";
import { identifyAndRecord } from "./chip-facts.ts";
import { type CoreFound, lookAtCore, readStackedFrame } from "./core-steps.ts";
import { factsOfError, mayBeNoise } from "./error-facts.ts";
import { FactRecorder } from "./fact-recorder.ts";
import { lookAtBootMemory, lookForProgram } from "./flash-steps.ts";
import { recordProbe, recordVoltage } from "./probe-steps.ts";
import { testNrst, tryUnderReset } from "./reset-steps.ts";
import { watchTarget } from "./watch-steps.ts";
import { findContact, measureQuality, type WireContact } from "./wire-steps.ts";

/**
 * Whether the survey may reset the target: `never`; `if-silent`, when it answers in no other way; `yes`, which also tests
 * NRST and halts a core that stands in a fault handler for a moment.
 */
export type ResetPolicy = "never" | "if-silent" | "yes";

export interface SurveyOptions {
  readonly reset: ResetPolicy;
  /** Writes everything that goes over the link to a file. */
  readonly record?: RecordChoice;
  /** Something that the user should see at once. */
  readonly note?: (text: string) => void;
  /** Highest wire clock, kHz. */
  readonly frequency?: number;
  /** What is being done now, for whoever waits. */
  readonly onStep?: (doing: string) => void;
  /** Looks for rare errors on the wires, too: ten times as many reads, some 0.5 s more on a real probe (estimated). */
  readonly thoroughWires?: boolean;
}

/** What was found, as far as it was found. */
export interface Survey {
  readonly facts: readonly Fact[];
  readonly probe?: ProbeIdentity;
  readonly chip?: IdentifiedChip;
  readonly core?: CoreFound;
  /** What the virtual bench's own debug configuration names. */
  readonly configuration?: DebugConfiguration;
}

/**
 * Opens probe and target and looks at everything that can be looked at. Never rejects for what it meets: that is in the
 * facts. The target is left as it was found, except for the resets that `reset` allows.
 */
export async function survey(spec: ProbeSpec, serial: string | undefined, options: SurveyOptions): Promise<Survey> {
  const recorder = new FactRecorder();
  options.onStep?.("opening the probe");
  let opened: Awaited<ReturnType<typeof openLink>>;
  try {
    opened = await openLink(spec, serial, options);
  } catch (error) {
    const found = factsOfError(error, "opening the probe");
    // A mistake in the words after --probe is no fault of the bench.
    if (!found.some(({ kind }) => kind === "probe-trouble")) throw error;
    return { facts: found };
  }
  const { link, clock, configuration } = opened;
  let result: Omit<Survey, "facts"> = {};
  let probe: Probe | undefined;
  try {
    probe = await openStlinkProbe(link);
    recordProbe(recorder, probe.identity);
    result = { probe: probe.identity, ...(await surveyTarget(recorder, probe, clock, options)) };
  } catch (error) {
    if (!isProbityError(error)) throw error;
    const known = recorder.facts.some(({ kind, value }) => kind === "error-code" && value.code === error.code);
    if (!known) recorder.add(...factsOfError(error, "talking to the probe"));
    if (probe !== undefined) result = { ...result, probe: probe.identity };
  } finally {
    await probe?.close().catch(() => {});
    await link.close().catch(() => {});
    opened.dispose();
  }
  return { facts: recorder.facts, ...result, ...(configuration !== undefined && { configuration }) };
}

/** Milliseconds after which a board that was just powered stands on its feet. */
const settleTime = 50;
/** Volts by which two readings may differ without meaning anything. */
const STEADY = 0.1;

/** The part of {@link survey} behind an opened probe. Rejects with `link-...` when the probe goes away. */
export async function surveyTarget(
  recorder: FactRecorder,
  probe: Probe,
  clock: Clock,
  options: SurveyOptions,
): Promise<Pick<Survey, "chip" | "core">> {
  const say = options.onStep ?? (() => {});
  say("measuring the voltage");
  const before = await recorder.step("measuring the voltage", () => recordVoltage(recorder, probe));
  await clock.sleep(settleTime);
  say("looking for an answer on SWD");
  const contact = await recorder.step("SWD", () => findContact(recorder, probe, options.frequency));
  let found: Pick<Survey, "chip" | "core"> = {};
  let silent = contact === undefined;
  if (contact !== undefined) {
    const seen = await recorder.step("looking at the target", () =>
      lookAtTarget(recorder, probe, clock, contact, options),
    );
    found = { chip: seen?.chip, core: seen?.core };
    silent = seen !== undefined && !seen.answers;
  }
  if (silent && options.reset !== "never") {
    say("connecting under reset");
    const under = await recorder.step("connecting under reset", () => tryUnderReset(recorder, probe, clock));
    if (under !== undefined) found = { ...found, chip: found.chip ?? under.chip };
  }
  if (contact !== undefined && isDoubtful(recorder.facts, probe)) {
    say("measuring the wires again");
    await recorder.step("measuring the wires again", () => measureQuality(recorder, probe, clock, contact.khz, true));
  }
  await recorder.step("measuring the voltage", async () => {
    const volts = await probe.targetVoltage();
    if (volts === undefined || before === undefined || Math.abs(volts - before) < STEADY) return;
    recorder.read("voltage", { volts }, `${volts.toFixed(2)} V at VTref at the end`);
  });
  return found;
}

/** Whether errors came that rare disturbances may have made, though none showed when the wires were measured. */
function isDoubtful(facts: readonly Fact[], { badAnswers = 0 }: Probe): boolean {
  const set = new FactSet(facts);
  if (set.has("wire-quality", ({ errors }) => errors > 0)) return false;
  return badAnswers > 0 || set.has("target-lost") || set.has("error-code", ({ code }) => mayBeNoise(code));
}

interface Seen {
  readonly chip?: IdentifiedChip;
  readonly core?: CoreFound;
  /** Whether it still answered at the end. */
  readonly answers: boolean;
}

async function lookAtTarget(
  recorder: FactRecorder,
  probe: Probe,
  clock: Clock,
  contact: WireContact,
  options: SurveyOptions,
): Promise<Seen> {
  const say = options.onStep ?? (() => {});
  const { khz } = contact;
  say(`measuring the wires at ${khz} kHz`);
  await recorder.step("measuring the wires", () => measureQuality(recorder, probe, clock, khz, options.thoroughWires));
  say("looking at the core");
  await recorder.step("powering the debug port up", () => powerUpDebugPort(probe, clock));
  const port = await recorder.step("opening the access port", () => openMemoryPort(probe, 0));
  if (port === undefined) return { answers: true };
  const core = await recorder.step("looking at the core", () => lookAtCore(recorder, port, clock));
  if (core === undefined) return { answers: true };
  say("identifying the chip");
  const chip = await recorder.step("identifying the chip", async () => {
    const accessPort = await describeAccessPort(probe, 0);
    const { cpuid, identity } = core;
    const known = { idcode: contact.dpidr, accessPort, thorough: true };
    const look = (): Promise<IdentifiedChip> => identify(probe, port, { name: identity.name, cpuid }, known);
    return identifyAndRecord(recorder, look, contact.dpidr);
  });
  const readable = chip?.row !== undefined && chip.readProtected !== true;
  if (readable) await recorder.step("looking at flash", () => lookForProgram(recorder, port, chip));
  if (core.state === "in-reset") return { chip, core, answers: true };
  if (chip?.row !== undefined) {
    const running = core.state !== "halted" && core.state !== "lockup";
    await recorder.step("looking at address 0", () => lookAtBootMemory(recorder, port, clock, chip, running));
  }
  const inHandler = core.exception >= 3 && core.exception <= 6;
  if (inHandler && (core.state === "halted" || options.reset === "yes")) {
    await recorder.step("reading the stacked frame", () => readStackedFrame(recorder, probe, port));
  }
  let answers = true;
  if (core.state !== "halted") {
    say("watching the target");
    answers = (await recorder.step("watching", () => watchTarget(recorder, probe, port, clock, chip))) !== false;
  }
  if (answers && options.reset === "yes") {
    say("testing NRST");
    await recorder.step("testing NRST", () => testNrst(recorder, probe, port, clock));
  }
  return { chip, core, answers };
}
