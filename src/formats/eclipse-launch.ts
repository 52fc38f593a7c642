import { projectFileError } from "./project-file-error.ts";
import { readXml } from "./xml-elements.ts";

/** An attribute of a debug configuration of Eclipse's. */
export interface LaunchAttribute {
  readonly key: string;
  /** Text as it is; `true` and `false` for a booleanAttribute; entries of a listAttribute by line. */
  readonly value: string;
  readonly line: number;
}

/** A `.launch` file: a debug configuration of Eclipse's, of any kind. */
export interface LaunchFile {
  readonly fileName: string;
  /** The configuration's type, `com.st.stm32cube.ide.mcu.debug.launch.launchConfigurationType`. */
  readonly type: string;
  readonly attributes: readonly LaunchAttribute[];
  readonly attribute: (key: string) => LaunchAttribute | undefined;
}

const kinds = ["stringAttribute", "booleanAttribute", "intAttribute", "listAttribute", "setAttribute"];

/** Reads a `.launch`. Throws `xml-malformed`, and `launch-malformed` for XML that is no launch configuration. */
export function readLaunch(text: string, fileName: string): LaunchFile {
  const root = readXml(text, fileName);
  if (root.name !== "launchConfiguration") {
    throw projectFileError(
      "launch-malformed",
      fileName,
      root.line,
      `it holds <${root.name.slice(0, 60)}> instead of <launchConfiguration>`,
      ["Export the debug configuration from the IDE again (Debug Configurations > Common > Shared file)."],
    );
  }
  const attributes = root.children.flatMap(({ name, attributes, line, children }): LaunchAttribute[] => {
    if (!kinds.includes(name)) return [];
    const key = attributes.get("key");
    if (key === undefined) {
      throw projectFileError("launch-malformed", fileName, line, `<${name}> has no key`, [
        "Take the line out, or take the file from version control.",
      ]);
    }
    const entries = children.map((child) => child.attributes.get("value") ?? "");
    return [{ key, value: attributes.get("value") ?? entries.join("\n"), line }];
  });
  const byKey = new Map(attributes.map((attribute) => [attribute.key, attribute]));
  return {
    fileName,
    type: root.attributes.get("type") ?? "",
    attributes,
    attribute: (key) => byKey.get(key),
  };
}
