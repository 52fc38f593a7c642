// Writes the sample projects' files: `npx tsx test/projects/make-projects.ts`. They are committed, so that everyone can
// run `probity doctor` on them; a test checks that the committed programs are what is built from the sources.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSample } from "./build-sample.ts";
import { sampleProjects } from "./sample-projects.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
for (const [name, { texts, sample }] of Object.entries(sampleProjects)) {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(here, name, path)), { recursive: true });
    writeFileSync(join(here, name, path), text);
  }
  mkdirSync(join(here, name, "Debug"), { recursive: true });
  writeFileSync(join(here, name, "Debug", "blinky.elf"), buildSample(sample));
}
