import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Program that the job needs, on this machine or in the guest (whose files are this machine's), and its Debian package. */
const tools = [
  ["qemu-system-x86_64", "qemu-system-x86"],
  ["busybox", "busybox-static"],
  ["cpio", "cpio"],
  ["depmod", "kmod"],
  ["xz", "xz-utils"],
  ["dpkg-deb", "dpkg"],
  ["setpriv", "util-linux"],
  ["lsusb", "usbutils"],
  ["st-info", "stlink-tools"],
  ["openocd", "openocd"],
  ["gdb-multiarch", "gdb-multiarch"],
] as const;

/** Where a program is found; administrators' programs are not on every user's PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What has to be installed first, as the line that does it; `undefined` when all is there. */
export function whatIsMissing(): string | undefined {
  const missing = tools.filter(([program]) => findProgram(program) === undefined).map(([, name]) => name);
  if (missing.length === 0) return undefined;
  return `sudo apt-get install -y --no-install-recommends ${missing.join(" ")}`;
}
