// `npm start`: builds when the sources are newer than the build, then serves the virtual Blue Pill with a demo program
// in flash. Further arguments go to the server: npm start -- -p 61240 -v
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = join(root, "dist", "probity.js");

const newestSource = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

if (!existsSync(built) || statSync(built).mtimeMs < newestSource) {
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

const given = process.argv.slice(2);
const demo = join(root, "firmware", "blinky", "blinky.elf");
const usual = given.includes("--probe")
  ? []
  : ["-d", "--uart", "usart1", "--probe", `sim:bluepill?elf=${encodeURIComponent(demo)}`];
const server = spawn(process.execPath, [built, "gdbserver", ...usual, ...given], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill(signal));
server.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
