import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findProgram } from "./tools.ts";

/** A Linux kernel for the guest. */
export interface Kernel {
  readonly version: string;
  /** What QEMU starts: the bare kernel where that could be unpacked (it starts 4 s sooner), else as it was packed. */
  readonly image: string;
  /** `/lib/modules/VERSION`, or a copy of it. */
  readonly modules: string;
}

/** Folders of modules from which the guest takes what it needs. */
const families = [
  "arch/x86/crypto",
  "block",
  "crypto",
  "drivers/scsi",
  "drivers/usb",
  "drivers/virtio",
  "fs",
  "lib",
  "net/9p",
];

/**
 * The kernel that the guest runs: one that was fetched before, or Debian's, fetched with apt-get (70 MB) and unpacked into
 * `cache` (about 130 MB stay).
 */
export function getKernel(cache: string, say: (text: string) => void): Kernel {
  const folder = join(cache, "kernel");
  if (!existsSync(folder)) {
    const name = packageName();
    say(`Fetching ${name} (70 MB, once).`);
    const work = join(cache, "kernel.part");
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    unpack(download(name, work), work);
    renameSync(work, folder);
  }
  const versions = join(folder, "lib/modules");
  const version = readdirSync(versions)[0];
  return { version, image: join(folder, "image"), modules: join(versions, version) };
}

/** The one package that the newest kernel is in; a pattern would match dozens. */
function packageName(): string {
  const text = run("apt-cache", ["depends", "linux-image-amd64"]);
  const name = /^\s*Depends: (linux-image-\S+)$/m.exec(text)?.[1];
  if (name !== undefined) return name;
  throw new Error("apt knows no kernel (linux-image-amd64); run this first: sudo apt-get update");
}

/** Fetches a package into `folder`, as any user may; gives the file's path. */
export function download(name: string, folder: string): string {
  run("apt-get", ["-q", "download", name], folder);
  const file = readdirSync(folder).find((entry) => entry.endsWith(".deb"));
  if (file === undefined) throw new Error(`apt-get fetched no ${name}`);
  return join(folder, file);
}

function unpack(file: string, folder: string): void {
  const whole = join(folder, "whole");
  run("dpkg-deb", ["-x", file, whole]);
  const packed = readdirSync(join(whole, "boot")).find((entry) => entry.startsWith("vmlinuz-"));
  const modules = join(whole, "lib/modules");
  const version = readdirSync(modules)[0];
  if (packed === undefined) throw new Error(`${basename(file)} holds no kernel`);
  writeFileSync(join(folder, "image"), bareKernel(readFileSync(join(whole, "boot", packed))));
  const kept = join(folder, "lib/modules", version);
  for (const family of families) {
    const from = join(modules, version, "kernel", family);
    if (!existsSync(from)) continue;
    mkdirSync(join(kept, "kernel", family, ".."), { recursive: true });
    renameSync(from, join(kept, "kernel", family));
  }
  for (const list of ["modules.order", "modules.builtin", "modules.builtin.modinfo"]) {
    if (existsSync(join(modules, version, list))) renameSync(join(modules, version, list), join(kept, list));
  }
  run(findProgram("depmod") ?? "depmod", ["-b", folder, version]);
  rmSync(whole, { recursive: true });
  rmSync(file);
}

/** The ELF file inside a `vmlinuz` that was packed with xz, as Debian's are; another one stays as it is. */
function bareKernel(packed: Buffer): Buffer {
  const start = packed.indexOf(Buffer.from("fd377a585a00", "hex"));
  if (start < 0) return packed;
  return execFileSync("xz", ["-dc", "--single-stream"], { input: packed.subarray(start), maxBuffer: 1 << 29 });
}

function run(program: string, words: readonly string[], folder?: string): string {
  return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], cwd: folder });
}
