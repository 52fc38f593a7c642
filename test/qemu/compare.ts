import { hex32, readU32 } from "../../src/base/bytes.ts";
import { bytesOf, disassemble } from "./disassemble.ts";
import type { Batch, PlacedCase } from "./image.ts";
import { dataSize, resultSize } from "./layout.ts";

/** What a machine left in memory after a batch. */
export interface Outcome {
  readonly results: Uint8Array;
  readonly data: Uint8Array;
  /** Cases that did not come to their end, with what happened instead. */
  readonly failures: ReadonlyMap<number, string>;
}

/** One case on which the machines do not agree. */
export interface Difference {
  readonly case: PlacedCase;
  /** `R3: 0x00000001 in QEMU, 0x00000002 here`. */
  readonly what: readonly string[];
}

const resultNames = [
  ...Array.from({ length: 13 }, (_, i) => `R${i}`),
  "LR",
  "APSR",
  "SP",
  "landing 1",
  "landing 2",
  "landing 3",
  "landing 4",
];

/** Every case whose result or data differ between QEMU (`expected`) and the virtual CPU (`actual`). */
export function compareOutcomes(batch: Batch, expected: Outcome, actual: Outcome): Difference[] {
  const differences = [];
  for (const [slot, placed] of batch.cases.entries()) {
    const what = [];
    const failure = actual.failures.get(slot);
    if (failure !== undefined) what.push(`the virtual CPU did not finish: ${failure}`);
    for (let offset = 0; offset < resultSize; offset += 4) {
      const at = slot * resultSize + offset;
      const name = resultNames[offset / 4] ?? `result + ${offset}`;
      if (failure === undefined) note(what, name, readU32(expected.results, at), readU32(actual.results, at));
    }
    for (let offset = 0; offset < dataSize; offset += 4) {
      const at = slot * dataSize + offset;
      const name = `[${hex32(placed.dataAddress + offset)}]`;
      note(what, name, readU32(expected.data, at), readU32(actual.data, at));
    }
    if (what.length > 0) differences.push({ case: placed, what });
  }
  return differences;
}

function note(what: string[], name: string, expected: number, actual: number): void {
  if (expected === actual) return;
  const flags = name === "APSR" ? ` (${flagNames(expected)} against ${flagNames(actual)})` : "";
  what.push(`${name}: ${hex32(expected)} in QEMU, ${hex32(actual)} here${flags}`);
}

function flagNames(apsr: number): string {
  return [..."NZCVQ"].map((name, i) => ((apsr >>> (31 - i)) & 1 ? name : name.toLowerCase())).join("");
}

/** All that is needed to understand and repeat one difference. */
export function describe(seed: number, { case: placed, what }: Difference, batch: Batch): string {
  const { body, registers, flags, index } = placed;
  const input = registers.map((value, i) => `${i === 13 ? "SP" : i === 14 ? "LR" : `R${i}`}=${hex32(value)}`);
  const code = disassemble(bytesOf(body.halfwords), body.firstAddress);
  return [
    `case ${index} of seed ${hex32(seed)}: ${body.classes.map(({ name }) => name).join(", ")}`,
    ...code.map(({ address, text }) => `  ${hex32(address)}  ${text}`),
    `  half-words ${body.halfwords.map((halfword) => halfword.toString(16).padStart(4, "0")).join(" ")}`,
    `  APSR=${flagNames(flags)} CONTROL=${batch.control} result in R${placed.resultRegister}`,
    ...[0, 5, 10].map((i) => `  ${input.slice(i, i + 5).join(" ")}`),
    ...what.slice(0, 12).map((line) => `  -> ${line}`),
  ].join("\n");
}
