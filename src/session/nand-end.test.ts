import { expect, it } from "vitest";
import type { Finding } from "../diagnose/finding.ts";
import { ownLoader } from "../diagnose/loader/loader-fixtures.ts";
import { withNandEnd } from "./nand-end.ts";

const finding: Finding = {
  code: "loader-reports-failure",
  certainty: "likely",
  cause: "It returned 0.",
  evidence: ["r0 = 0"],
  remedy: ["Check the wires.", "Or else."],
};
const nand = ownLoader("nand512w3a_stm3210e-eval.stldr");
const call = { function: "Read", parameters: [0x73ffc000, 512], outcome: "returned", loader: nand } as const;

it("a failure at the end of a NAND flash is laid to bad blocks", () => {
  const found = withNandEnd(finding, call);
  expect(found.cause).toMatch(
    /^Read\(0x73ffc000\) failed at the end of the NAND flash .* bad blocks .* up to 0x73ffffff/,
  );
  expect(found.remedy[0]).toMatch(/no address from 0x73cccccc on/);
  expect(found).toMatchObject({ code: finding.code, evidence: finding.evidence });
});

it("any other failure is not", () => {
  for (const other of [
    { parameters: [0x73000000, 512] },
    { parameters: [] },
    { function: "Init" },
    { outcome: "faulted" as const },
    { loader: ownLoader("m29w128_stm3210e-eval.stldr"), parameters: [0x64ffffff] },
  ]) {
    expect(withNandEnd(finding, { ...call, ...other })).toBe(finding);
  }
});
