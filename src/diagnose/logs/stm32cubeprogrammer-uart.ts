/** STM32CubeProgrammer over a serial port: each byte of AN3155 that it sends and gets. */
import { answerOf, commandNamed, commandRefused, commandWords } from "./boot-loader/protocol.ts";
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { portRefusal } from "./serial-ports.ts";
import { hexValue } from "./values.ts";

function heard(answer: "ok" | "none" | "refused" | "garbled", to?: string): Said[] {
  return [say("boot-loader", { over: "serial", answer, ...(to !== undefined && { to }) })];
}

/** Commands whose acknowledge is followed by data: how many bytes, the bytes, and an acknowledge (AN3155, 3.1 to 3.3). */
const givesData: ReadonlySet<number | undefined> = new Set([0x00, 0x01, 0x02]);

export const programmerUart: readonly LinePattern[] = [
  line(
    ["sending init command", "retrying uart init", "rts low", "rts high", "dtr low", "dtr high", "uart port close"],
    5,
    /^(?:sending init command|retrying uart init|(?:rts|dtr) (?:low|high)$|uart port close)/i,
  ),
  line("wait ends after", 5, /^wait ends after \d+ loops?, dataready/i),
  line("sending ", 6, /^sending (.{2,60}?)(?: and its (?:xor|checksum))?:?$/i, (match, { memory }) => {
    // A command is acknowledged by itself, then its address, then what goes with it (AN3155, 3.4 to 3.8).
    const part = /\b(address|number|data|bytes|pages?|sectors?)\b/i.exec(match[1])?.[1];
    const code = part === undefined ? commandNamed(match[1]) : undefined;
    if (part !== undefined) memory.set("part", /number/i.test(part) ? "byte count" : part.toLowerCase());
    else memory.delete("part");
    if (code !== undefined) memory.set("command", code);
    else if (part === undefined) memory.delete("command");
    memory.delete("acknowledged");
    return [];
  }),
  line(
    "received response from target",
    10,
    /received response from target: *0x([0-9a-f]{2})\b/i,
    (match, { memory }) => {
      const answer = answerOf(hexValue(match[1]));
      const command = memory.get("command") as number | undefined;
      if (answer === undefined) return [];
      if (answer === "garbled" && memory.get("acknowledged") === true && givesData.has(command)) return [];
      memory.set("acknowledged", answer === "ok");
      memory.set("answered", answer);
      const to = command === undefined ? "0x7F" : commandWords(command);
      // To 0x7F it answers 0x1F where it had measured the rate before: it is there.
      if (answer === "refused" && command === undefined) return heard("ok", to);
      if (answer === "refused" && command !== undefined) {
        const part = memory.get("part") as string | undefined;
        return part === undefined ? commandRefused(command) : heard("refused", `the ${part} of ${to}`);
      }
      return heard(answer, to);
    },
  ),
  // How many commands there are, the boot loader's version, their codes, and an acknowledge (AN3155, 3.1).
  line("full received response", 8, /^full received response: *((?:[0-9a-f]{2}){3,40})$/i, (match, { memory }) => {
    const bytes = match[1].match(/../g)?.map(hexValue) ?? [];
    const answer = bytes.length === bytes[0] + 3 ? answerOf(bytes.at(-1) ?? 0) : undefined;
    if (answer !== "garbled") return [];
    memory.set("answered", "garbled");
    return heard("garbled", commandWords(0x00));
  }),
  line(
    ["no response from target", "timeout error occured while waiting", "timeout error occurred while waiting"],
    8,
    /^(?:error: *)?no response from target|timeout error occurr?ed while waiting for acknowledge/i,
    (_, { memory }) => {
      memory.set("answered", "none");
      return heard("none", memory.has("command") ? commandWords(memory.get("command") as number) : "0x7F");
    },
  ),
  line("activating device", 8, /^(?:error: *)?activating device *:? *\[?(ok|ko)\b/i, (match, { memory }) => {
    if (/ok/i.test(match[1])) return [...heard("ok"), say("stage", { stage: "target-connected", reached: true })];
    if (memory.get("bus") === true) return [say("boot-loader", { over: "bus", answer: "none" })];
    return memory.get("answered") === "garbled" ? [] : heard("none", "0x7F");
  }),
  line(
    [
      "get command",
      "getid command",
      "get id command",
      "get version command",
      "read memory command",
      "write memory command",
      "erase command",
      "go command",
      "read command",
      "write command",
      "extended erase command",
      "command ",
    ],
    6,
    /(?:^|error: *|")(?:the )?([\w ]{2,30}?) command (?:is |was )?not acknowledged(?:,? at (?:address:? *)?0x([0-9a-f]{1,8}))?/i,
    (match, { memory }) => {
      // What came in its place was told before, byte by byte.
      if (memory.get("answered") === "garbled" || memory.get("answered") === "none") return [];
      const code = commandNamed(match[1]);
      // Its address is sent after the command itself was acknowledged: what is refused is the place.
      if (match[2] !== undefined) {
        const words = code === undefined ? match[1] : commandWords(code);
        return heard("refused", `${words} at 0x${match[2].padStart(8, "0")}`);
      }
      return code === undefined ? heard("refused", match[1]) : commandRefused(code);
    },
  ),
  line(
    ["write address", "read address", "address "],
    6,
    /^(?:error: *)?(write|read|go)?\s*address (?:is |was )?not acknowledged:? *0x([0-9a-f]{1,8})/i,
    (match) => {
      const operation = /read|go/i.exec(match[1] ?? "")?.[0].toLowerCase() ?? "write";
      const words = operation === "go" ? "Go" : operation === "read" ? "Read Memory" : "Write Memory";
      return heard("refused", `${words} at 0x${match[2].toUpperCase().padStart(8, "0")}`);
    },
  ),
  line("response received from device", 8, /^response received from device: *nack\b/i),
  line("chip id", 5, /^chip id: *0x([0-9a-f]{3,4})\b/i, (match, { memory }) => {
    memory.set("boot-loader-id", true);
    return [
      say("device-id", { id: hexValue(match[1]) & 0xfff }),
      say("stage", { stage: "target-connected", reached: true }),
    ];
  }),
  line(
    ["serial port", "com", "dev/tty", "cannot open port", "unable to open port", "error opening port"],
    4,
    /^error: *(?=.*(?:serial port|\bport\b.{0,4} \/dev|\bcom\d))(?=.*(?:not found|busy|in use|denied|not (?:be )?open|open\w* (?:the )?(?:serial )?port|fail\w*|no such)).*/i,
    ({ input }, { memory }) => {
      memory.set("answered", "none");
      const port = /\b(COM\d{1,3})\b|(\/dev\/\S+?)[\s.,:]/i.exec(`${input} `);
      const why = portRefusal(input);
      return [
        say("serial-port-failed", {
          ...(port !== null && { port: port[1] ?? port[2] }),
          ...(why !== undefined && { why }),
        }),
      ];
    },
  ),
  // Whatever is no name of an interface is taken for a serial port's, `-c port=USBI` too.
  line(
    "cannot open port",
    8,
    /^error: *cannot open port (?:(\S{1,60}), it may be used by another|(usb\w{0,8})\W*$)/i,
    (match, { memory }) => {
      memory.set("answered", "none");
      return [say("serial-port-failed", { port: match[1] ?? match[2] })];
    },
  ),
  // Over USB: the transfer of a block was answered by an error of DFU, or not at all.
  line(
    ["write failed at", "read failed at", "erase failed at", "upload failed at", "download failed at"],
    6,
    /^(?:error: *)?(write|read|erase|upload|download) failed at (?:address)? *:? *0x([0-9a-f]{1,8})/i,
    (match, { memory }) => {
      const operation = /erase/i.test(match[1]) ? "erase" : /read|upload/i.test(match[1]) ? "read" : "program";
      const address = hexValue(match[2]);
      if (memory.get("boot-loader") !== true) return [say("flash-trouble", { operation, address })];
      const to = `${operation === "program" ? "Write Memory" : operation === "erase" ? "Erase" : "Read Memory"} at 0x${match[2].padStart(8, "0")}`;
      return [say("boot-loader", { over: "usb", answer: "refused", to })];
    },
  ),
  // Through the bridge of an STLINK-V3: SPI, I2C, CAN.
  line(
    ["bridge ", "spi bridge", "i2c bridge", "can bridge"],
    6,
    /^(?:bridge (?:freq|spi|i2c|can)\b|(?:spi|i2c|can) bridge\b(?!.*(?:fail|error)))/i,
    (_, { memory }) => {
      memory.set("bus", true);
      return [];
    },
  ),
  line(
    ["spi ", "i2c "],
    5,
    /^(?:error: *)?(?:spi|i2c)\b.{0,40}(?:not acknowledged|no (?:ack\w*|response|answer)|time[d -]?out|not detected|target not found)/i,
    (_, { memory }) => {
      memory.set("answered", "none");
      return [say("boot-loader", { over: "bus", answer: "none" })];
    },
  ),
  // Its predecessor, STMFlashLoader.
  line("opening port", 5, /^opening port *\[(ok|ko)\]/i, (match) =>
    /ko/i.test(match[1]) ? [say("serial-port-failed", {})] : [],
  ),
  line("cannot establish the connection", 6, /^cannot establish the connection, try to reset your device/i),
  // Asked for by `port=USB1`: no device of the boot loader is there.
  line(
    [
      "target device not found",
      "establishing connection with the device failed",
      "unable to get device info through usb",
      "no target device found in dfu",
      "no dfu capable",
      "no stm32 device in dfu",
      "no dfu",
    ],
    6,
    /^(?:error: *)?(?:target device not found|establishing connection with the device failed|unable to get device info through usb)|^(?:error: *)?no (?:\w+ ){0,3}devices? (?:found )?in dfu|^(?:error: *)?no dfu (?:devices? )?(?:is |was )?(?:detected|found)/i,
    (_, { memory }) => (memory.get("probe") === true ? [] : [say("boot-loader", { over: "usb", answer: "none" })]),
  ),
];
