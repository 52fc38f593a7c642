import { createReadStream } from "node:fs";
import type { Command } from "commander";
import { ProbityError } from "../base/errors.ts";
import { explainStream, type LogExplanation } from "../diagnose/logs/explain-log.ts";
import { explanationLines } from "./explanation-words.ts";
import type { Terminal } from "./terminal.ts";

/** Adds `probity explain FILE|-`. `status` is told what the verb ends with. */
export function addExplainVerb(program: Command, terminal: Terminal, status: (code: number) => void): void {
  program
    .command("explain")
    .description("say what went wrong, from the output or log of any tool (- reads standard input)")
    .argument("<file>", "log file, saved console or paste; - for standard input")
    .option("--json", "print JSON")
    .action(async (file: string, options: { json?: boolean }) => {
      const explanation = await read(file);
      if (options.json) terminal.out(`${JSON.stringify(explanationJson(file, explanation), null, 2)}\n`);
      else for (const line of explanationLines(file, explanation)) terminal.out(`${line}\n`);
      status(explanation.tools.length === 0 ? 1 : 0);
    });
}

async function read(file: string): Promise<LogExplanation> {
  try {
    return await explainStream(file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 0x40000 }));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === undefined) throw error;
    throw new ProbityError("log-unreadable", `${file} cannot be read: ${reasons[reason] ?? reason}.`, {
      facts: { file, reason },
      remedy: ["Give the path of a saved log, or - and pipe the text in."],
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission is denied",
  EISDIR: "it is a folder",
};

function explanationJson(file: string, explanation: LogExplanation): Record<string, unknown> {
  const { facts: _facts, ...rest } = explanation;
  return { file, ...rest };
}
