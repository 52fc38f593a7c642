import { printable } from "./project-text.ts";

/** What the parser's message says is wrong, in words for someone who did not write a parser. */
const words: readonly (readonly [message: RegExp, words: (...parts: string[]) => string])[] = [
  [
    /^Start tag expected|^char '.' is not expected/s,
    () => "there is text where a tag has to stand, such as <name ...>",
  ],
  [/^char '&' is not expected/, () => "an & stands alone; in XML it is written &amp;"],
  [/^Unclosed tag '(.*)'/s, (name) => `the file ends before <${name}>, which begins here, is closed`],
  [
    /^Expected closing tag '(.*)' \(opened in line (\d+), col \d+\) instead of closing tag '(.*)'/s,
    (open, line, closed) => `</${closed}> stands where <${open}> of line ${line} has to be closed first`,
  ],
  [/^Closing tag '(.*)' has not been opened/s, (name) => `</${name}> closes what was never opened`],
  [/^Closing tag '([^']*)'/, (name) => `the closing tag </${name}> is not written as one`],
  [/^boolean attribute '(.*)' is not/s, (name) => `the attribute ${name} has no value`],
  [/^Attribute '(.*)' is without value/s, (name) => `the value of the attribute ${name} does not stand in quotes`],
  [/^Attribute '(.*)' is repeated/s, (name) => `the attribute ${name} stands twice`],
  [/^Attribute '(.*)' has no space/s, (name) => `a blank is missing before the attribute ${name}`],
  [/^Attribute '(.*)' is an invalid name/s, (name) => `"${name}" is no name of an attribute`],
  [/^Attributes for '(.*)' have open quote/s, (name) => `a quote among the attributes of <${name}> is not closed`],
  [/^Tag '(.*)' is an invalid name/s, (name) => `<${name}> is no tag`],
  [/^Invalid space after '<'/, () => "a blank stands between < and the tag's name"],
  [/^Extra text|^Multiple possible root/, () => "something follows after the end of the outermost element"],
  [/^XML declaration/, () => "<?xml ...?> may stand at the very beginning alone"],
];

/** The parser's message in plain words. */
export function xmlTrouble(message: string): string {
  // An ampersand is the more special case of a character that is not expected.
  const ampersand = message.startsWith("char '&'");
  for (const [pattern, say] of ampersand ? [words[1]] : words) {
    const match = message.match(pattern);
    if (match !== null) return say(...match.slice(1).map((part) => printable(part, 40)));
  }
  return `it is no valid XML (${printable(message.replace(/\.$/, ""), 100)})`;
}
