import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { download } from "./kernel.ts";
import { findProgram } from "./tools.ts";

/** Where the guest finds udev's program: this machine's, or one that was fetched with apt-get and is installed nowhere. */
export function getUdev(cache: string, say: (text: string) => void): string {
  const installed = findProgram("udevadm");
  if (installed !== undefined) return installed;
  const folder = join(cache, "udev");
  if (!existsSync(folder)) {
    say("Fetching udev (2 MB, once).");
    const work = join(cache, "udev.part");
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    const file = download("udev", work);
    execFileSync("dpkg-deb", ["-x", file, work]);
    rmSync(file);
    renameSync(work, folder);
  }
  return join(folder, existsSync(join(folder, "bin/udevadm")) ? "bin/udevadm" : "usr/bin/udevadm");
}
