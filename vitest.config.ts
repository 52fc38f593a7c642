import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// The engine "check" does everything twice, and copies memory for it.
const patience = process.env.PROBITY_ENGINE === "check" ? 900_000 : 60_000;

// Of these no file leaves anything behind in the modules that it imports: they are loaded once for all.
const together = ["src/**/*.test.ts", "test/{docs,doctor,explain}/**/*.test.ts"];
const others = ["test/*.test.ts", "test/!(docs|doctor|explain)/**/*.test.ts"];

// The processor time of a process is all its threads', which collect what earlier files left: who measures it is alone.
const measuring = ["src", "test"].flatMap((folder) =>
  readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => /support\/cpu-time\.ts/.test(readFileSync(join(import.meta.dirname, name), "utf8"))),
);

const common = {
  testTimeout: patience,
  hookTimeout: patience,
  setupFiles: ["test/support/engine.ts"],
};

export default defineConfig({
  test: {
    pool: "forks",
    // Vitest leaves one core alone unless told otherwise; much of what runs here waits for other programs.
    maxWorkers: 2,
    projects: [
      { test: { ...common, name: "together", include: together, exclude: measuring, isolate: false } },
      { test: { ...common, name: "alone", include: [...others, ...measuring] } },
    ],
  },
});
