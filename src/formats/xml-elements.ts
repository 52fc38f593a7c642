import { XMLParser, XMLValidator } from "fast-xml-parser";
import { isProbityError } from "../base/errors.ts";
import { lineCounter, projectFileError } from "./project-file-error.ts";
import { xmlTrouble } from "./xml-words.ts";

/** An element with its attributes, and the line in which it begins, counted from 1. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly line: number;
  readonly children: readonly XmlElement[];
}

/** Deeper than any file of Eclipse's. */
const DEEPEST = 100;

/**
 * The outermost element of an XML file of Eclipse's. Throws `xml-malformed`, with file and line, for what is no XML.
 * Entities of the file's own are not known: Eclipse writes none.
 */
export function readXml(text: string, fileName: string): XmlElement {
  const fail = (line: number | undefined, what: string) =>
    projectFileError("xml-malformed", fileName, line, what, [
      "Take the file from version control, or have the IDE write it again: delete it and make the configuration anew.",
    ]);
  const clean = text.replace(/^\ufeff/, "");
  if (/<!DOCTYPE/i.test(clean)) throw fail(lineCounter(clean)(clean.search(/<!DOCTYPE/i)), "it has a DOCTYPE");
  checkDepth(clean, (line) => fail(line, `elements stand in one another more than ${DEEPEST} deep`));
  try {
    const verdict = XMLValidator.validate(clean);
    if (verdict !== true) throw fail(verdict.err.line, xmlTrouble(verdict.err.msg));
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: "",
      preserveOrder: true,
      parseAttributeValue: false,
      parseTagValue: false,
      htmlEntities: true,
      captureMetaData: true,
    });
    const nodes = parser.parse(clean) as readonly Node[];
    const root = elements(nodes, lineCounter(clean), XMLParser.getMetaDataSymbol() as symbol)[0];
    if (root === undefined) throw fail(undefined, "it has no element");
    return root;
  } catch (error) {
    if (isProbityError(error)) throw error;
    throw fail(undefined, xmlTrouble((error as Error).message));
  }
}

/** What the parser makes of an element: its name as a key with the children, `:@` with the attributes. */
type Node = Readonly<Record<string | symbol, unknown>>;

function elements(nodes: readonly Node[], lineAt: (offset: number) => number, place: symbol): XmlElement[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ":@");
    if (name === undefined || name.startsWith("#") || name.startsWith("?")) return [];
    const { startIndex } = (node[place] ?? {}) as { startIndex?: number };
    return [
      {
        name,
        attributes: new Map(Object.entries((node[":@"] ?? {}) as Record<string, string>)),
        line: lineAt(startIndex ?? 0),
        children: elements(node[name] as readonly Node[], lineAt, place),
      },
    ];
  });
}

/** Counts how deep tags stand in one another before anything recursive sees the text. */
function checkDepth(text: string, fail: (line: number) => Error): void {
  let depth = 0;
  for (let at = text.indexOf("<"); at >= 0; ) {
    const end = endOfTag(text, at);
    if (end === undefined) return;
    const first = text[at + 1];
    if (first === "/") depth--;
    else if (first !== "?" && first !== "!" && text[end - 1] !== "/") depth++;
    if (depth > DEEPEST) throw fail(lineCounter(text)(at));
    at = text.indexOf("<", end);
  }
}

/** Where the `>` of the tag at `at` stands; one inside quotes is text. `undefined` when there is none. */
function endOfTag(text: string, at: number): number | undefined {
  const past = (mark: string, from: number): number | undefined => {
    const found = text.indexOf(mark, from);
    return found < 0 ? undefined : found + mark.length - 1;
  };
  if (text.startsWith("<!--", at)) return past("-->", at + 4);
  if (text.startsWith("<![CDATA[", at)) return past("]]>", at + 9);
  for (let place = at + 1; place < text.length; place++) {
    const mark = text[place];
    if (mark === ">") return place;
    if (mark !== '"' && mark !== "'") continue;
    const close = text.indexOf(mark, place + 1);
    if (close < 0) return undefined;
    place = close;
  }
  return undefined;
}

/** Every element below (and with) this one, in the order of the file. */
export function* descendants(element: XmlElement): Iterable<XmlElement> {
  yield element;
  for (const child of element.children) yield* descendants(child);
}
