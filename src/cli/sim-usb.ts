import { type Command, InvalidArgumentError } from "commander";
import { ProbityError } from "../base/errors.ts";
import { systemWallTime } from "../base/wall-time.ts";
import { probeSpecWithEngine } from "../session/engine-of-spec.ts";
import { openSimulated } from "../session/open-simulated.ts";
import { createStlinkDevice, defaultUart } from "../sim/usb/stlink-device.ts";
import { UsbredirPort } from "../sim/usbredir/usbredir-port.ts";
import { withEngineOption } from "./engine-option.ts";
import type { Terminal } from "./terminal.ts";

/** The probe kind of `sim:BOARD?probe=KIND` by product id. */
const kinds: Readonly<Record<string, string>> = { "3748": "v2", "374b": "v2-1", "374e": "v3e", "374f": "v3" };

interface Options {
  readonly probe: string;
  readonly engine?: string;
  readonly port: number;
  readonly pid?: string;
  readonly uart?: string;
}

/** `probity sim usb`: the virtual probe as a USB device for QEMU. */
export function addSimUsbVerb(program: Command, terminal: Terminal): void {
  const sim = program.command("sim").description("virtual hardware for other programs");
  withEngineOption(sim.command("usb"))
    .description("serve a virtual ST-LINK as a USB device (usbredir), for a virtual machine of QEMU")
    .option("--probe <probe>", "sim:BOARD[?key=value&...]", "sim:bluepill")
    .option("--port <number>", "TCP port on 127.0.0.1; 0 takes a free one", parsePort, 4000)
    .option("--pid <id>", `product id: ${Object.keys(kinds).join(", ")}`, parseProduct)
    .option("--uart <name>", "the USART behind the virtual COM port, such as usart2")
    .action((options: Options) => simUsb(options, terminal));
}

async function simUsb(options: Options, terminal: Terminal): Promise<void> {
  const { simulated, board, dispose } = openBoard(options);
  const uart = options.uart ?? defaultUart(board);
  const say = (text: string): void => terminal.out(`${text}\n`);
  const device = createStlinkDevice({ probe: simulated, board, wallTime: systemWallTime, uart });
  device.drive?.onProgrammed((failure) => {
    say(
      failure === undefined
        ? "A program was copied onto the drive and runs."
        : `The drive's program failed: ${failure}`,
    );
  });
  try {
    const onCable = (plugged: boolean): void => {
      if (plugged) simulated.replug();
      else simulated.unplug();
      say(plugged ? "The probe is plugged in." : "The probe is unplugged.");
    };
    const settings = { port: options.port, wallTime: systemWallTime, onEvent: say, onCable };
    const port = await UsbredirPort.listen(device.usb, settings);
    device.onUnplugged(() => port.unplug());
    const { vendorId, productId, product, serial } = simulated.identity;
    const ids = [vendorId, productId].map((id) => id.toString(16).padStart(4, "0")).join(":");
    // A board's time begins with its first use: from now on it runs.
    await simulated.sleep(0);
    say(`USB ${ids} ${product}, serial ${serial}, on ${board.name}: usbredir on 127.0.0.1:${port.port}`);
    if (device.usb.description.interfaces.length > 1) say(`Virtual COM port: ${uart}`);
    say("QEMU: -device qemu-xhci,id=xhci \\");
    say(`      -chardev socket,id=stlink,host=127.0.0.1,port=${port.port},reconnect=1 \\`);
    say("      -device usb-redir,chardev=stlink,bus=xhci.0");
    say("Write `unplug` or `replug` and Enter to pull the cable and put it back; Ctrl-C ends.");
    void moveCable(port, terminal);
    await new Promise<void>((resolve) => terminal.onStop(() => resolve()));
    await port.close();
  } finally {
    device.dispose();
    dispose();
  }
}

/** Takes `unplug` and `replug` from who sits there, until the input ends. */
async function moveCable(port: UsbredirPort, terminal: Terminal): Promise<void> {
  for (;;) {
    const line = await terminal.readLine?.();
    if (line === undefined || line === "") return;
    if (line.trim() === "unplug") port.unplug();
    else if (line.trim() === "replug") port.replug();
    else terminal.error(`"${line.trim()}" is neither unplug nor replug.\n`);
  }
}

function openBoard({ probe, engine, pid }: Options) {
  const spec = probeSpecWithEngine(probe, engine);
  if (spec.kind !== "sim") {
    throw new ProbityError("probe-spec-invalid", `"${probe}" is no virtual probe.`, {
      facts: { probe },
      remedy: ["Write --probe sim:BOARD; `probity boards` lists the boards."],
    });
  }
  const keys = new Map(spec.keys);
  const kind = pid === undefined ? undefined : kinds[pid];
  const asked = keys.get("probe");
  if (kind !== undefined && asked !== undefined && asked !== kind) {
    throw new ProbityError("probe-spec-invalid", `--pid ${pid} is a probe=${kind}, but --probe asks for ${asked}.`, {
      facts: { pid: pid ?? "", probe },
      remedy: ["Leave one of them out."],
    });
  }
  if (kind !== undefined) keys.set("probe", kind);
  const opened = openSimulated({ ...spec, keys }, undefined);
  if (opened.simulated === undefined || opened.board === undefined) throw new TypeError("a virtual probe has a board");
  return { simulated: opened.simulated, board: opened.board, dispose: () => opened.dispose() };
}

function parsePort(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new InvalidArgumentError("Give a number from 0 to 65535.");
}

function parseProduct(text: string): string {
  const id = text.toLowerCase().replace(/^0x/, "");
  if (Object.hasOwn(kinds, id)) return id;
  throw new InvalidArgumentError(`Give one of: ${Object.keys(kinds).join(", ")}.`);
}
