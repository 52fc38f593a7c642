import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What this system runs in, where that shows; `undefined` for a machine of its own, or when nothing tells. */
export function surroundings(root = "/"): "container" | "virtual machine" | undefined {
  const marks = [".dockerenv", "run/.containerenv", "run/host/container-manager"];
  if (marks.some((path) => existsSync(join(root, path)))) return "container";
  if (/docker|containerd|lxc|kubepods|libpod/.test(text(join(root, "proc/1/cgroup")))) return "container";
  // Linux shows this flag where a hypervisor says that it is there.
  if (/^flags\s*:.*\bhypervisor\b/m.test(text(join(root, "proc/cpuinfo")))) return "virtual machine";
  return undefined;
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
