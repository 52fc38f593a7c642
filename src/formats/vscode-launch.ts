import { type AnyNode, type MemberNode, type ObjectNode, parse } from "@humanwhocodes/momoa";
import { isProbityError } from "../base/errors.ts";
import { jsonTrouble } from "./json-words.ts";
import { projectFileError } from "./project-file-error.ts";

/** A value of a debug configuration: its path in it (`serverArgs[1]`), what it is, and its line. */
export interface VscodeValue {
  readonly key: string;
  /** Text, number, truth or null; of a list or an object, its kind alone. */
  readonly value: string | number | boolean | null;
  readonly kind: "text" | "number" | "boolean" | "null" | "list" | "object";
  readonly line: number;
}

/** One debug configuration of `.vscode/launch.json`. */
export interface VscodeConfiguration {
  readonly name: string;
  /** `cortex-debug`, `stlinkgdbtarget`, `cppdbg` ... */
  readonly type: string;
  readonly line: number;
  /** Every value in it, nested ones included, in the order of the file. */
  readonly values: readonly VscodeValue[];
  readonly value: (key: string) => VscodeValue | undefined;
}

export interface VscodeLaunchFile {
  readonly fileName: string;
  readonly configurations: readonly VscodeConfiguration[];
}

/** More values than anyone has in a launch.json. */
const MOST_VALUES = 100_000;

/**
 * Reads `.vscode/launch.json`: JSON with comments and trailing commas, as VS Code takes it. Throws
 * `vscode-launch-malformed` with file and line.
 */
export function readVscodeLaunch(text: string, fileName: string): VscodeLaunchFile {
  const fail = (line: number | undefined, what: string) =>
    projectFileError("vscode-launch-malformed", fileName, line, what, [
      "Correct the JSON there (VS Code underlines it); VS Code ignores every configuration of a file that it cannot read.",
    ]);
  const root = parsed(text, fail);
  if (root.type !== "Object") throw fail(root.loc.start.line, "it is no JSON object");
  const list = member(root, "configurations")?.value;
  if (list === undefined) return { fileName, configurations: [] };
  if (list.type !== "Array") throw fail(list.loc.start.line, '"configurations" is no list');
  const configurations = list.elements.map(({ value }) => {
    if (value.type !== "Object") throw fail(value.loc.start.line, "a configuration is no JSON object");
    return configurationOf(value);
  });
  return { fileName, configurations };
}

function parsed(text: string, fail: (line: number | undefined, what: string) => Error) {
  const plain = text.replace(/^\ufeff/, "");
  try {
    return parse(plain, { mode: "jsonc", allowTrailingCommas: true }).body;
  } catch (error) {
    if (isProbityError(error)) throw error;
    // The parser goes down into brackets by itself, as deep as the stack is.
    if (error instanceof RangeError) throw fail(undefined, "its brackets stand in one another too deep");
    const { line, column, offset = plain.length } = error as Error & ParserPlace;
    throw fail(line, jsonTrouble(plain, offset, column));
  }
}

/** Where the parser stopped: line and column from 1, offset from 0. */
interface ParserPlace {
  readonly line?: number;
  readonly column?: number;
  readonly offset?: number;
}

function configurationOf(object: ObjectNode): VscodeConfiguration {
  const values: VscodeValue[] = [];
  collect(object, "", values);
  const byKey = new Map(values.map((value) => [value.key, value]));
  const text = (key: string): string => {
    const value = byKey.get(key)?.value;
    return typeof value === "string" ? value : "";
  };
  return {
    name: text("name"),
    type: text("type"),
    line: object.loc.start.line,
    values,
    value: (key) => byKey.get(key),
  };
}

function collect(node: AnyNode, key: string, into: VscodeValue[]): void {
  if (into.length >= MOST_VALUES) return;
  const { line } = node.loc.start;
  switch (node.type) {
    case "Object":
      if (key !== "") into.push({ key, value: "", kind: "object", line });
      for (const each of node.members) collect(each.value, key === "" ? nameOf(each) : `${key}.${nameOf(each)}`, into);
      break;
    case "Array":
      into.push({ key, value: "", kind: "list", line });
      for (const [index, each] of node.elements.entries()) collect(each.value, `${key}[${index}]`, into);
      break;
    case "String":
      into.push({ key, value: node.value, kind: "text", line });
      break;
    case "Number":
      into.push({ key, value: node.value, kind: "number", line });
      break;
    case "Boolean":
      into.push({ key, value: node.value, kind: "boolean", line });
      break;
    case "Null":
      into.push({ key, value: null, kind: "null", line });
      break;
    default:
  }
}

function member(object: ObjectNode, name: string): MemberNode | undefined {
  return object.members.find((each) => nameOf(each) === name);
}

function nameOf({ name }: MemberNode): string {
  return name.type === "String" ? name.value : name.name;
}
