import type { LoaderFile } from "../../formats/loader-file.ts";
import type { Finding } from "../finding.ts";
import { type ChipVerdict, judgeChip } from "./chips-for-loader.ts";
import { needsController } from "./controller-missing.ts";
import type { LoaderTarget } from "./loader-facts.ts";
import { loaderName, loaderNeeds } from "./loader-needs.ts";
import { deviceWords, doWithout } from "./remedies.ts";

/**
 * Whether a loader will hardly work on a chip, as far as its file shows: one finding of certainty `likely`, whose cause is
 * one line, or `undefined` when nothing speaks against it.
 */
export function prejudgeLoader(loader: LoaderFile, target: LoaderTarget): Finding | undefined {
  if (target.chip === undefined) return undefined;
  const needs = loaderNeeds(loader);
  const verdict = judgeChip(needs, target.chip, target.ram.length > 0 ? target.ram : undefined);
  if (verdict.fits !== "no" || verdict.code === undefined) return undefined;
  return {
    code: codeOf(verdict, loader),
    certainty: "likely",
    // What the loader is for is told when it has failed.
    cause: `${loaderName(loader)} is not likely to work here: ${verdict.sentence}.`,
    evidence: [
      `its own description: ${deviceWords(loader)}`,
      ...(verdict.code === "controller" ? needs.controllerEvidence.map((line) => `the loader: ${line}`) : []),
      ...(verdict.code === "family" ? needs.familyEvidence.map((line) => `the loader: ${line}`) : []),
    ],
    remedy: doWithout(loader, target, undefined),
  };
}

function codeOf({ code, reason }: ChipVerdict, loader: LoaderFile): string {
  if (code === "controller") return needsController(loaderNeeds(loader).controllers[0]);
  if (code === "ram" && reason.includes("can't hold code")) return "loader-ram-data-only";
  if (code === "ram") return reason.startsWith("no RAM") ? "loader-ram-missing" : "loader-too-large";
  if (code === "core") return "loader-other-core";
  return code === "fpu" ? "loader-needs-fpu" : "loader-other-family";
}
