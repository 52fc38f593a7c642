import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("./shim/", import.meta.url));
let library: string | undefined;

/**
 * The libusb that tools get preloaded: compiled once in a process, into a folder that goes with it. Throws with what to
 * install when there is no compiler.
 */
export function buildShim(): string {
  if (library !== undefined) return library;
  const folder = mkdtempSync(join(tmpdir(), "libusb-shim-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "libusb-usbredir.so");
  const parts = readdirSync(sources).filter((name) => name.endsWith(".c"));
  const words = [
    "-std=gnu11",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fPIC",
    "-shared",
    "-Wl,-soname,libusb-1.0.so.0",
    "-o",
    file,
  ];
  const done = spawnSync("gcc", [...words, ...parts.map((name) => join(sources, name))], { encoding: "utf8" });
  if (done.error !== undefined || done.status !== 0) {
    throw new Error(
      `The shim needs gcc and the C library's headers: apt-get install gcc libc6-dev\n${done.error?.message ?? done.stderr}`,
    );
  }
  library = file;
  return file;
}
