// Writes docs/findings/ from the catalogue of findings; removes pages of codes that are no more.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findingPages } from "../src/diagnose/catalogue/finding-page.ts";

const folder = fileURLToPath(new URL("../docs/findings/", import.meta.url));
const pages = findingPages();
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(`${folder}${name}`);
for (const [name, text] of pages) writeFileSync(`${folder}${name}`, text);
process.stdout.write(`${pages.size} pages in docs/findings/\n`);
