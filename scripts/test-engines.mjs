// Runs part of the tests once more with other engines behind the virtual boards: those that execute much in this process, with
// translated code compared with the interpreter from its first run on, and some whole sessions with code that is translated
// early, and interpreted.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const sessions = [
  ...["test/determinism.test.ts", "test/chip/debugger-on-chip.test.ts"],
  ...["test/flash/programmer.test.ts", "test/gdb/lockup.test.ts"],
];
const runs = [
  [{ PROBITY_ENGINE: "check", PROBITY_ENGINE_VISITS: "0" }, ["src/sim/cpu", "test/determinism.test.ts"]],
  [{ PROBITY_ENGINE: "translator", PROBITY_ENGINE_VISITS: "20" }, sessions],
  [{ PROBITY_ENGINE: "interpreter" }, ["src/sim/cpu", ...sessions]],
];

for (const [variables, files] of runs) {
  const told = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  console.log(`Once more with ${told.join(" ")}:`);
  const { status } = spawnSync(process.execPath, [vitest, "run", ...files], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...variables },
  });
  if (status !== 0) process.exit(status ?? 1);
}
