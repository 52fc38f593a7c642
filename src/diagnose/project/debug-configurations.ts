import type { VscodeConfiguration } from "../../formats/vscode-launch.ts";
import { quoted } from "./project-file.ts";
import { configurationName } from "./project-view.ts";
import type { ProjectFacts } from "./read-project.ts";

/** A loader that a debug configuration names, of whatever IDE. */
export interface LoaderUse {
  /** `the debug configuration "Debug" of .vscode/launch.json`. */
  readonly configuration: string;
  readonly file: string;
  readonly path: string;
  readonly enabled: boolean;
  /** The settings, with file, line and key. */
  readonly quotes: readonly string[];
  /** How it is taken out. */
  readonly remedy: string;
}

/** A debug configuration that works through an ST-LINK server which takes loaders. */
export interface LoaderConfiguration {
  readonly name: string;
  readonly file: string;
  readonly uses: readonly LoaderUse[];
}

/** Every debug configuration for an ST-LINK server, with the loaders it names. */
export function loaderConfigurations({ launches, vscode }: ProjectFacts): LoaderConfiguration[] {
  const found: LoaderConfiguration[] = [];
  for (const { fileName, server, loaders } of launches) {
    if (server === "openocd" || server === "j-link") continue;
    const name = configurationName(fileName);
    const uses = loaders.map(({ path, enabled, key, line, switchedBy, switchLine }): LoaderUse => {
      const switched = switchedBy.split("=");
      return {
        configuration: name,
        file: fileName,
        path,
        enabled,
        quotes: [
          quoted(fileName, line, key, path),
          ...(switched[0] === "fIsEnabled" ? [] : [quoted(fileName, switchLine, switched[0], switched[1])]),
        ],
        remedy: `STM32CubeIDE: Run > Debug Configurations > Debugger tab > External loaders: untick or remove it (${fileName}, line ${switchLine}: ${switched[0] === "fIsEnabled" ? key : switched[0]}).`,
      };
    });
    found.push({ name, file: fileName, uses });
  }
  for (const { fileName, configurations } of vscode) {
    for (const configuration of configurations) {
      if (!usesStLink(configuration)) continue;
      const name = configurationName(fileName, configuration.name);
      const uses = configuration.values.flatMap(({ key, value, line }): LoaderUse[] =>
        typeof value === "string" && /\.(stldr|flm)$/i.test(value)
          ? [
              {
                configuration: name,
                file: fileName,
                path: value,
                enabled: true,
                quotes: [quoted(fileName, line, key, value)],
                remedy: `VS Code: take it out of ${key.replace(/\[.*$/, "")} in ${fileName}, line ${line} (with the --extload or -el before it).`,
              },
            ]
          : [],
      );
      found.push({ name, file: fileName, uses });
    }
  }
  return found;
}

/** True for a configuration of cortex-debug with ST's server, and for one of ST's own extension. */
export function usesStLink(configuration: VscodeConfiguration): boolean {
  if (configuration.type === "stlinkgdbtarget") return true;
  return configuration.type === "cortex-debug" && configuration.value("servertype")?.value === "stlink";
}
