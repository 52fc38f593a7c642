import { shortChipName } from "../../chips/memory-controllers.ts";
import type { LoaderCode } from "../catalogue/loader.ts";
import type { Finding } from "../finding.ts";
import { architectureName, lacksArchitecture } from "./chips-for-loader.ts";
import { cfsr } from "./fault-bits.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { doWithout, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";

/** Usage faults at an instruction of the loader itself (ARMv7-M B1.5.14). */
export function instructionFault(reading: Reading): Finding | undefined {
  const { core } = reading.failure;
  const { pc } = reading;
  if (core === undefined || pc === undefined || !reading.faulted || !reading.inLoader(pc)) return undefined;
  if ((core.cfsr & cfsr.NOCP) !== 0) return noFpu(reading, pc);
  if ((core.cfsr & cfsr.UNDEFINSTR) !== 0) return undefinedInstruction(reading, pc);
  if ((core.cfsr & cfsr.UNALIGNED) !== 0) {
    return simple(
      reading,
      "loader-unaligned",
      `${reading.place(pc)} accessed memory at an address that is not aligned, which this instruction never may`,
    );
  }
  if ((core.cfsr & cfsr.DIVBYZERO) !== 0) {
    return simple(reading, "loader-divides-by-zero", `${reading.place(pc)} divided by zero`);
  }
  return undefined;
}

function simple(reading: Reading, code: LoaderCode, what: string): Finding {
  return {
    code,
    certainty: "certain",
    cause: `${reading.call} did not return: ${what}.`,
    evidence: [...reading.faultEvidence(), POWER_AND_CABLE],
    remedy: remedyOf(code),
  };
}

function noFpu(reading: Reading, pc: number): Finding {
  const { chip, chipName } = reading.failure.target;
  const lacks = chip !== undefined && chip.fpu === undefined && /^Cortex-M[034]/.test(chip.core);
  const name = chip === undefined ? chipName : shortChipName(chip);
  return {
    code: lacks ? "loader-needs-fpu" : "loader-fpu-off",
    certainty: lacks ? "certain" : "likely",
    cause: `${reading.call} did not return: ${reading.place(pc)} is an instruction of the FPU, ${lacks ? `and ${name} has none` : `which is switched off in CPACR (${name} ${chip?.fpu ? "has one" : "may have none"})`}. ${purposeSentence(reading.failure.loader)}`,
    evidence: [...reading.faultEvidence(), POWER_AND_CABLE],
    remedy: lacks
      ? doWithout(reading.failure.loader, reading.failure.target, reading.failure.needed)
      : remedyOf("loader-fpu-off"),
  };
}

function undefinedInstruction(reading: Reading, pc: number): Finding {
  const { chip } = reading.failure.target;
  const { attributes } = reading.needs;
  const built = architectureName(attributes);
  const evidence = [
    ...reading.faultEvidence(),
    ...(built === undefined ? [] : [`the loader's build attributes: ${built}`]),
    POWER_AND_CABLE,
  ];
  if (chip !== undefined && lacksArchitecture(chip.core, attributes?.cpuArch)) {
    return {
      code: "loader-other-core",
      certainty: "certain",
      cause: `${reading.call} did not return: ${reading.place(pc)} is an instruction that the ${chip.core} of ${shortChipName(chip)} does not have; the loader's code is ${built}. ${purposeSentence(reading.failure.loader)}`,
      evidence,
      remedy: doWithout(reading.failure.loader, reading.failure.target, reading.failure.needed),
    };
  }
  return {
    code: "loader-undefined-instruction",
    certainty: reading.instructionAt(pc)?.kind === "undefined" ? "certain" : "likely",
    cause: `${reading.call} did not return: at ${reading.place(pc)} it came to an undefined instruction${reading.instructionAt(pc)?.kind === "undefined" ? ", which compilers put where a program must not come (UDF)" : ", though the code is what was loaded"}.`,
    evidence,
    remedy: remedyOf("loader-undefined-instruction"),
  };
}
