import { controllerPresence, shortChipName } from "../../chips/memory-controllers.ts";
import type { Finding } from "../finding.ts";
import { lacksSentence } from "./bus-fault.ts";
import { judgeChip } from "./chips-for-loader.ts";
import { needsController } from "./controller-missing.ts";
import { findLoop, type Loop } from "./loop.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { checkBoard, doWithout, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, listText } from "./words.ts";

const PENDSTSET = 1 << 26;
/** ENABLE and TICKINT of SYST_CSR (ARMv7-M B3.3.3). */
const TICKING = 3;

/** Still running when its time was over: what it was waiting for. */
export function timedOut(reading: Reading): Finding | undefined {
  const { failure } = reading;
  if (failure.outcome !== "timed-out" || failure.core === undefined) return undefined;
  const loop = findLoop(reading);
  if (loop === undefined) return leftLoader(reading);
  return (
    sleeps(reading, loop) ??
    waitsForTick(reading, loop) ??
    gaveUp(reading, loop) ??
    pollsHardware(reading, loop) ??
    waitsForMemory(reading, loop) ??
    tooSlow(reading, loop)
  );
}

function ran({ failure, call }: Reading): string {
  return `${call} did not return within ${timeText(failure.limit)}`;
}

function timeText(milliseconds: number): string {
  return milliseconds >= 1000 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

function seenEvidence(reading: Reading, loop: Loop): string {
  const places = loop.seen.map((at) => `${addressText(at)} = ${reading.place(at)}`);
  const more = places.length > 3 ? ` and ${places.length - 3} places more` : "";
  return `the core was running, seen at ${listText(places.slice(0, 3))}${more}`;
}

function registersEvidence(reading: Reading): string {
  const { core } = reading.failure;
  const tick =
    ((core?.sysTick ?? 0) & TICKING) === TICKING ? "counts and asks for interrupts" : "asks for no interrupts";
  const pending = ((core?.icsr ?? 0) & PENDSTSET) !== 0 ? "pending" : "not pending";
  return `SysTick ${tick} (SYST_CSR = ${addressText(core?.sysTick ?? 0)}); its interrupt is ${pending} (ICSR = ${addressText(core?.icsr ?? 0)}); PRIMASK = ${core?.primask ?? 0}`;
}

function sleeps(reading: Reading, loop: Loop): Finding | undefined {
  if (loop.waits.length === 0) return undefined;
  return {
    code: "loader-sleeps",
    certainty: "certain",
    cause: `${ran(reading)}: it sleeps in WFI or WFE at ${reading.place(loop.waits[0])} and waits for an interrupt, which no loader gets.`,
    evidence: [seenEvidence(reading, loop), registersEvidence(reading), POWER_AND_CABLE],
    remedy: remedyOf("loader-sleeps"),
  };
}

/** A tick counter in RAM, or a wait by its name, with the tick's interrupt held off. */
function waitsForTick(reading: Reading, loop: Loop): Finding | undefined {
  const { core } = reading.failure;
  if (core === undefined) return undefined;
  const wants = (core.sysTick & TICKING) === TICKING && (core.icsr & PENDSTSET) !== 0;
  const inRam = loop.accesses.filter(({ address }) => address !== undefined && inRamRegion(address));
  const only = loop.accesses.length > 0 && inRam.length === loop.accesses.length;
  const names = new Set(loop.seen.map((at) => reading.symbolAt(at)?.name ?? ""));
  const named = [...names].some((name) => /delay|tick|timeout/i.test(name));
  if (!(wants && (only || named)) && !(named && (only || loop.calls) && loop.closed)) return undefined;
  const variable = inRam.map(({ address }) => reading.variableAt(address ?? 0)).find((name) => name !== undefined);
  const place = reading.place(loop.seen[0]);
  return {
    code: "loader-needs-systick",
    certainty: wants && only ? "certain" : "likely",
    cause: `${ran(reading)}: ${place} waits for time to pass, ${variable === undefined ? "for a tick counter" : `for ${variable}`} that the SysTick interrupt would count up. It needs SysTick interrupts, which no loader gets.`,
    evidence: [seenEvidence(reading, loop), registersEvidence(reading), POWER_AND_CABLE],
    remedy: remedyOf("loader-needs-systick"),
  };
}

function gaveUp(reading: Reading, loop: Loop): Finding | undefined {
  if (!loop.empty) return undefined;
  const place = reading.place(loop.seen[0]);
  const handler = /error|fault|assert|abort|hang|trap|fail/i.test(reading.symbolAt(loop.seen[0])?.name ?? "");
  const code = handler ? "loader-gave-up" : "loader-endless-loop";
  return {
    code,
    certainty: "certain",
    cause: `${ran(reading)}: it is in an endless loop at ${place}${handler ? ", where it goes when something failed" : ", a branch to itself"}. ${purposeSentence(reading.failure.loader)}`,
    evidence: [seenEvidence(reading, loop), reading.deviceEvidence(), POWER_AND_CABLE],
    remedy: [checkBoard(reading.failure.loader), ...remedyOf(code)],
  };
}

/** A register, or memory behind a controller, is read again and again. */
function pollsHardware(reading: Reading, loop: Loop): Finding | undefined {
  const polled = loop.accesses.find(
    ({ address, kind }) => kind === "load" && address !== undefined && !inRamRegion(address) && address >= 0x40000000,
  );
  if (polled?.address === undefined || !loop.closed) return undefined;
  const { failure } = reading;
  const { chip } = failure.target;
  const place = reading.describe(polled.address);
  const what = `${ran(reading)}: ${reading.place(polled.at)} reads ${addressText(polled.address)}, ${place.name}, again and again`;
  const evidence = [seenEvidence(reading, loop), reading.deviceEvidence(), POWER_AND_CABLE];
  const without = doWithout(failure.loader, failure.target, failure.needed);
  if (place.controller !== undefined && chip !== undefined) {
    const presence = controllerPresence(chip, place.controller);
    if (presence.has === "no") {
      return {
        code: needsController(place.controller),
        certainty: "certain",
        cause: `${what}. ${presence.sentence}. ${purposeSentence(failure.loader)}`,
        evidence,
        remedy: without,
      };
    }
    return {
      code: "loader-memory-silent",
      certainty: "likely",
      cause: `${what}, for an answer that the memory does not give. ${purposeSentence(failure.loader)}`,
      evidence,
      remedy: [checkBoard(failure.loader), ...without.slice(-1), ...without.slice(0, 2)],
    };
  }
  if (place.own === true && place.exists === false) {
    return {
      code: "loader-needs-peripheral",
      certainty: "certain",
      cause: `${ran(reading)}: ${reading.place(polled.at)} reads ${addressText(polled.address)} again and again: ${lacksSentence(reading, place.name)} ${purposeSentence(failure.loader)}`,
      evidence,
      remedy: without,
    };
  }
  const verdict = chip && judgeChip(reading.needs, chip);
  if (place.exists !== true && verdict?.fits === "no" && verdict.code === "family") {
    return {
      code: "loader-other-family",
      certainty: "likely",
      cause: `${what}, for a flag that is not there on this chip: ${verdict.sentence}. ${purposeSentence(failure.loader)}`,
      evidence,
      remedy: without,
    };
  }
  const owner = chip === undefined ? "this chip" : shortChipName(chip);
  const why =
    place.name === "RCC"
      ? `a clock that does not start: a crystal that this board does not have, for one`
      : `a flag that is never set`;
  return {
    code: "loader-polls-forever",
    certainty: "likely",
    cause: `${what} and waits for ${why}. ${place.exists === true ? `${owner} has ${place.block}. ` : ""}${purposeSentence(failure.loader)}`,
    evidence,
    remedy: [
      ...(place.name === "RCC" ? ["Check that your board has the crystal that the loader's board has."] : []),
      checkBoard(failure.loader),
      ...without.slice(0, 2),
    ],
  };
}

/** A variable in RAM that only an interrupt, or DMA, would change. */
function waitsForMemory(reading: Reading, loop: Loop): Finding | undefined {
  const loads = loop.accesses.filter(({ kind }) => kind === "load");
  const inRam = loads.filter(({ address }) => address !== undefined && inRamRegion(address));
  if (inRam.length === 0 || inRam.length !== loads.length || !loop.closed) return undefined;
  const [{ at, address = 0 }] = inRam;
  const name = reading.variableAt(address);
  const alone = !loop.calls && loop.accesses.length === loads.length;
  return {
    code: "loader-waits-forever",
    certainty: alone ? "certain" : "likely",
    cause: `${ran(reading)}: ${reading.place(at)} waits for ${name === undefined ? "a variable" : `its variable ${name}`} at ${addressText(address)} to change, and nothing changes it: an interrupt would have to, and no loader gets any.`,
    evidence: [seenEvidence(reading, loop), registersEvidence(reading), POWER_AND_CABLE],
    remedy: remedyOf("loader-waits-forever"),
  };
}

function tooSlow(reading: Reading, loop: Loop): Finding {
  const { failure } = reading;
  const [limit, more] = [timeText(failure.limit), Math.max(60, Math.ceil((failure.limit * 5) / 1000))];
  const place = reading.place(loop.seen[0]);
  return {
    code: "loader-too-slow",
    certainty: "possible",
    cause: `${ran(reading)}: it was still working${loop.closed ? ` in a loop at ${place}` : `, last seen at ${place}`}. It may need more time than ${limit}, or wait for a memory that does not answer. ${purposeSentence(failure.loader)}`,
    evidence: [seenEvidence(reading, loop), registersEvidence(reading), reading.deviceEvidence(), POWER_AND_CABLE],
    remedy: [...remedyOf("loader-too-slow", { seconds: more }), checkBoard(failure.loader)],
  };
}

/** Not one place where it was seen lies in the loader. */
function leftLoader(reading: Reading): Finding {
  const { failure } = reading;
  const pc = failure.core?.r[15] ?? 0;
  return {
    code: "loader-left",
    certainty: "likely",
    cause: `${ran(reading)}: the core runs outside of its code, at ${addressText(pc)} (${reading.describe(pc).name}). A return address or a pointer was overwritten, or it called something that is not loaded.`,
    evidence: [
      `the core was seen at ${listText([...new Set([...(failure.core?.samples ?? []), pc])].slice(0, 4).map(addressText))}; the loader's code lies from ${addressText(failure.loader.span.start + failure.loadBase)}`,
      POWER_AND_CABLE,
    ],
    remedy: remedyOf("loader-left"),
  };
}

function inRamRegion(address: number): boolean {
  return (address >= 0x20000000 && address < 0x40000000) || (address >= 0x10000000 && address < 0x18000000);
}
