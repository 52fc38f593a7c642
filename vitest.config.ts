import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["test/support/engine.ts"],
    pool: "forks",
    // Vitest leaves one core alone unless told otherwise; much of what runs here waits for other programs.
    maxWorkers: 2,
  },
});
