import { projectFileError } from "./project-file-error.ts";
import { descendants, readXml, type XmlElement } from "./xml-elements.ts";

/** A setting of a build configuration with its line. */
export interface CprojectSetting {
  readonly value: string;
  readonly line: number;
}

/** A build configuration of STM32CubeIDE: `Debug`, `Release`. */
export interface CprojectConfiguration {
  readonly name: string;
  readonly line: number;
  /** `STM32F103C8Tx`. */
  readonly mcu: CprojectSetting | undefined;
  /** As written: `${workspace_loc:/${ProjName}/STM32F103C8TX_FLASH.ld}`. */
  readonly linkerScript: CprojectSetting | undefined;
  /** Symbols defined for the C compiler. */
  readonly defines: readonly CprojectSetting[];
}

/** The build settings of an Eclipse CDT project. */
export interface CprojectFile {
  readonly fileName: string;
  readonly configurations: readonly CprojectConfiguration[];
}

/*
 * Option classes, all confirmed in published .cproject files of STM32CubeIDE: ...managedbuild.option.target_mcu,
 * ...tool.c.linker.option.script and ...tool.cpp.linker.option.script, ...tool.c.compiler.option.definedsymbols.
 */
const MCU = /\.managedbuild\.option\.target_mcu$/;
const SCRIPT = /\.tool\.c(pp)?\.linker\.option\.script$/;
const SYMBOLS = /\.tool\.c\.compiler\.option\.definedsymbols$/;

/** Reads a `.cproject`. Throws `xml-malformed`, and `cproject-malformed` for XML that is none. */
export function readCproject(text: string, fileName: string): CprojectFile {
  const root = readXml(text, fileName);
  if (root.name !== "cproject") {
    throw projectFileError(
      "cproject-malformed",
      fileName,
      root.line,
      `it holds <${root.name.slice(0, 60)}> instead of <cproject>`,
      ["Take the file from version control, or create the project again from its .ioc."],
    );
  }
  const configurations = [...descendants(root)]
    .filter(({ name, attributes }) => name === "configuration" && attributes.has("name"))
    .map(configurationOf);
  return { fileName, configurations };
}

function configurationOf(element: XmlElement): CprojectConfiguration {
  const options = [...descendants(element)].filter(({ name }) => name === "option");
  const ofClass = (pattern: RegExp): XmlElement[] =>
    options.filter(({ attributes }) => pattern.test(attributes.get("superClass") ?? ""));
  const setting = (pattern: RegExp): CprojectSetting | undefined => {
    const found = ofClass(pattern).find(({ attributes }) => (attributes.get("value") ?? "") !== "");
    return found && { value: found.attributes.get("value") ?? "", line: found.line };
  };
  return {
    name: element.attributes.get("name") ?? "",
    line: element.line,
    mcu: setting(MCU),
    linkerScript: setting(SCRIPT),
    defines: ofClass(SYMBOLS).flatMap(({ children }) =>
      children.flatMap(({ attributes, line }) => {
        const value = attributes.get("value");
        return value === undefined || value === "" ? [] : [{ value, line }];
      }),
    ),
  };
}
