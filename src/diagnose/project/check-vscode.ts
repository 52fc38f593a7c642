import type { VscodeConfiguration, VscodeValue } from "../../formats/vscode-launch.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import { vscodeValues } from "./check-vscode-values.ts";
import { quoted } from "./project-file.ts";
import {
  configurationName,
  isThere,
  type ProjectCheck,
  type ProjectView,
  projectPaths,
  sentence,
} from "./project-view.ts";

/** Servers that cortex-debug starts or talks to (its debug_attributes.md). */
const servers = ["jlink", "openocd", "pyocd", "pe", "stlink", "stutil", "qemu", "bmp", "external"];

/** Debug configurations of VS Code's cortex-debug, and of ST's own extension as far as its program. */
export const checkVscode: ProjectCheck = (view): readonly Conclusion[] =>
  view.facts.vscode.flatMap(({ fileName, configurations }) =>
    configurations.flatMap((configuration) => {
      if (configuration.type === "cortex-debug") {
        return [
          ...serverOf(configuration, fileName),
          ...needsOf(configuration, fileName),
          ...programOf(configuration, fileName, view),
          ...familyOf(configuration, fileName, view),
          ...vscodeValues(configuration, fileName, view),
        ];
      }
      return configuration.type === "stlinkgdbtarget" ? programOf(configuration, fileName, view) : [];
    }),
  );

function quote(file: string, { line, key, value, kind }: VscodeValue): string {
  return quoted(file, line, key, kind === "list" ? "[...]" : kind === "object" ? "{...}" : value);
}

function missing(
  file: string,
  configuration: VscodeConfiguration,
  key: string,
  lack: string,
  correction: string,
  more: readonly string[] = [],
): Conclusion {
  return conclusion("vscode-setting-missing", {
    certainty: "certain",
    values: { configuration: sentence(configurationName(file, configuration.name)), lack, correction },
    evidence: [`${file}, line ${configuration.line}: this configuration has no ${key}`, ...more],
    weight: 60,
    subject: `${file} ${configuration.line} ${key}`,
  });
}

function serverOf(configuration: VscodeConfiguration, file: string): readonly Conclusion[] {
  const server = configuration.value("servertype");
  if (server === undefined || server.value === "") {
    return [
      missing(
        file,
        configuration,
        "servertype",
        "does not say which GDB server to use",
        'Add "servertype": "stlink" (for ST\'s server and for Probity), or another that cortex-debug knows.',
      ),
    ];
  }
  if (servers.includes(String(server.value))) return [];
  return [
    conclusion("vscode-server-unknown", {
      certainty: "certain",
      values: {
        configuration: sentence(configurationName(file, configuration.name)),
        value: JSON.stringify(server.value),
        known: servers.join(", "),
      },
      evidence: [quote(file, server)],
      weight: 60,
      subject: `${file} ${configuration.line}`,
    }),
  ];
}

/** What a server cannot do without. */
function needsOf(configuration: VscodeConfiguration, file: string): readonly Conclusion[] {
  const has = (key: string): boolean => {
    const value = configuration.value(key);
    if (value === undefined || (value.value === "" && value.kind === "text")) return false;
    return value.kind !== "list" || configuration.value(`${key}[0]`) !== undefined;
  };
  const server = configuration.value("servertype");
  const found: Conclusion[] = [];
  const lack = (key: string, words: string, correction: string): void => {
    found.push(missing(file, configuration, key, words, correction, server === undefined ? [] : [quote(file, server)]));
  };
  if (!has("executable") && !has("loadFiles") && !has("symbolFiles")) {
    lack("executable", "names no program", 'Add "executable" with the path of the ELF file.');
  }
  if (server?.value === "jlink" && !has("device"))
    lack("device", "names no device, without which J-Link's server does not start", 'Add "device": "STM32...".');
  if (server?.value === "openocd" && !has("configFiles") && !has("serverArgs") && !has("openOCDLaunchCommands")) {
    lack(
      "configFiles",
      "gives OpenOCD no configuration files",
      'Add "configFiles": ["interface/stlink.cfg", "target/stm32f1x.cfg"] with the file of the chip\'s family.',
    );
  }
  if (server?.value === "external" && !has("gdbTarget"))
    lack("gdbTarget", "does not say where the server is", 'Add "gdbTarget": "localhost:61234".');
  const args = configuration.value("serverArgs");
  if (args !== undefined && args.kind !== "list") {
    found.push(
      conclusion("vscode-setting-missing", {
        certainty: "certain",
        values: {
          configuration: sentence(configurationName(file, configuration.name)),
          lack: "gives serverArgs as one text, where cortex-debug takes a list",
          correction: 'Write each option and each value as an element of its own: ["-m", "0"].',
        },
        evidence: [quote(file, args)],
        subject: `${file} ${configuration.line} serverArgs`,
      }),
    );
  }
  return found;
}

function programOf(configuration: VscodeConfiguration, file: string, view: ProjectView): readonly Conclusion[] {
  // Nothing is built yet: what is not there may come.
  if (view.facts.program === undefined || !view.complete) return [];
  const cwd = configuration.value("cwd")?.value;
  const folder = typeof cwd === "string" ? (projectPaths(cwd, "")?.[0] ?? "") : "";
  return configuration.values.flatMap((each) => {
    if (
      typeof each.value !== "string" ||
      !/^(executable|loadFiles\[\d+\]|imagesAndSymbols\[\d+\]\.imageFileName)$/.test(each.key)
    )
      return [];
    const paths = projectPaths(each.value, file, folder);
    if (paths === undefined || isThere(view, paths)) return [];
    return [
      conclusion("launch-program-missing", {
        certainty: "certain",
        values: { configuration: sentence(configurationName(file, configuration.name)), path: each.value },
        evidence: [
          quote(file, each),
          `among the project's files there is no ${paths[0]}, but ${view.facts.program?.path}`,
        ],
        weight: 60,
        subject: `${file} ${configuration.line}`,
      }),
    ];
  });
}

/** OpenOCD's target files are named after families: stm32f1x.cfg, stm32f4x.cfg, stm32l4x.cfg. */
function familyOf(configuration: VscodeConfiguration, file: string, view: ProjectView): readonly Conclusion[] {
  const row = view.chip?.rows[0];
  if (row === undefined || view.chip === undefined || configuration.value("servertype")?.value !== "openocd") return [];
  const right = `stm32${row.family.slice(5).toLowerCase()}x`;
  return configuration.values.flatMap((each) => {
    const match = /^configFiles\[/.test(each.key)
      ? String(each.value).match(/target[\\/]stm32([a-z]{1,3}\d?)[x_.]/i)
      : null;
    const family = match && `STM32${match[1].toUpperCase()}`;
    if (family === null || family === row.family || row.family.startsWith(family)) return [];
    return [
      conclusion("vscode-target-other-family", {
        certainty: "likely",
        values: {
          configuration: sentence(configurationName(file, configuration.name)),
          value: String(each.value),
          family,
          chip: view.chip?.name ?? "",
          right,
        },
        evidence: [quote(file, each), view.chip?.quote ?? ""],
        weight: 60,
        subject: `${file} ${each.line}`,
      }),
    ];
  });
}
