// The real peers that the tests drive: installed with apt where that is possible without asking, else named.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Program to look for, and the Debian packages that bring it. */
const tools = [
  ["gdb-multiarch", "gdb-multiarch"],
  ["openocd", "openocd"],
  ["qemu-system-arm", "qemu-system-arm"],
  ["arm-none-eabi-gcc", "gcc-arm-none-eabi"],
  ["st-flash", "stlink-tools"],
  ["pyocd-flashtool", "python3-pyocd"],
  ["gcc", "gcc", "libc6-dev"],
];

const onPath = (program) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const missing = tools.filter(([program]) => !onPath(program)).flatMap(([, ...names]) => names);
if (missing.length === 0) process.exit(0);

const packages = missing.join(" ");
const line = `apt-get install -y --no-install-recommends ${packages}`;
const asRoot = process.getuid?.() === 0;
const sudo = !asRoot && onPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
if (!onPath("apt-get") || (!asRoot && !sudo)) {
  console.error(`The tests drive real tools that are missing here: ${packages}. Install them with: sudo ${line}`);
  process.exit(1);
}
console.error(`Installing test tools: ${packages}`);
const run = (...command) =>
  spawnSync(sudo ? "sudo" : command[0], sudo ? ["-n", ...command] : command.slice(1), { stdio: ["ignore", 2, 2] })
    .status;
run("apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq", "update");
if (
  run("apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq", "install", "-y", "--no-install-recommends", ...missing) !== 0
) {
  console.error(`apt-get could not install them; see above. By hand: ${line}`);
  process.exit(1);
}
