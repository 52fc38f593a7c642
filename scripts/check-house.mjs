// Fails on an import that breaks the folder table of docs/architecture.md, on a cycle between files, and on an import
// between the two towers (host and virtual hardware), which meet in the link alone.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const source = resolve(process.argv[2] ?? join(fileURLToPath(new URL("..", import.meta.url)), "src"));

/** What each folder may import from, beside itself. `type:` allows types alone. */
const table = {
  base: [],
  chips: ["base"],
  formats: ["base"],
  link: ["base"],
  probe: ["base", "link"],
  coresight: ["base", "probe"],
  cortexm: ["base", "coresight"],
  stm32: ["base", "chips", "coresight", "cortexm"],
  flash: ["base", "chips", "formats", "cortexm", "stm32", "type:coresight", "type:diagnose"],
  trace: ["base", "formats", "coresight", "cortexm"],
  rtos: ["base", "formats", "coresight", "cortexm"],
  diagnose: ["base", "chips", "formats"],
  sim: ["base", "chips", "formats", "type:link"],
  session: [
    "base",
    "chips",
    "formats",
    "link",
    "probe",
    "coresight",
    "cortexm",
    "stm32",
    "flash",
    "trace",
    "rtos",
    "diagnose",
    "sim",
  ],
  gdb: ["base", "session", "type:cortexm"],
  "stlink-server": ["base", "link"],
  cli: ["*"],
  web: ["base", "session"],
};

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => join(entry.parentPath, entry.name));

const problems = [];
const graph = new Map();

for (const file of files) {
  const folder = relative(source, file).split(sep)[0];
  const allowed = table[folder];
  if (allowed === undefined) {
    problems.push(`${relative(source, file)}: the folder ${folder}/ is not in the table`);
    continue;
  }
  const isTest = file.endsWith(".test.ts");
  const targets = [];
  for (const { path, typeOnly } of importsOf(file)) {
    if (!path.startsWith(".")) continue;
    const target = resolve(dirname(file), path);
    if (!typeOnly) targets.push(target);
    const other = relative(source, target).split(sep)[0];
    if (other === folder || allowed.includes("*")) continue;
    if (other === "..") {
      if (!isTest) problems.push(`${relative(source, file)} imports ${path}, which is outside src/`);
      continue;
    }
    const ok = allowed.includes(other) || (typeOnly && allowed.includes(`type:${other}`));
    if (!ok)
      problems.push(
        `${relative(source, file)} imports ${other}/${typeOnly ? " (types)" : ""}, which ${folder}/ may not`,
      );
  }
  graph.set(file, targets);
}

for (const cycle of cycles(graph)) problems.push(`cycle: ${cycle.map((f) => relative(source, f)).join(" -> ")}`);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  console.error(`check-house: ${problems.length} problem(s). The table is in docs/architecture.md.`);
  process.exit(1);
}
console.log(`check-house: ${files.length} files, no import against the table, no cycle.`);

function* importsOf(file) {
  const tree = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, false);
  const found = [];
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push({
        path: node.moduleSpecifier.text,
        typeOnly: node.isTypeOnly || node.importClause?.isTypeOnly === true,
      });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument)) found.push({ path: argument.text, typeOnly: false });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push({ path: node.argument.literal.text, typeOnly: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  yield* found;
}

function cycles(edges) {
  const found = [];
  const state = new Map();
  const stack = [];
  const visit = (file) => {
    state.set(file, "open");
    stack.push(file);
    for (const next of edges.get(file) ?? []) {
      if (state.get(next) === "open") found.push([...stack.slice(stack.indexOf(next)), next]);
      else if (!state.has(next) && edges.has(next)) visit(next);
    }
    stack.pop();
    state.set(file, "done");
  };
  for (const file of edges.keys()) if (!state.has(file)) visit(file);
  return found;
}
