/** What probe-rs prints of the name of a chip and of its description. */
import { type LinePattern, line, say } from "../log-reader.ts";

const chipNotNamed = say("option-unknown", { option: "--chip (which chip it is)", lacking: true });

export const chipErrors: readonly LinePattern[] = [
  // The core that was asked for by number is not in the chip's description.
  line("core ", 5, /\bcore \d{1,2} (?:was )?not found\b/i, ({ input }) => [say("unknown-error", { text: input })]),
  line(
    ["no suitable (default) flash loader", "no suitable flash loader", "no flash loader algorithm"],
    10,
    /no (?:suitable )?(?:\(default\) )?flash (?:loader )?algorithm\b.{0,40}?(?:target:? *([\w-]*\d[\w-]*)|$|\btarget\b)/i,
    (match) => [say("chip-unsupported", match[1] === undefined ? {} : { name: match[1] })],
  ),
  line(
    [
      "more than one suitable",
      "multiple flash algorithms",
      "multiple flash loader",
      "more than one flash",
      "multiple suitable",
    ],
    10,
    /(?:more than one|multiple)(?: suitable| default)? flash (?:loader )?(?:algorithms?|loaders?)\b/i,
    () => [say("chip-unsupported", { has: "several" })],
  ),
  line(
    ["found multiple chips", "multiple chips found"],
    8,
    /(?:found )?multiple chips (?:found )?matching ['"]?([\w-]+)/i,
    (match) => [say("chip-unsupported", { name: match[1] })],
  ),
  line(
    [
      "unable to load specification for chip",
      "the chip ",
      "failed to find chip",
      "the requested chip",
      "chip not found",
      "no target with",
      "is not a known chip",
    ],
    5,
    /unable to load specification for chip|the requested chip (?:['"`]([\w-]+)['"`] )?was not found|the chip ['"]?([\w-]+)['"]? was not found in the database|chip ['"]?(\S+?)['"]? not found|chip not found(?:: *['"]?([\w-]+))?|failed to find (?:a )?chip|['"`]?([\w-]+)['"`]? is not a known chip/i,
    (match) => {
      const name = match.slice(1).find((each) => each !== undefined);
      return [say("chip-unsupported", name === undefined ? {} : { name })];
    },
  ),
  line(
    ["unable to identify", "unable to automatically", "the connected chip could not automatically"],
    5,
    /(?:unable to (?:automatically )?identify|could not automatically be determined|could not autodetect)/i,
    (match, { memory }) =>
      // By itself it goes by the ROM table, which names a die that several of ST's chips have.
      /determined/i.test(match[0]) && memory.get("chip") !== true ? [chipNotNamed] : [say("chip-unidentified", {})],
  ),
  line("try specifying your chip with", 8, /try specifying your chip with the `?--chip/i, () => [chipNotNamed]),
  line("a generic chip was selected as the target", 8, /a generic chip was selected as the target/i, () => [
    say("chip-unsupported", { name: "generic", has: "core" }),
  ]),
  line(
    ["no ram defined for target", "no core can access the"],
    8,
    /no ram defined for target|no core can access the (?:nvm|ram) region/i,
    () => [say("chip-unsupported", {})],
  ),
];
