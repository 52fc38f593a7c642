import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { diagnoseProject } from "../../src/diagnose/project/diagnose-project.ts";
import { generator, mutate, mutationSeed } from "../formats/mutate.ts";
import { cpuTime } from "../support/cpu-time.ts";
import { buildSample } from "./build-sample.ts";
import { sampleProjects } from "./sample-projects.ts";

const ROUNDS = 1500;

test(`${ROUNDS} damaged programs: each is judged or refused, none stops the rest, none takes long`, () => {
  const own = (path: string): Uint8Array => new Uint8Array(readFileSync(fileURLToPath(new URL(path, import.meta.url))));
  const programs = [
    own("debug-off/Debug/blinky.elf"),
    own("other-chip/Debug/blinky.elf"),
    buildSample({ defines: ["SWJ_OFF_LATER"], optimization: "-Os" }),
    own("../../firmware/eeprom/eeprom.elf"),
  ].map(mutationSeed);
  const texts = Object.entries(sampleProjects["debug-off"].texts).map(([path, text]) => ({ path, text }));
  const random = generator(11);
  let slowest = 0;
  let judged = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutate(programs[random(programs.length)], programs[random(programs.length)], random);
    const start = cpuTime();
    const { findings, summary } = diagnoseProject([...texts, { path: "Debug/blinky.elf", bytes }]);
    slowest = Math.max(slowest, cpuTime() - start);
    if (summary.program !== undefined) judged++;
    expect(findings.some(({ code }) => code === "ioc-debug-off")).toBe(true);
    for (const { evidence, cause } of findings) {
      expect(evidence.length).toBeGreaterThan(0);
      expect(cause).not.toMatch(/undefined|NaN|\[object/);
    }
  }
  expect(judged).toBeGreaterThan(ROUNDS / 10);
  expect(slowest).toBeLessThan(3000);
}, 120_000);
