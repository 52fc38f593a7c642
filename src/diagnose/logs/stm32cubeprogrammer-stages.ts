/** STM32CubeProgrammer with chips that start in stages: a WB's second core (FUS), and an MP1 or MP2 from nothing. */
import type { FactValues } from "../facts.ts";
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

/** FUS' errors by a part of their names, which differ between releases and from AN5185's (its table of errors). */
const answers: readonly (readonly [name: RegExp, answer: FactValues["fus"]["answer"]])[] = [
  [/NO_ERROR|IDLE|ONGOING|SUCCESS/i, "ok"],
  [/NOT_AUTH|AUTHENTIC/i, "not-authentic"],
  [/ENOUGH|SPACE/i, "no-space"],
  [/CORRUPT/i, "corrupt"],
  [/NOT_?FOUND/i, "not-found"],
  [/ROLLBACK/i, "rollback"],
  [/NOT_RUNNING/i, "not-running"],
  [/KEY|TAG/i, "key"],
];

function fus(text: string): Said[] {
  const answer = answers.find(([name]) => name.test(text))?.[1] ?? "unknown";
  // A state or status without an error says nothing of the work that it belongs to.
  return answer === "ok" ? [] : [say("fus", { answer, text })];
}

/** The tool's words without "Error:". */
function words(text: string): string {
  return text
    .replace(/^error: */i, "")
    .slice(0, 120)
    .trim();
}

export const programmerSecondCore: readonly LinePattern[] = [
  line("fus_", 10, /\b(FUS_[A-Z][A-Z_]{2,40})\b/, (match) => fus(match[1])),
  line("fus stat", 6, /^(?:error: *)?fus stat(?:e|us)(?: (?:is|value))? *:? *(?:0x)?([a-z][a-z_ ]{2,40})$/i, (match) =>
    /^fus_/i.test(match[1]) ? [] : fus(match[1].replace(/ /g, "_").toUpperCase()),
  ),
  // The tool reads the image's name and the chip, and does not hand the image to FUS.
  line(
    ["could not execute fwupgrade", "impossible to install"],
    8,
    /^(?:error: *)?(?:could not execute fwupgrade command\b.*|impossible to install (?:fus|(?:wireless )?stack)\b.*)/i,
    (match) => [
      say("fus", {
        answer: /impossible to install/i.test(match[0]) ? "unfit" : "unknown",
        text: match[0].replace(/^error: */i, "").trim(),
      }),
    ],
  ),
  line(
    [
      "fwupgrade",
      "fwdelete",
      "startwirelessstack",
      "start wireless stack",
      "antirollback",
      "anti-rollback",
      "fusgetstate",
    ],
    5,
    /^(?:error: *)?(?:\w+ ){0,3}-?(?:fwupgrade|fwdelete|start ?wireless ?stack|anti-?rollback|fusgetstate|fusopgetversion|auth(?:key)?update)\b.{0,60}(?:fail|error|not )/i,
    (match) => [say("fus", { answer: /rollback/i.test(match[0]) ? "rollback" : "unknown", text: words(match.input) })],
  ),
  line(
    ["wireless stack", "stack ", "fus "],
    4,
    /^error: *(?!.*\b(?:overflow|pointer)\b)(?:.{0,40}\b(?:wireless|ble|thread|zigbee) stack\b.{0,40}(?:fail|not |doesn'?t|wrong)|.{0,30}\bfus\b.{0,40}(?:too old|state|version|fail))/i,
    (match) => (/\bFUS_/.test(match.input) ? [] : [say("fus", { answer: "unknown", text: words(match.input) })]),
  ),
  line("firmware not authentic", 8, /firmware not authentic/i, (match) => [
    say("fus", { answer: "not-authentic", text: match[0] }),
  ]),
  line(
    ["fus ", "startfus", "start fus"],
    5,
    /\bfus (?:is )?not (?:running|started)|start ?fus\b.{0,30}fail|^error: .{0,60}\bfus\b.{0,40}(?:fail|not )/i,
    (match) => [say("fus", { answer: "not-running", text: match[0] })],
  ),
  line(
    ["firmware upgrade", "firmware update", "firmware delete", "wireless stack", "stack upgrade", "fus upgrade"],
    5,
    /(?:(?:firmware|stack|fus) (?:upgrade|update|delete)|wireless stack (?:start|install|upgrade)\w*) *:? *(?:operation )?(?:process )?(success\w*|succeeded|fail\w*|is not started|error)/i,
    (match) => [say("fus", { answer: /^succ/i.test(match[1]) ? "ok" : "unknown", text: match[0] })],
  ),
];

export const programmerEmbedded: readonly LinePattern[] = [
  line(["start embedded flashing", "tsv flashing service"], 8, /start embedded flashing|tsv flashing service/i),
  line("read tsv file", 8, /^read tsv file *:/i),
  line(["partition id", "partid"], 5, /^part(?:ition )?id *:+ *0x([0-9a-f]{2})$/i, (match, { memory }) => {
    memory.set("partition", hexValue(match[1]));
    return [];
  }),
  line(
    "start operation",
    10,
    /start operation (failed|done successfully) at partition 0x([0-9a-f]{1,2})/i,
    (match, { memory }) => {
      const done = /done/i.test(match[1]);
      if (done) memory.set("boot-loader", true);
      return [say("embedded-flashing", { step: "start", partition: hexValue(match[2]), done })];
    },
  ),
  // Of a chip with a boot ROM of its own it starts a partition; of others, a program at an address.
  line("address:", 2, /^address: *: *0x([0-9a-f]{1,2})$/i, (match, { memory }) => {
    memory.set("started-partition", hexValue(match[1]));
    return [];
  }),
  // U-Boot's own USB device, by whose names the partitions behind it are chosen.
  line(
    ["alternate setting", "virtual partition"],
    8,
    /unable to get the associate\w* alternate setting of partition|(?:uploading|upload) data from (?:the )?virtual partition/i,
    (_, { memory }) => [
      say("embedded-flashing", {
        step: "gadget",
        partition: (memory.get("partition") as number | undefined) ?? 3,
        done: false,
      }),
    ],
  ),
  line("download partition", 8, /download partition 0x([0-9a-f]{1,2}) failed/i, (match) => [
    say("embedded-flashing", { step: "download", partition: hexValue(match[1]), done: false }),
  ]),
];
