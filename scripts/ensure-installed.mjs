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
const npm = (...words) =>
  spawnSync(
    process.platform === "win32" ? "npm.cmd" : "npm",
    [...words, "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    },
  ).status === 0;
// A registry that lacks packages of other platforms fails `ci`, which wants every one of them; `install` does without.
if (!npm("ci") && !npm("install", "--no-save")) {
  console.error(
    "The packages could not be installed; see npm's message above. The npm registry has to be reached once.",
  );
  process.exit(1);
}
writeFileSync(stamp, wanted);
