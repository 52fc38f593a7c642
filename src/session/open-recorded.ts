import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, unlinkSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { ProbityError } from "../base/errors.ts";
import { type ExchangeFilter, recordLink } from "../link/record.ts";
import { RecordingWriter } from "../link/recording/writer.ts";
import { Redactor } from "../probe/stlink/redact.ts";
import type { OpenedLink } from "./opened-link.ts";

/** What `--record` and `--redact` ask for. */
export interface RecordChoice {
  readonly file: string;
  /** Leave out what memories hold, and who the probe is. */
  readonly redact: boolean;
  /** The words of the command line, for the header. */
  readonly command: readonly string[];
  /** `probity 0.1.0`. */
  readonly tool: string;
  /** Told when the file can't be written any more. */
  readonly note: (text: string) => void;
}

/**
 * Opens a link by `open` and records it. The file is tried before, so that a path that is wrong costs nothing. Rejects with
 * `record-unwritable`, and as `open` does.
 */
export async function openRecorded(choice: RecordChoice, open: () => Promise<OpenedLink>): Promise<OpenedLink> {
  const { file } = choice;
  const isNew = !existsSync(file);
  closeSync(opened(file, "a"));
  let bare: OpenedLink;
  try {
    bare = await open();
  } catch (error) {
    if (isNew) unlinkSync(file);
    throw error;
  }
  const descriptor = opened(file, "w");
  const { info, limits } = bare.link;
  const others = await bare.link.others?.();
  const secret = choice.redact ? new Secrets(info.serial) : undefined;
  const writer = new RecordingWriter({
    append: (bytes) => writeAll(descriptor, bytes),
    header: {
      tool: choice.tool,
      date: new Date().toISOString(),
      command: choice.command.map((word) => secret?.word(word) ?? word),
      link: {
        name: secret?.text(info.name) ?? info.name,
        vendorId: info.vendorId,
        productId: info.productId,
        serial: secret?.hash ?? info.serial,
        ...(limits !== undefined && { limits }),
        ...(others !== undefined && { others }),
      },
      redacted: choice.redact,
    },
    onFailure: (error) => {
      const system = (error as NodeJS.ErrnoException).code ?? String(error);
      choice.note(`Warning: the recording ${file} ends here: it cannot be written (${system}).`);
    },
  });
  const link = recordLink(bare.link, writer, secret?.filter());
  const end = (): void => {
    writer.close();
  };
  process.once("exit", end);
  return {
    ...bare,
    link,
    clock: link.clock,
    dispose: () => {
      process.removeListener("exit", end);
      end();
      closeSync(descriptor);
      bare.dispose();
    },
  };
}

/** What is not to be told of who recorded. */
class Secrets {
  readonly #serial: string;
  /** In the form of a serial number: the first 96 bits of its SHA-256. */
  readonly hash: string;

  constructor(serial: string) {
    this.#serial = serial;
    this.hash = createHash("sha256").update(serial).digest("hex").slice(0, 24).toUpperCase();
  }

  text(text: string): string {
    return text.replaceAll(new RegExp(this.#serial, "gi"), this.hash);
  }

  /** Folders tell of a user, too: the file's name is enough. */
  word(word: string): string {
    return this.text(word.replaceAll(/[^=:&?]*[/\\][^=:&?]*/g, (path) => basename(path.replaceAll("\\", "/"))));
  }

  filter(): ExchangeFilter {
    const redactor = new Redactor();
    return (exchange) => {
      const hidden = redactor.exchange(exchange);
      if (hidden.error === undefined) return hidden;
      return { ...hidden, error: JSON.parse(this.text(JSON.stringify(hidden.error))) };
    };
  }
}

function opened(file: string, mode: "a" | "w"): number {
  try {
    return openSync(file, mode);
  } catch (cause) {
    const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ProbityError("record-unwritable", `The recording ${file} cannot be written (${system}).`, {
      facts: { path: file, system },
      remedy: ["Give --record a path that this user may write."],
      cause,
    });
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
