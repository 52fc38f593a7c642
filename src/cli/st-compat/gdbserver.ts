import { appendFileSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { ProbityError } from "../../base/errors.ts";
import { takeEngineDefault } from "../engine-option.ts";
import type { Terminal } from "../terminal.ts";
import { probityVersion } from "../version.ts";
import { describeError } from "../words.ts";
import { bannerLines, titleLines } from "./banner.ts";
import { helpText, parseErrorText, versionText } from "./help.ts";
import { runInformation } from "./information.ts";
import { type ServerSettings, serverOptions } from "./option-table.ts";
import { configWords, ParseError, parseServerArguments } from "./parser.ts";
import { serve } from "./serve.ts";
import { ServerLog } from "./server-log.ts";

/**
 * `probity gdbserver` and `ST-LINK_gdbserver`: parses ST's options, does what they ask, resolves to ST's exit status.
 */
export async function runGdbServer(program: string, words: readonly string[], terminal: Terminal): Promise<number> {
  let settings: ServerSettings;
  try {
    settings = parseServerArguments(words, readConfigFile);
    takeEngineDefault();
  } catch (error) {
    if (error instanceof ParseError) terminal.error(parseErrorText(program, error));
    else terminal.error(`${describeError(error).join("\n")}\n`);
    return 1;
  }
  if (settings.flag("help")) {
    terminal.out(helpText(program));
    return 0;
  }
  if (settings.flag("version")) {
    terminal.out(versionText(program));
    return 0;
  }
  const information = await runInformation(settings, terminal);
  if (information !== undefined) return information;

  for (const [name, low, high] of [
    ["port-number", 0, 65535],
    ["swo-port", 0, 65535],
    ["log-level", 0, 31],
    ["loader-timeout", 1, 3600],
  ] as const) {
    const value = settings.number(name);
    if (value >= low && value <= high) continue;
    terminal.error(`Cause:    --${name} ${value} is out of range.\nRemedy:   give a number from ${low} to ${high}.\n`);
    return 1;
  }

  terminal.out(`${bannerLines(settings).join("\n")}\n`);
  terminal.out(`Probity ${probityVersion}, in place of ST's server. None of ST's software is in it.\n`);
  for (const option of serverOptions) {
    if (option.noEffectYet === undefined || !settings.given(option.long)) continue;
    terminal.error(`Note: --${option.long} has no effect yet (${option.noEffectYet}: planned, not built).\n`);
  }
  return serve(settings, openLog(settings, terminal), terminal);
}

function readConfigFile(path: string): string[] {
  try {
    return configWords(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ProbityError("config-file-unreadable", `The config file ${path} cannot be read.`, {
      facts: { path, system: (error as NodeJS.ErrnoException).code ?? String(error) },
      remedy: ["Correct the path after -c, or leave the option out."],
      cause: error,
    });
  }
}

function openLog(settings: ServerSettings, terminal: Terminal): ServerLog {
  const started = performance.now();
  const path = settings.text("log-file");
  let file: ((text: string) => void) | undefined;
  if (settings.given("log-file")) {
    try {
      writeFileSync(path, "");
      const descriptor = openSync(path, "a");
      file = (text) => appendFileSync(descriptor, text);
    } catch {
      const why = existsSync(path)
        ? "it is there, but cannot be written"
        : "its folder does not exist or cannot be written";
      terminal.out(`Error in opening Log File ${path}\nLogging is disabled\n`);
      terminal.error(`Cause:    ${why}.\nRemedy:   give -f a path that this user may write.\n`);
    }
  }
  const console = settings.flag("verbose") ? (text: string): void => terminal.out(text) : undefined;
  const log = new ServerLog(
    { file, console },
    settings.number("log-level"),
    () => (performance.now() - started) / 1000,
  );
  log.configuration(settings);
  log.fileLine("init", titleLines.join("\n"));
  return log;
}
