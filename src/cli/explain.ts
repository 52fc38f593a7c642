import { createReadStream } from "node:fs";
import type { Command } from "commander";
import { ProbityError } from "../base/errors.ts";
import { explainStream, type LogExplanation } from "../diagnose/logs/explain-log.ts";
import { fileKind, LOOKED_AT } from "../diagnose/logs/file-kind.ts";
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
    const pieces = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 0x40000 });
    return await explainStream(logOnly(file, pieces));
  } catch (error) {
    if (error instanceof ProbityError) throw error;
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === undefined) throw error;
    throw new ProbityError("log-unreadable", `${file} cannot be read: ${reasons[reason] ?? reason}.`, {
      facts: { file, reason },
      remedy: ["Give the path of a saved log, or - and pipe the text in."],
    });
  }
}

/** Passes a log's pieces on; throws when its start shows that it is none. */
async function* logOnly(file: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  for await (const piece of pieces) {
    if (start === undefined) {
      yield piece;
      continue;
    }
    start = Buffer.concat([start, piece]);
    if (start.length < LOOKED_AT) continue;
    refuseOther(file, start);
    yield start;
    start = undefined;
  }
  if (start === undefined) return;
  refuseOther(file, start);
  yield start;
}

function refuseOther(file: string, start: Uint8Array): void {
  const kind = fileKind(start);
  if (kind === undefined) return;
  const name = file === "-" ? "Standard input" : file;
  throw new ProbityError("not-a-log", `${name} is ${kind.name}, not a log.`, {
    facts: { file, kind: kind.name },
    remedy: [kind.remedy ?? "Give the text that a tool printed: a saved log or console, or - and pipe it in."],
  });
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
