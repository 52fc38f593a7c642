import { controllerPresence, shortChipName } from "../../chips/memory-controllers.ts";
import type { Finding } from "../finding.ts";
import { judgeChip, ramWords } from "./chips-for-loader.ts";
import { accessWords, faultAddress, needsController } from "./controller-missing.ts";
import { cfsr } from "./fault-bits.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { doWithout, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, listText } from "./words.ts";

/** A bus fault elsewhere than at a memory controller: RAM that is not there, a null pointer, another family's registers. */
export function busFault(reading: Reading): Finding | undefined {
  const fault = faultAddress(reading);
  if (fault === undefined) return lostAddress(reading);
  const { failure } = reading;
  const { chip, ram } = failure.target;
  const place = reading.describe(fault.address);
  const did = `${accessWords(reading, fault)}`;
  const evidence = [...fault.evidence, ...reading.faultEvidence(), reading.deviceEvidence(), POWER_AND_CABLE];
  const certainty = fault.sure ? "certain" : "likely";
  const call = `${reading.call} did not return: ${did}`;
  const without = doWithout(failure.loader, failure.target, failure.needed);
  if (place.name.startsWith("beyond the RAM") && ram.length > 0) {
    const name = chip === undefined ? failure.target.chipName : shortChipName(chip);
    return {
      code: "loader-ram-missing",
      certainty,
      cause: `${call}, which is beyond the RAM: ${name} has ${ramWords(ram)}. ${purposeSentence(failure.loader)}`,
      evidence,
      remedy: [...without, ...remedyOf("loader-ram-missing")],
    };
  }
  if (fault.address < 0x400) {
    return {
      code: "loader-null-pointer",
      certainty: "likely",
      cause: `${call}: it used a null pointer.`,
      evidence,
      remedy: remedyOf("loader-null-pointer"),
    };
  }
  const verdict = chip && judgeChip(reading.needs, chip, ram.length > 0 ? ram : undefined);
  if (place.own === true && place.exists === false) {
    return {
      code: "loader-needs-peripheral",
      certainty,
      cause: `${call}: ${lacksSentence(reading, place.name)} ${purposeSentence(failure.loader)}`,
      evidence,
      remedy: without,
    };
  }
  if (place.exists !== true && verdict?.fits === "no" && verdict.code === "family") {
    return {
      code: "loader-other-family",
      certainty: place.block !== undefined && fault.sure ? "certain" : "likely",
      cause: `${call}: ${place.name}. On this chip nothing is there: ${verdict.sentence}. ${purposeSentence(failure.loader)}`,
      evidence,
      remedy: without,
    };
  }
  return {
    code: "loader-bus-fault",
    certainty: place.exists === false ? certainty : "likely",
    cause: `${call} (${place.name}), and nothing answered there. ${purposeSentence(failure.loader)}`,
    evidence,
    remedy: [...without, ...remedyOf("loader-bus-fault", { address: addressText(fault.address) })],
  };
}

/** `GPIOF. STM32F10x medium-density, device ID 0x410, has no GPIOF, and no FSMC: none of its 20 parts do.` */
export function lacksSentence(reading: Reading, block: string): string {
  const { chip } = reading.failure.target;
  const needed = reading.needs.controllersSure ? reading.needs.controllers : [];
  const absent = needed
    .map((controller) => ({ controller, presence: chip && controllerPresence(chip, controller) }))
    .filter(({ presence }) => presence?.has === "no");
  const all = absent.length > 0 && absent.length === needed.length;
  const more = all
    ? `, nor ${listText(
        absent.map(({ controller }) => controller),
        "or",
      )}, which the memory needs`
    : "";
  return `${block}. ${reading.chipWords}, has no ${block}${more}.`;
}

/** A buffered write failed, and neither BFAR nor the code before the stacked PC tells where it went. */
function lostAddress(reading: Reading): Finding | undefined {
  const { failure, pc } = reading;
  if (!reading.faulted || ((failure.core?.cfsr ?? 0) & cfsr.IMPRECISERR) === 0) return undefined;
  const { chip } = failure.target;
  const verdict = chip && judgeChip(reading.needs, chip);
  const where = pc === undefined ? "" : ` shortly before ${reading.place(pc)}`;
  const lacks = verdict?.fits === "no" && verdict.code === "controller";
  return {
    code: lacks ? needsController(reading.needs.controllers[0]) : "loader-bus-fault",
    certainty: lacks ? "likely" : "possible",
    cause: `${reading.call} did not return: a write${where} went to an address where nothing answers. ${lacks ? `${verdict.sentence}. ` : ""}${purposeSentence(failure.loader)}`,
    evidence: [
      "the write was buffered, so no address was reported",
      ...reading.faultEvidence(),
      reading.deviceEvidence(),
      POWER_AND_CABLE,
    ],
    remedy: doWithout(failure.loader, failure.target, failure.needed),
  };
}

/** The memory protection unit refused an access: the application, or the loader, left it on. */
export function protectionFault(reading: Reading): Finding | undefined {
  const { core } = reading.failure;
  const { pc } = reading;
  if (core === undefined || !reading.faulted) return undefined;
  if ((core.cfsr & (cfsr.DACCVIOL | cfsr.IACCVIOL)) === 0) return undefined;
  const where = pc === undefined ? "" : ` at ${reading.place(pc)}`;
  const what = core.mmfar === undefined ? "an access" : `an access to ${addressText(core.mmfar)}`;
  return {
    code: "loader-mpu",
    certainty: "likely",
    cause: `${reading.call} did not return: the memory protection refused ${what}${where}. The MPU is on: the application or the loader set it up.`,
    evidence: [...reading.faultEvidence(), POWER_AND_CABLE],
    remedy: remedyOf("loader-mpu"),
  };
}
