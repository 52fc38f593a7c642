/** Python's own words in pyOCD's tracebacks: nothing that a probe or target does. */
import { type LinePattern, line, type Said, say } from "../log-reader.ts";
import { removedFromPython } from "./removals.ts";

function scriptError(text: string): Said[] {
  const removedIn = removedFromPython(text);
  return [say("script-error", { text, ...(removedIn !== undefined && { removedIn }) })];
}

export const pyocdPython: readonly LinePattern[] = [
  // It goes on without: what a configuration names may be missing.
  line("error attempting to access config file", 8, /error attempting to access config file/i, () => []),
  // What Python says of calls and names that do not fit one another: nothing that a probe or target does.
  line(
    [
      "has no attribute",
      "unexpected keyword argument",
      "positional argument",
      "unbound method",
      "is not callable",
      "not subscriptable",
    ],
    4,
    /\b((?:'?\w+'? object|module '?\w[\w.]*'?|type object '?\w+'?) has no attribute\b.{0,80}|\w+\(\) (?:got an unexpected keyword argument|takes|missing \d).{0,80}|unbound method .{0,80}|'\w+' object is not (?:callable|subscriptable))/i,
    (match) => scriptError(match[1].trim()),
  ),
  // A call in the traceback: the last one before the error is where Python was.
  line('file "', 0, /^file "([^"]{1,300})", line \d+, in /i, (match, { memory }) => {
    memory.set("own-code", /[\\/]pyocd[\\/]/i.test(match[1]));
    return [];
  }),
  line(
    ["typeerror: ", "attributeerror: ", "nameerror: ", "unboundlocalerror: ", "zerodivisionerror: "],
    4,
    /^(?:type|attribute|name|unboundlocal|zerodivision)error: (.{1,120})/i,
    (match, { memory }) => (memory.get("own-code") === true ? scriptError(match[1].trim()) : []),
  ),
  line("no module named", 2, /\b(no module named '?(?:imp|distutils|asyncore|asynchat)'?)(?:\s|$)/i, (match) =>
    scriptError(match[1]),
  ),
  line("uncaught exception", 4, /\bE?R?R?O?R?:?(?:__main__:)?uncaught exception/i),
];
