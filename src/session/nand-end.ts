import { hex32 } from "../base/bytes.ts";
import type { Finding } from "../diagnose/finding.ts";
import type { LoaderFailure } from "../diagnose/loader/loader-facts.ts";

/** Makers allow some 2 % of bad blocks; from here on an address may have no block behind it. */
const SAFE_SHARE = 0.95;

type Call = Pick<LoaderFailure, "function" | "parameters" | "outcome" | "loader">;

/**
 * A loader that skips the bad blocks of a NAND flash has none left for its last addresses, and can only report failure:
 * the finding about such a call says so. Others are as they were.
 */
export function withNandEnd(finding: Finding, { function: name, parameters, outcome, loader }: Call): Finding {
  const { kind, start, size } = loader.device;
  const address = parameters[0] ?? 0;
  const safe = start + Math.floor(size * SAFE_SHARE);
  const atEnd = address >= safe && address < start + size;
  if (kind !== "NAND flash" || outcome !== "returned" || name === "Init" || !atEnd) return finding;
  return {
    ...finding,
    cause: `${name}(${hex32(address)}) failed at the end of the NAND flash ${loader.device.name}, where bad blocks leave nothing: a loader that skips them has one block less for each, so its last addresses up to ${hex32(start + size - 1)} do not exist.`,
    certainty: "likely",
    remedy: [
      `Use no address from ${hex32(safe)} on: makers allow some 2 % of the blocks to be bad.`,
      `If addresses below fail, too, the cause is another: ${finding.remedy[0] ?? "check the wiring and the power of the memory."}`,
    ],
  };
}
