import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** Whether a path has letters that a program needs more than ASCII for. */
export function hasForeignLetters(path: string | undefined): boolean {
  return /[^\x20-\x7e]/.test(path ?? "");
}

/** What is done about them. */
export const plainPath =
  "Move the project to a folder whose whole path has plain Latin letters, digits and no accents (the user's own name on Windows counts too), or copy the file to such a one and give that path.";

/** An error about a file, and none that says which: neither its format nor its size. */
const aboutFile =
  /^(?:error: *)?(?:(?:can(?:not|'t)|could(?: not|n't)|unable to|failed to) (?:open|read|access|load) )?(?:the )?(?:input )?file (?:open |read |access |i\/o )?(?:error|failed|failure)\b|\b(?:can(?:not|'t)|could(?: not|n't)|unable to|failed to) (?:open|read|access|find) (?:the )?(?:input )?file\b/i;

/** A file whose path a tool does not get through to the system. */
export const pathLetters: Rule = {
  name: "path-letters",
  why: "Programs that take their command line in the code page of Windows, or pass a path on as bytes, ask the system for a name that no file has as soon as a letter of it is not in that page: users of Chinese folder names had ST's programmer end at opening the file, and dfu-util at a folder with a letter of Czech.",
  conclude(facts) {
    const file = facts.all("image-file", ({ path }) => hasForeignLetters(path)).at(-1);
    const failed = facts.last("unknown-error", ({ text }) => aboutFile.test(text));
    if (file === undefined || failed === undefined || !facts.before(file, failed)) return [];
    return [
      conclusion("file-missing", {
        certainty: "likely",
        variant: "letters",
        values: { path: file.value.path },
        remedyFirst: [plainPath],
        evidence: quotes(file, failed),
        weight: 86,
        explains: ["not-enough-to-tell"],
        subject: "program",
      }),
    ];
  },
};
