import { defineConfig } from "vitest/config";

// The engine "check" does everything twice, and copies memory for it.
const patience = process.env.PROBITY_ENGINE === "check" ? 900_000 : 60_000;

// Of these no file leaves anything behind in the modules that it imports: they are loaded once for all.
const together = ["src/**/*.test.ts", "test/{docs,doctor,explain}/**/*.test.ts"];

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
      { test: { ...common, name: "together", include: together, isolate: false } },
      { test: { ...common, name: "alone", include: ["test/**/*.test.ts"], exclude: together } },
    ],
  },
});
