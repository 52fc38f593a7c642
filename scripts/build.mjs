// Builds the command line into dist/cli.js, with what only some verbs need in files of their own, so that a server starts
// without reading it, and the two executables beside it. `usb` stays outside: it has a
// native part and is loaded only when a USB probe is used.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

rmSync(`${root}/dist`, { recursive: true, force: true });
mkdirSync(`${root}/dist`, { recursive: true });

await build({
  entryPoints: { cli: `${root}/src/cli/main.ts` },
  outdir: `${root}/dist`,
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["usb"],
  define: { __PROBITY_VERSION__: JSON.stringify(version) },
  // Packages in CommonJS ask for Node's own modules by require().
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  minify: true,
  keepNames: false,
  legalComments: "none",
  logLevel: "warning",
});

for (const [file, program] of [
  ["probity.js", "probity"],
  ["ST-LINK_gdbserver.js", "ST-LINK_gdbserver"],
]) {
  const text = `#!/usr/bin/env node\nimport { main } from "./cli.js";\nawait main(${JSON.stringify(program)}, process.argv.slice(2));\n`;
  writeFileSync(`${root}/dist/${file}`, text);
  chmodSync(`${root}/dist/${file}`, 0o755);
}
