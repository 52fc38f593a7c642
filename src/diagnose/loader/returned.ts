import type { Finding } from "../finding.ts";
import { judgeChip } from "./chips-for-loader.ts";
import { needsController } from "./controller-missing.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { checkBoard, doWithout, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, sizeText } from "./words.ts";

/** The function came back, with a value that means failure. */
export function returnedFailure(reading: Reading): Finding | undefined {
  const { failure } = reading;
  if (failure.outcome !== "returned") return undefined;
  const { loader, target, returned = 0, expected, needed } = failure;
  const failed = loader.format === "stldr" ? returned === 0 : returned === 1;
  const what = `${callWords(reading)} returned ${returned < 10 ? returned : addressText(returned)}`;
  const evidence = [
    `r0 = ${addressText(returned)}; success would be ${expected < 10 ? expected : addressText(expected)}; it ran for ${Math.round(failure.elapsed)} ms`,
    reading.deviceEvidence(),
    POWER_AND_CABLE,
  ];
  if (/^(Verify|CheckSum|BlankCheck)$/.test(failure.function)) return differs(reading, what, evidence);
  const verdict = target.chip && judgeChip(reading.needs, target.chip, target.ram.length > 0 ? target.ram : undefined);
  const says = failed ? "the loader itself reports that it failed" : "a value that means neither success nor failure";
  if (verdict?.fits === "no") {
    const code =
      verdict.code === "controller"
        ? needsController(reading.needs.controllers[0])
        : `loader-other-${verdict.code === "core" ? "core" : "family"}`;
    return {
      code,
      certainty: "likely",
      cause: `${what}: ${says}. ${verdict.sentence}. ${purposeSentence(loader)}`,
      evidence,
      remedy: doWithout(loader, target, needed),
    };
  }
  const reasons = stepReasons[failure.function] ?? defaultReasons;
  return {
    code: failed ? "loader-reports-failure" : "loader-returns-nonsense",
    certainty: "likely",
    cause: `${what}: ${says}. ${failed ? `Most likely ${reasons.most}.` : ""} ${purposeSentence(loader)}`.replace(
      / {2,}/g,
      " ",
    ),
    evidence,
    remedy: [
      ...(failed
        ? [checkBoard(loader), ...reasons.remedy]
        : remedyOf("loader-returns-nonsense", { success: expected, failure: loader.format === "stldr" ? 0 : 1 })),
      ...doWithout(loader, target, needed).slice(-1),
    ],
  };
}

interface Reasons {
  readonly most: string;
  readonly remedy: readonly string[];
}

const defaultReasons: Reasons = { most: "the memory did not do what it was told", remedy: [] };

/** What each step of a loader fails at, most often. */
const stepReasons: Readonly<Record<string, Reasons>> = {
  Init: {
    most: "the memory did not answer: it is not fitted, wired to other pins, of another type, or without power",
    remedy: [],
  },
  Write: {
    most: "the place was not erased before, is write-protected, or is a bad block",
    remedy: ["Erase the sector first; look for a write-protect pin or bits of the memory."],
  },
  ProgramPage: {
    most: "the place was not erased before, or is write-protected",
    remedy: ["Erase the sector first; look for write protection."],
  },
  SectorErase: {
    most: "the sector is write-protected, or a bad block",
    remedy: ["Look for a write-protect pin or bits of the memory; try another sector."],
  },
  EraseSector: { most: "the sector is write-protected", remedy: ["Look for write protection; try another sector."] },
  MassErase: {
    most: "some of it is write-protected",
    remedy: ["Look for a write-protect pin or bits of the memory; erase sector by sector."],
  },
  EraseChip: { most: "some of it is write-protected", remedy: ["Look for write protection; erase sector by sector."] },
  Read: { most: "the memory did not answer", remedy: [] },
};

function differs(reading: Reading, what: string, evidence: readonly string[]): Finding {
  const { failure } = reading;
  const { returned = 0, loader } = failure;
  const inside = returned >= loader.device.start && returned < loader.device.start + loader.device.size;
  return {
    code: "loader-verify-differs",
    certainty: inside ? "certain" : "likely",
    cause: `${what}: the memory does not hold what was written${inside ? `, first at ${addressText(returned)}` : ""}. ${purposeSentence(loader)}`,
    evidence,
    remedy: [...remedyOf("loader-verify-differs"), checkBoard(loader)],
  };
}

/** The call with what it was asked to do: `SectorErase(0x64000000 to 0x6401FFFF) of x.stldr`. */
function callWords(reading: Reading): string {
  const { failure } = reading;
  const [first, second] = failure.parameters;
  const name = reading.call;
  if (first === undefined || second === undefined) return name;
  const words: Readonly<Record<string, string>> = {
    Write: `${addressText(first)}, ${sizeText(second)}`,
    Read: `${addressText(first)}, ${sizeText(second)}`,
    ProgramPage: `${addressText(first)}, ${sizeText(second)}`,
    BlankCheck: `${addressText(first)}, ${sizeText(second)}`,
    SectorErase: `${addressText(first)} to ${addressText(second)}`,
  };
  const inside = words[failure.function] ?? (first === 0 ? "" : addressText(first));
  return failure.function === "Init" || inside === "" ? name : name.replace("()", `(${inside})`);
}
