import { defineConfig } from "vitest/config";

// The engine "check" does everything twice, and copies memory for it.
const patience = process.env.PROBITY_ENGINE === "check" ? 900_000 : 60_000;

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: patience,
    hookTimeout: patience,
    setupFiles: ["test/support/engine.ts"],
    pool: "forks",
    // Vitest leaves one core alone unless told otherwise; much of what runs here waits for other programs.
    maxWorkers: 2,
  },
});
