import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ProbityError } from "../../base/errors.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { readLoader } from "../../formats/read-loader.ts";
import { chipsForLoader } from "./chips-for-loader.ts";
import { diagnoseLoaderFailure } from "./diagnose-loader.ts";
import { busFaultAt, coreAs, failureOf, registers, targetOf } from "./loader-fixtures.ts";
import { prejudgeLoader } from "./prejudge-loader.ts";

const names = ["nand512w3a_stm3210e-eval.stldr", "mt25ql512a_stm32469i-eval.stldr", "flm/stm32f10x_64.FLM"];

describe("a damaged loader file that can still be read", () => {
  it.each(names)("is judged and diagnosed all the same: %s", (name) => {
    const file = fileURLToPath(new URL(`../../../firmware/loaders/${name}`, import.meta.url));
    const whole = new Uint8Array(readFileSync(file));
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 0x100000000) * below);
    };
    let read = 0;
    for (let round = 0; round < 150; round++) {
      const bytes = whole.slice();
      for (let i = 0; i <= random(20); i++) bytes[random(bytes.length)] = random(256);
      const loader = tryRead(bytes, name);
      if (loader === undefined) continue;
      read++;
      expect(chipsForLoader(loader).cannot.length).toBeGreaterThanOrEqual(0);
      prejudgeLoader(loader, targetOf(0x410));
      const pc = loader.span.start + random(loader.span.length);
      for (const failure of [
        failureOf(loader, { core: busFaultAt(pc, 0xa0000060) }),
        failureOf(loader, { outcome: "timed-out", core: coreAs({ r: registers(pc - (pc % 2)) }) }),
        failureOf(loader, { outcome: "not-started" }),
      ]) {
        expect(diagnoseLoaderFailure(failure).cause).not.toBe("");
      }
    }
    expect(read).toBeGreaterThan(20);
  });
});

function tryRead(bytes: Uint8Array, name: string): LoaderFile | undefined {
  try {
    return readLoader(bytes, name);
  } catch (error) {
    if (!(error instanceof ProbityError)) throw error;
    return undefined;
  }
}
