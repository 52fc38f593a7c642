// Builds the command line into dist: start.js, which keeps what V8 compiles (src/cli/start.ts), cli.js with the server, and
// verbs.js with the other verbs, so that a server starts without reading it; and the two executables. Node can be given
// compiled code for scripts alone: cli.js and verbs.js are each the function that Node would make of a CommonJS module. `usb` stays outside: it has a native part and is loaded only when a USB
// probe is used.
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

rmSync(`${root}/dist`, { recursive: true, force: true });
mkdirSync(`${root}/dist`, { recursive: true });
writeFileSync(`${root}/dist/package.json`, '{ "type": "commonjs" }\n');

/** Verbs stand in a file of their own. */
const verbsApart = {
  name: "verbs-apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/verbs\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./verbs.js", external: true } : undefined,
    ),
};

/** Those of Node's own modules that a server seldom needs take milliseconds to load: that is done when they are used. */
const loadedWhenUsed = {
  name: "loaded-when-used",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:(v8|crypto|child_process|zlib|readline|os)$/ }, ({ path, namespace }) =>
      namespace === "when-used" ? { path, external: true } : { path, namespace: "when-used" },
    );
    onLoad({ filter: /./, namespace: "when-used" }, async ({ path }) => ({
      contents:
        `let it; for (const name of ${JSON.stringify(Object.keys(await import(path)))}) ` +
        `Object.defineProperty(exports, name, { enumerable: true, get: () => (it ??= require("${path}"))[name] });`,
    }));
  },
};

/** Great tables are read faster as JSON than as a program. */
const jsonAsText = {
  name: "json-as-text",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.json$/ }, ({ path }) => ({
      contents: `export default JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(readFileSync(path, "utf8"))))});`,
    })),
};

for (const [name, entry] of [
  ["start", "start"],
  ["cli", "main"],
  ["verbs", "verbs"],
]) {
  const { outputFiles } = await build({
    entryPoints: [`${root}/src/cli/${entry}.ts`],
    outfile: `${root}/dist/${name}.js`,
    write: false,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["usb"],
    plugins: [verbsApart, loadedWhenUsed, jsonAsText],
    // import() of what is outside is require(): start.js loads verbs.js as it does cli.js.
    supported: { "dynamic-import": false },
    define: { __PROBITY_VERSION__: JSON.stringify(version), "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    minify: true,
    keepNames: false,
    legalComments: "none",
    logLevel: "warning",
  });
  const [{ text }] = outputFiles;
  const stamp = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const coding = /^[\x00-\x7f]*$/.test(text) ? "latin1" : "utf8";
  const whole =
    name === "start" ? text : `/*${stamp} ${coding}*/(function(exports,require,module,__filename){${text}\n})`;
  writeFileSync(`${root}/dist/${name}.js`, whole);
}

for (const program of ["probity", "ST-LINK_gdbserver"]) {
  const file = `${root}/dist/${program}.js`;
  writeFileSync(file, `#!/usr/bin/env node\nrequire("./start.js").start(${JSON.stringify(program)});\n`);
  chmodSync(file, 0o755);
}
