/** Tools that program a chip over USB DFU: dfu-util 0.8 to 0.11 and ST's DfuSeCommand. */
import { harmlessOf } from "../harmless-lines.ts";
import { type LineContext, type LogLine, type LogReader, line, type Said, say } from "../log-reader.ts";
import { libusbError, usbErrorText } from "../usb-errors.ts";
import { hexValue } from "../values.ts";
import { finishNotOpened, notOpened, ofComputer } from "./not-opened.ts";
import { statusMeans, statusName } from "./protocol.ts";

type Operation = "erase" | "program" | "verify" | "read";
type Memory = Map<string, unknown>;

function during({ memory }: Pick<LineContext, "memory">): Operation {
  return (memory.get("operation") as Operation | undefined) ?? "program";
}

function there(memory: Memory): Said[] {
  if (memory.get("there") === true) return [];
  memory.set("there", true);
  return [
    say("option", { name: "boot-loader", value: "true" }),
    say("boot-loader", { over: "usb", answer: "ok" }),
    say("stage", { stage: "probe-opened", reached: true }),
    say("stage", { stage: "target-connected", reached: true }),
  ];
}

function none(): Said[] {
  return [say("boot-loader", { over: "usb", answer: "none" })];
}

/** A transfer to the boot loader that failed; once the image is there the chip leaves USB by itself. */
function transferFailed({ line: at, memory }: LineContext, text: string): Said[] {
  if (memory.get("done") === true) return [];
  // A stall is how a device refuses a request (USB 2.0, 9.2.7); the transfer itself was sound.
  if (/\bLIBUSB_ERROR_PIPE\b|\bstalled\b|\bpipe error\b/i.test(text)) {
    return [say("boot-loader", { over: "usb", answer: "refused" })];
  }
  const told = usbErrorText(text);
  if (told !== undefined) return [told];
  const said = [say("probe-trouble", { what: "usb-error", detail: "a transfer to the boot loader failed" })];
  memory.set("transfer", { line: at, said });
  return [];
}

function done(memory: Memory): Said[] {
  memory.set("done", true);
  return [say("stage", { stage: "programmed", reached: true })];
}

/**
 * What counts if nothing takes it back: an error state, which dfu-util clears where it finds it at the start, and a transfer
 * that failed without a reason, of which a status that is read behind it shows that the device refused it.
 */
function pending(memory: Memory): { line: LogLine; said: Said }[] {
  return ["transfer", "status"].flatMap((key) => {
    const kept = memory.get(key) as { line: LogLine; said: readonly Said[] } | undefined;
    return kept === undefined ? [] : kept.said.map((said) => ({ line: kept.line, said }));
  });
}

/** Where a command line has dfu-util read: `-s 0x08000000:1024 -U FILE`. */
function startOfRead(command: string): number | undefined {
  if (!/\s(?:-U|--upload)\b/.test(command)) return undefined;
  const start = /\s(?:-s|--dfuse-address)[ =]*"?0x([0-9a-f]{1,8})\b/i.exec(command)?.[1];
  return start === undefined ? undefined : hexValue(start);
}

const dfuse = "dfusecommand";

