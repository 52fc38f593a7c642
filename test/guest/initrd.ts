import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Kernel } from "./kernel.ts";
import { findProgram } from "./tools.ts";

/** For the guest's root folder, which is this machine's (9p) under a layer in memory (overlay). */
const rootModules = ["virtio_pci", "9pnet_virtio", "9p", "overlay"];
/** For the bus, the COM port, and the drive with its FAT. */
const usbModules = ["xhci_pci", "cdc_acm", "crct10dif_generic", "sd_mod", "usb_storage"];
const fatModules = ["vfat", "nls_cp437", "nls_ascii", "nls_utf8", "nls_iso8859_1"];

/** Makes the first files of the guest in `folder`; `file` is what QEMU loads, `usb` the modules that a scenario loads itself. */
export function makeInitrd(kernel: Kernel, folder: string): { readonly file: string; readonly usb: readonly string[] } {
  const root = join(folder, "initrd");
  rmSync(root, { recursive: true, force: true });
  for (const name of ["bin", "modules", "proc", "sys", "dev", "host", "memory", "root"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  copyFileSync(findProgram("busybox") ?? "", join(root, "bin/busybox"));
  copyFileSync(join(dirname(fileURLToPath(import.meta.url)), "init.sh"), join(root, "init"));
  const early = modulesInOrder(kernel, rootModules);
  for (const path of early) copyFileSync(path, join(root, "modules", basename(path)));
  writeFileSync(join(root, "modules/order"), early.map((path) => `${basename(path)}\n`).join(""));
  execFileSync("chmod", ["755", join(root, "init"), join(root, "bin/busybox")]);
  const names = execFileSync("find", ["."], { cwd: root });
  const archive = execFileSync("cpio", ["-o", "-H", "newc", "--quiet"], {
    cwd: root,
    input: names,
    maxBuffer: 1 << 27,
  });
  const file = join(folder, "initrd.gz");
  writeFileSync(file, gzipSync(archive, { level: 1 }));
  rmSync(root, { recursive: true });
  const late = modulesInOrder(kernel, [...usbModules, ...fatModules]).filter((path) => !early.includes(path));
  return { file, usb: late };
}

/** Files of the named modules and of all they need, in an order in which they can be loaded; built-in ones have no file. */
function modulesInOrder({ modules }: Kernel, names: readonly string[]): string[] {
  const needs = new Map<string, { path: string; needed: string[] }>();
  for (const line of readFileSync(join(modules, "modules.dep"), "utf8").split("\n")) {
    const [path, needed] = line.split(":");
    if (needed === undefined) continue;
    needs.set(moduleName(path), {
      path,
      needed: needed
        .split(" ")
        .filter((word) => word !== "")
        .map(moduleName),
    });
  }
  const order: string[] = [];
  const add = (name: string): void => {
    const module = needs.get(name);
    if (module === undefined) return;
    for (const one of module.needed) add(one);
    const path = join(modules, module.path);
    if (!order.includes(path) && existsSync(path)) order.push(path);
  };
  for (const name of names) add(name);
  return order;
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko.*$/, "")
    .replaceAll("-", "_");
}
