import { catalogue, type FamilyName } from "./catalogue.ts";
import type { FindingKind } from "./finding-kind.ts";

/** Headlines of the families, in the order in which the list of all findings has them. */
const familyTitles: Readonly<Record<FamilyName, string>> = {
  probe: "Probe and USB",
  wire: "Power, debug wires and reset line",
  chip: "Which chip it is",
  protection: "Protection and wear of the flash",
  security: "The chip's secure services",
  flashWork: "Work on flash",
  flash: "Flash that refuses or lacks the place",
  firmware: "The program on the chip",
  board: "Boards, and what tools know of them",
  bootLoader: "ST's boot loader and serial ports",
  externalLoader: "External loaders",
  loader: "What an external loader did on the target",
  project: "The project's files",
  programFile: "The program's file",
  setup: "Set-up on the computer",
  general: "When facts are few",
};

const severityWords = {
  error: "an error: it keeps you from working",
  warning: "a warning: you can work, but it will or may go wrong",
  note: "a note: worth knowing, and nothing is wrong because of it",
} as const;

/** The Markdown page of a finding code. `{name}` of the catalogue's texts is shown as a word in italics. */
export function findingPage(kind: FindingKind): string {
  const causes = [kind.cause, ...Object.values(kind.variants ?? {})].map((text) => `> ${shown(text)}`);
  return [
    `# ${kind.title}`,
    `Finding \`${kind.code}\`; ${severityWords[kind.severity ?? "error"]}.`,
    "## Cause",
    causes.length === 1 ? undefined : "It is told in one of these ways, as far as what was read goes:",
    ...causes,
    "## How it is known",
    kind.how,
    kind.remedy.length === 0 ? undefined : "## Remedy",
    kind.remedy.length === 0 ? undefined : kind.remedy.map((text, i) => `${i + 1}. ${shown(text)}`).join("\n"),
    ...details(kind),
    "[All findings](README.md)",
  ]
    .filter((part) => part !== undefined)
    .join("\n\n")
    .concat("\n");
}

/** The closer causes, each with its own remedies. */
function details({ details = [] }: FindingKind): string[] {
  if (details.length === 0) return [];
  const each = details.flatMap(({ name, cause, remedy }) => [
    `### \`${name}\``,
    `${shown(cause[0].toUpperCase() + cause.slice(1).replace("{where}", ""))}.`,
    ...(remedy.length === 0 ? [] : [remedy.map((text, i) => `${i + 1}. ${shown(text)}`).join("\n")]),
  ]);
  return ["## More closely", "What was read may tell it more closely; these remedies follow then.", ...each];
}

/** The page that lists every finding by family. */
export function findingList(): string {
  const lists = Object.entries(familyTitles).flatMap(([family, title]) => [
    `## ${title}`,
    catalogue[family as FamilyName].map(({ code, title }) => `- [\`${code}\`](${code}.md): ${title}`).join("\n"),
  ]);
  return [
    "# Findings",
    "What `probity doctor`, `probity explain` and the server conclude when something is wrong, one page a code. " +
      "A finding is *certain* when what was read excludes every other cause, *likely* or *possible* otherwise. " +
      "These pages are made of the table that the program takes its words from (`npm run finding-pages`).",
    ...lists,
  ]
    .join("\n\n")
    .concat("\n");
}

/** Every page by its file name in `docs/findings/`. */
export function findingPages(): ReadonlyMap<string, string> {
  const kinds = Object.values(catalogue).flat();
  return new Map([
    ["README.md", findingList()],
    ...kinds.map((kind) => [`${kind.code}.md`, findingPage(kind)] as const),
  ]);
}

/**
 * Braces become italics; what Markdown would take for markup or a tag is kept as it is written. In code nothing is markup:
 * there a value to be filled in is in capitals.
 */
function shown(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part.replace(braces, (_, name) => words(name).toUpperCase()) : prose(part)))
    .join("");
}

const braces = /\{(\w+)\}/g;

function prose(text: string): string {
  return text.replace(/[<>*_]/g, (mark) => `\\${mark}`).replace(braces, (_, name) => `*${words(name)}*`);
}

/** `flashEnd` as `flash end`. */
function words(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
