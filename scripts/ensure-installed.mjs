// Installs the project's packages when they are missing or older than the lock file. Nothing happens otherwise.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}/node_modules/.probity-installed`;

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 12)) {
  console.error(`Probity needs Node 20.12 or later; this is ${process.version}. Install a newer Node and try again.`);
  process.exit(1);
}

const wanted = createHash("sha256")
  .update(readFileSync(`${root}/package-lock.json`))
  .digest("hex");
if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) process.exit(0);

console.error("Installing packages (first start only) ...");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const result = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
  shell: process.platform === "win32",
});
if (result.status !== 0) {
  console.error("npm ci failed; see its message above. A working connection to the npm registry is needed once.");
  process.exit(1);
}
writeFileSync(stamp, wanted);
