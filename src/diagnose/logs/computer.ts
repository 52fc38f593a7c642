/** What a computer says of itself beside the tools: its USB devices and who may write them, and the programs that run. */
import { type LinePattern, type LogLine, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

/** Vendors of debug probes, and words by which others may be one. */
const probeVendor = /^(?:0483|1366|0d28|15ba|0403|1d50|1a86|c251|2e8a|03eb|1fc9|303a|04b4|28e9)$/i;
const probeWords = /link|debug|probe|\bdap\b|ftdi|jtag|serial|uart|\bstm/i;
/** ST-LINKs among ST's devices. */
const stlink = /^37[45][0-9a-f]$/i;

/** Lines within which a device's properties are told. */
const PROPERTIES = 15;

/** Programs that have a probe for themselves as long as they run. */
const holders =
  "st-util|openocd|st-link_gdbserver|stm32_programmer_cli|stm32cubeprogrammer|probe-rs|pyocd(?:-gdbserver)?";

interface Running {
  readonly line: LogLine;
  readonly said: Said;
}

/** A program that is listed as running; `ps` has the name of one that has ended in brackets. */
function running(program: string, pid: string, at: LogLine, memory: Map<string, unknown>): readonly Said[] {
  const listed = (memory.get("running") as readonly Running[] | undefined) ?? [];
  memory.set("running", [...listed, { line: at, said: say("process-running", { program, pid: Number(pid) }) }]);
  return [];
}

export const computerPatterns: readonly LinePattern[] = [
  // `lsusb`.
  line("bus ", 0, /^bus (\d{3}) device (\d{3}): id ([0-9a-f]{4}):([0-9a-f]{4})(.*)/i, (match, { memory, line: at }) => {
    const [, bus, device, vendor, product, words] = match;
    if (vendor.toLowerCase() === "1d6b") memory.set("hub", at);
    else if (probeVendor.test(vendor) || probeWords.test(words)) memory.set("probe-listed", true);
    if (vendor === "0483" && stlink.test(product)) {
      memory.set(`st-link /dev/bus/usb/${bus}/${device}`, true);
      memory.set("st-link", { line: at, productId: hexValue(product) });
    }
    memory.set("device", at);
    return [];
  }),
  // The kernel's log, as `dmesg` and journals have it.
  line(
    ["idvendor=0483", "new usb device found"],
    0,
    /\bidVendor=0483, *idProduct=(37[45][0-9a-f])\b/i,
    (match, context) => {
      context.memory.set("st-link", { line: context.line, productId: hexValue(match[1]) });
      return [];
    },
  ),
  // `ls -l` of a device's node. A + behind the mode is a list of further users, of whom it does not tell.
  line(
    "crw",
    0,
    /^crw[x-]([r-][w-])[x-]([r-][w-])[x-]\.? +\d+ +\w+ +(\w+) .{1,60}(\/dev\/bus\/usb\/\d{3}\/\d{3})$/i,
    ([, group, others, name, path], { memory, line: at }) => {
      const rootOnly = !others.includes("w") && (!group.includes("w") || name === "root");
      if (rootOnly) memory.set("root-only", { line: at, path });
      return [];
    },
  ),
  // Windows' device manager, and Linux' kernel, of a device whose descriptor was not had.
  line(
    [
      "device descriptor",
      "descriptor",
      "usb device descriptor",
      "vid_0000&pid_0002",
      "enumerate usb device",
      "device not ",
    ],
    0,
    /device descriptor (?:request )?failed|usb\\vid_0000&pid_0002|device descriptor read\/\w+, error -\d+|unable to enumerate usb device|device not (?:responding to setup address|accepting address \d+)/i,
    () => [say("usb-not-answering", {})],
  ),
  // Windows' device manager, code 28 (CM_PROB_FAILED_INSTALL); 0xE0000203 and the like stand behind it.
  line(
    ["drivers for this device", "driver for this device"],
    0,
    /^.{0,120}drivers? for this device (?:is|are) not installed/i,
    () => [say("probe-trouble", { what: "driver-missing", detail: "Windows has no driver for it (code 28)" })],
  ),
  // A device's properties in Windows.
  line("vid_0483&pid_df11", 0, /usb\\vid_0483&pid_df11/i, (_, { memory, line: at }) => {
    memory.set("dfu-device", at);
    return [];
  }),
  line("service", 0, /^service *[:=]? *(winusb|sttub30|libusb[k0]\w*|libusb)$/i, (match, { memory, line: at }) => {
    memory.set("device-service", { line: at, name: match[1] });
    return [];
  }),
  // `ps`: the time that it has had stands before the command.
  line(
    ["st-util", "openocd", "st-link_gdbserver", "stm32_programmer_cli", "stm32cubeprogrammer", "probe-rs", "pyocd"],
    0,
    new RegExp(
      `^(?:[\\w.-]+\\+? +)?(\\d{2,7})\\s.{1,90}?\\d:\\d\\d(?:[.:]\\d\\d)?\\s+(?:\\S{0,160}[\\\\/])?(${holders})(?:\\.exe)?(?:\\s|$)`,
      "i",
    ),
    (match, { memory, line: at }) => running(match[2], match[1], at, memory),
  ),
  // `tasklist`.
  line(
    ["st-util.exe", "openocd.exe", "st-link_gdbserver.exe", "stm32_programmer_cli.exe", "probe-rs.exe", "pyocd.exe"],
    0,
    new RegExp(`^(${holders})\\.exe +(\\d{2,7}) (?:console|services|rdp)`, "i"),
    (match, { memory, line: at }) => running(match[1], match[2], at, memory),
  ),
  line(
    ["kill ", "killall ", "pkill ", "taskkill "],
    0,
    /^(?:sudo +)?(?:kill|killall|pkill|taskkill) /i,
    (_, { memory }) => {
      memory.delete("running");
      return [];
    },
  ),
];

/** What the whole log tells of the computer. */
export function finishComputer(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  return [
    ...noneListed(memory),
    ...rootsNode(memory),
    ...onUsb(memory),
    ...bootLoaderDriver(memory),
    ...((memory.get("running") as Running[] | undefined) ?? []),
  ];
}

/** A whole list (the system's own hubs are in it) without anything that may be a probe. */
function noneListed(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const last = memory.get("device") as LogLine | undefined;
  if (last === undefined || !memory.has("hub") || memory.has("probe-listed")) return [];
  return [{ line: last, said: say("probe-trouble", { what: "none-found", detail: "the system lists none" }) }];
}

/** The driver of ST's boot loader, told among the properties of that device. */
function bootLoaderDriver(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const device = memory.get("dfu-device") as LogLine | undefined;
  const service = memory.get("device-service") as { readonly line: LogLine; readonly name: string } | undefined;
  if (device === undefined || service === undefined) return [];
  if (Math.abs(service.line.number - device.number) > PROPERTIES) return [];
  return [{ line: service.line, said: say("boot-loader-driver", { name: service.name }) }];
}

/** The node of an ST-LINK that is listed, which nobody but root may write. */
function rootsNode(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const node = memory.get("root-only") as { readonly line: LogLine; readonly path: string } | undefined;
  if (node === undefined || !memory.has(`st-link ${node.path}`)) return [];
  return [{ line: node.line, said: say("probe-node", { path: node.path, writers: "root" }) }];
}

/** An ST-LINK that the computer has, whatever a tool says. */
function onUsb(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const last = memory.get("st-link") as { readonly line: LogLine; readonly productId: number } | undefined;
  return last === undefined ? [] : [{ line: last.line, said: say("probe-on-usb", { productId: last.productId }) }];
}
