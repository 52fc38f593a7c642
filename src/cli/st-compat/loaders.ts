import { isProbityError } from "../../base/errors.ts";
import { configurationOf } from "../../session/open-link.ts";
import type { LoaderChoice } from "../../session/open-loaders.ts";
import { parseProbeSpec } from "../../session/probe-spec.ts";
import { loaderFolders, loaderFoldersVariable, openLoader } from "../find-loaders.ts";
import { findingLines } from "../finding-words.ts";
import type { Terminal } from "../terminal.ts";
import { describeError } from "../words.ts";
import type { ServerSettings } from "./option-table.ts";
import type { ServerLog } from "./server-log.ts";

const source = "initExternalMemory";
const failed = "Failed to initialize external memory!";
const goingOn = "Going on without this external memory; --strict-loaders ends here instead.";

/**
 * What `-el`, `-ei`, `--external-init` and the debug configuration of a virtual bench ask for. A loader that cannot be found or read is reported like one whose
 * Init() fails: it ends the start with `--strict-loaders` (this throws), else the session goes on without it.
 */
export function chooseLoaders(settings: ServerSettings, log: ServerLog, terminal: Terminal): LoaderChoice | undefined {
  const strict = settings.flag("strict-loaders");
  const folders = loaderFolders(settings.text("stm32cubeprogrammer-path"), process.env[loaderFoldersVariable]);
  const report = (lines: readonly string[]): void => {
    for (const line of [failed, ...lines, goingOn]) log.fileLine(source, line);
    terminal.out(`${failed}\n${lines.join("\n")}\n${goingOn}\n`);
  };
  const files: LoaderChoice["files"][number][] = [];
  const named = [
    ...settings.list("extload").map((name) => ({ name, initAfterReset: settings.flag("external-init") })),
    ...settings.list("extload_init").map((name) => ({ name, initAfterReset: true })),
    // A virtual bench may stand for a debug configuration, too.
    ...(configurationOf(parseProbeSpec(settings.text("probe")))?.loaders ?? []).map((name) => ({
      name,
      initAfterReset: false,
    })),
  ];
  // The same file under both options is one loader.
  const names = [...new Set(named.map(({ name }) => name))];
  for (const name of names) {
    const initAfterReset = named.some((one) => one.name === name && one.initAfterReset);
    try {
      files.push({ loader: openLoader(name, folders), initAfterReset });
    } catch (error) {
      if (strict || !isProbityError(error)) throw error;
      report(describeError(error));
    }
  }
  if (files.length === 0) return undefined;
  return {
    files,
    timeout: 1000 * settings.number("loader-timeout"),
    strict,
    initAtStart: true,
    onFailure: (finding) => report(findingLines(finding)),
  };
}
