import type { ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { spawnBound } from "./spawn-bound.ts";

export interface MachineOptions {
  readonly image: string;
  readonly initrd: string;
  /** Script for the guest's root user. */
  readonly script: string;
  /** TCP ports of the USB devices. */
  readonly ports: readonly number[];
  /** Seconds until it is switched off. */
  readonly limit: number;
  /** File for what QEMU itself says. */
  readonly log: string;
  onLine(line: string): void;
}

/**
 * Runs a virtual machine until it switches itself off. Without KVM, which few of the machines that run tests have: its
 * processor is emulated. Resolves to false when its time was over.
 */
export async function runMachine(options: MachineOptions): Promise<boolean> {
  const child = spawnBound("qemu-system-x86_64", words(options), ["ignore", "pipe", "pipe"]);
  child.stderr?.pipe(createWriteStream(options.log));
  let pending = "";
  child.stdout?.setEncoding("latin1").on("data", (text: string) => {
    // A carriage return alone ends no line here, as it does for node:readline.
    const lines = (pending + text).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) options.onLine(line.replace(/\r+$/, ""));
  });
  let inTime = true;
  const timer = setTimeout(() => {
    inTime = false;
    child.kill("SIGKILL");
  }, options.limit * 1000);
  await ended(child);
  clearTimeout(timer);
  return inTime;
}

function words({ image, initrd, script, ports }: MachineOptions): string[] {
  const kernel = `console=ttyS0 loglevel=1 panic=-1 mitigations=off tsc=reliable nokaslr guest_script=${script}`;
  const devices = ports.flatMap((port, index) => [
    ...["-chardev", `socket,id=probe${index},host=127.0.0.1,port=${port}`],
    ...["-device", `usb-redir,chardev=probe${index},bus=xhci.0`],
  ]);
  return [
    ...["-M", "q35", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "qemu64", "-smp", "1", "-m", "1G"],
    ...["-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio"],
    ...["-kernel", image, "-initrd", initrd, "-append", kernel],
    ...["-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"],
    ...["-device", "virtio-9p-pci,fsdev=host,mount_tag=host", "-device", "qemu-xhci,id=xhci"],
    ...devices,
  ];
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve());
  });
}