export const dfuTools: LogReader = {
  tools: ["dfu-util", dfuse],
  patterns: [
    ...harmlessOf("dfu-util"),
    line("dfu-util", 10, /^dfu-util(?:\.exe)? (\d+\.\d+\S*)$/i, (match, { memory }) => {
      for (const key of [...memory.keys()]) if (!ofComputer.has(key) && key !== "reads") memory.delete(key);
      return [say("tool", { name: "dfu-util", version: match[1] }), say("stage", { stage: "started", reached: true })];
    }),
    line(
      "dfu-util",
      8,
      /(?:^|[\s/\\"])dfu-util(?:\.exe)?"? +(?:.* )?(?:-[adDsSRewltU]|--\w+)\b/i,
      (match, { memory }) => {
        // Its banner comes behind its command line.
        memory.set("reads", startOfRead(match.input));
        const file = /(?:-D|--download)[ =]*"?([^\s"]+)/.exec(match.input)?.[1];
        return file === undefined ? [] : [say("image-file", { path: file })];
      },
    ),
    line(["copyright 2005-2009 weston schmidt", "please report bugs to"], 8, /weston schmidt|dfu-util\/tickets/i),
    // What it says of itself begins with its name: a warning, or its last words.
    line("dfu-util: ", 5, /^dfu-util: *(.{4,300})/i, (match, { memory }) =>
      memory.get("done") === true ||
      /^warning\b|\bdfu suffix\b|^\(for raw|^done\b|^libusb|^no dfu capable|^cannot open dfu device|^(?:could not read name|failed to parse memory)/i.test(
        match[1],
      )
        ? []
        : [say("unknown-error", { text: match[1] })],
    ),
    line(
      ["opening dfu capable usb device", "run-time device dfu version", "dfu mode device dfu version", "found dfu: "],
      8,
      /opening dfu (?:capable )?usb device|(?:run-?time|dfu mode) device dfu version|^found dfu: \[/i,
      (match, { memory }) => (/opening/i.test(match[0]) ? [] : there(memory)),
    ),
    line(
      ["claiming usb dfu", "determining device status", "device returned transfer size", "dfuse interface name"],
      6,
      /claiming usb dfu|determining device status|device returned transfer size|dfuse interface name/i,
    ),
    // What could not be opened is none to it.
    line("no dfu capable usb device", 10, /no dfu[- ]capable usb device/i, (_, { memory }) =>
      memory.has("not-opened") ? [] : none(),
    ),
    // A boot loader that is not ST's, as those of the Maple boards, is not there either.
    line(["couldn't find the dfu", "could not find the dfu"], 8, /could(?:n't| not) find the dfu device/i, none),
    line(
      ["unable to initialize libusb", "unable to initialise libusb", "failed to initialize libusb"],
      10,
      /(?:unable|failed) to initiali[sz]e libusb/i,
      ({ input }) => [usbErrorText(input) ?? say("probe-trouble", { what: "usb-error", detail: input.trim() })],
    ),
    line("lost device after reset", 8, /lost device after reset/i, none),
    ...notOpened,
    // The boot loader's own description of its memory (a USB string) has a form that this release does not expect.
    line(
      ["failed to parse memory layout", "could not read name, sscanf", "could not read sector"],
      8,
      /failed to parse memory layout|could not read (?:name|sector (?:count|size)\S*|\w+), sscanf returned/i,
      () => [
        say("version-mismatch", {
          between:
            "This dfu-util and the form in which the boot loader describes its memory (0.10 and 0.11 take more forms)",
        }),
      ],
    ),
    line(
      ["state(", "state =", "dfu state"],
      6,
      /state(?:\((\d+)\)|:?) *= *(dfu\w+),? *status(?:\((\d+)\))? *= *(\w+)?/i,
      (match, { memory, line: at }) => {
        const status = match[3] ?? match[4];
        if (!/dfuerror/i.test(match[2])) return there(memory);
        const name = /^\d+$/.test(status ?? "") ? statusName(Number(status)) : (status ?? "");
        memory.delete("transfer");
        memory.set("status", { line: at, said: statusMeans(name, during({ memory })) });
        return there(memory);
      },
    ),
    line(
      ["dfuerror, clearing", "clearing status"],
      6,
      /dfuerror, clearing status|^clearing status\b/i,
      (_, { memory }) => {
        memory.delete("status");
        return [];
      },
    ),
    line(
      ["downloading element to address", "downloading to address"],
      8,
      /downloading (?:element )?to address *= *0x([0-9a-f]+), *size *= *(\d+)/i,
      (match, { memory }) => {
        memory.set("operation", "program");
        return [say("image-part", { address: hexValue(match[1]), size: Number(match[2]) })];
      },
    ),
    line(["erase ", "download"], 3, /^(erase|download)\s+\[[= ]*\]\s*\d+%/i, (match, { memory }) => {
      memory.set("operation", /erase/i.test(match[1]) ? "erase" : "program");
      return there(memory);
    }),
    line("upload done", 6, /^upload done\b/i, (_, { memory }) => {
      const address = memory.get("reads") as number | undefined;
      return address === undefined ? [] : [say("flash-read", { address })];
    }),
    line(
      ["file downloaded successfully", "download done"],
      8,
      /file downloaded successfully|^download done\.?$/i,
      (_, { memory }) => done(memory),
    ),
    line(
      "error during special command",
      10,
      /error during special command "?(\w+)"? ?(download|get_status)?/i,
      (match, context) => {
        const { memory } = context;
        if (/leave/i.test(match[1]) || memory.get("done") === true) return [];
        const operation = /erase/i.test(match[1]) ? "erase" : "program";
        memory.set("operation", operation);
        return transferFailed(context, match.input);
      },
    ),
    line("wrong state after command", 10, /wrong state after command "?(\w+)"?/i, (match, { memory }) =>
      memory.get("done") === true || memory.has("status")
        ? []
        : [
            say("boot-loader", { over: "usb", answer: "error", to: `after ${match[1]}` }),
            ...(/erase/i.test(match[1]) ? [say("flash-trouble", { operation: "erase" })] : []),
          ],
    ),
    line(
      [
        "error during download",
        "error during upload",
        "error sending completion packet",
        "unable to read dfu status",
        "error sending dfu",
        "dfuse_download",
        "dfuse_upload",
        "error get_status",
        "can't send dfu_abort",
        "failed to read",
      ],
      3,
      /error during (?:down|up)load(?: get_status\b|\W*$)|error sending (?:completion packet|dfu)|unable to read dfu status|dfuse_(?:down|up)load: libusb|error get_status|can'?t send dfu_abort/i,
      ({ input }, context) => transferFailed(context, input),
    ),
    line(
      ["last page at", "page at 0x", "memory segment at", "no memory segment"],
      8,
      /(?:last page|page|memory segment) at 0x([0-9a-f]+) (?:is not|can ?not be|not) (writeable|writable|erased|erasable|erase?able|readable|read)/i,
      (match) => [
        say("flash-trouble", {
          operation: /read/i.test(match[2]) ? "read" : /eras/i.test(match[2]) ? "erase" : "program",
          reason: "size",
          address: hexValue(match[1]),
        }),
      ],
    ),
    line(
      ["cannot open file", "could not open file", "could not read"],
      3,
      /^(?:dfu-util: )?c(?:annot|ould not) (?:open|read) file:? *"?([^"]{1,200}?)"?(?: for (?:reading|writing))?(?:: .*)?$/i,
      (match) => [say("path-missing", { what: "program", path: match[1] })],
    ),
    line(
      [
        "valid dfuse suffix",
        "only dfuse file version",
        "error: file id",
        "unsupported dfuse",
        "invalid dfu suffix",
        "valid dfu suffix",
      ],
      6,
      /error: file id|only dfuse file version|unsupported dfuse (?:revision|version)|(?:in)?valid dfu(?:se)? suffix/i,
      (match) => (/error|unsupported|only/i.test(match[0]) ? [say("image-unusable", {})] : []),
    ),
    // -- DfuSeCommand --
    line(
      "dfusecommand",
      8,
      /(?:^|[\s/\\"])dfusecommand(?:\.exe)?\b/i,
      () => [say("stage", { stage: "started", reached: true })],
      dfuse,
    ),
    line("dfuse demo", 8, /\bdfuse ?demo/i, () => [say("tool", { name: dfuse })], dfuse),
    line(
      ["device(s) found"],
      5,
      /^(\d+) device\(s\) found/i,
      (match, { memory }) => (match[1] === "0" ? none() : there(memory)),
      dfuse,
    ),
    line("stm device in dfu mode", 10, /stm device in dfu mode/i, (_, { memory }) => there(memory), dfuse),
    line(
      "target ",
      10,
      /^target:? \d{1,2}:? *(upgrading|uploading|erasing|verif\w+)\b(?: - (erase|download) phase)?/i,
      (match, { memory }) => {
        const operation: Operation = /erase|erasing/i.test(match[2] ?? match[1])
          ? "erase"
          : /upload|verif/i.test(match[1])
            ? "verify"
            : "program";
        memory.set("operation", operation);
        return there(memory);
      },
      dfuse,
    ),
    line("upgrade successful", 6, /^upgrade successful/i, (_, { memory }) => done(memory), dfuse),
    line(
      "verify successful",
      6,
      /verify successful, but data not matching/i,
      () => [say("flash-trouble", { operation: "verify", reason: "mismatch" })],
      dfuse,
    ),
    line(
      ["matching not good"],
      8,
      /matching not good.{0,40}address 0x([0-9a-f]{1,8})/i,
      (match, { memory }) => {
        memory.set("differs", hexValue(match[1]));
        return [say("flash-trouble", { operation: "verify", reason: "mismatch", address: hexValue(match[1]) })];
      },
      dfuse,
    ),
    line(
      "error code",
      6,
      /error code: *(.{1,80})/i,
      (match, { memory }) => {
        const named = /\b(err_?\w{3,14})\b/i.exec(match[1])?.[1];
        if (named !== undefined) return statusMeans(named, during({ memory }));
        const told = usbErrorText(match[1]);
        if (told !== undefined) return [told];
        const operation = during({ memory });
        return [
          say("boot-loader", { over: "usb", answer: "error", to: match[1].trim() }),
          ...(memory.has("operation")
            ? [say("flash-trouble", { operation, ...(operation === "verify" && { reason: "mismatch" }) })]
            : []),
        ];
      },
      dfuse,
    ),
    // -- any tool's words for the states of DFU 1.1 --
    line(
      [
        "dfuerror",
        "errtarget",
        "errfile",
        "errwrite",
        "errerase",
        "errcheck_erased",
        "errprog",
        "errverify",
        "erraddress",
        "errnotdone",
        "errfirmware",
        "errvendor",
        "errusbr",
        "errpor",
        "errunknown",
        "errstalledpkt",
      ],
      5,
      /\b(err(?:TARGET|FILE|WRITE|ERASE|CHECK_ERASED|PROG|VERIFY|ADDRESS|NOTDONE|FIRMWARE|VENDOR|USBR|POR|UNKNOWN|STALLEDPKT))\b/i,
      (match, { memory }) => statusMeans(match[1], during({ memory })),
    ),
    line("libusb_error_", 3, /^(?!.*\binitiali[sz]e\b).*LIBUSB_ERROR_(\w+)/i, (match, { memory }) => {
      // A stall of a request is an answer, which the line's other words tell.
      const said = /^pipe$/i.test(match[1]) ? undefined : libusbError(match[1]);
      return said === undefined || memory.get("done") === true ? [] : [said];
    }),
  ],
  finish: (memory) => [...pending(memory), ...finishNotOpened(memory)],
};
