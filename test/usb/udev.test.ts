import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { addUdevVerb, type UdevSystem } from "../../src/cli/udev.ts";
import { rulesPath, udevRules } from "../../src/cli/udev-rules.ts";
import { usbProducts } from "../../src/link/usb/products.ts";
import { run } from "../verbs/bench.ts";

const folder = mkdtempSync(join(tmpdir(), "probity-udev-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A system of files and programs in memory. */
function fakeSystem(options: Partial<UdevSystem> & { readonly files?: Record<string, string> } = {}) {
  const files: Record<string, string> = { "/etc/group": "root:x:0:\nplugdev:x:46:\n", ...options.files };
  const ran: string[] = [];
  const system: UdevSystem = {
    platform: "linux",
    userId: 0,
    read: (path) => files[path],
    write: (path, text) => {
      files[path] = text;
    },
    run: (program, words) => {
      ran.push([program, ...words].join(" "));
      return "";
    },
    ...options,
  };
  return { files, ran, system };
}

async function udev(system: UdevSystem, ...words: string[]): Promise<{ out: string; error: string }> {
  const text = { out: "", error: "" };
  const program = new Command().exitOverride();
  addUdevVerb(
    program,
    {
      out: (more) => void (text.out += more),
      error: (more) => void (text.error += more),
      errorIsTerminal: false,
      onStop: () => {},
      exit: () => {},
    },
    system,
  );
  await program.parseAsync(["udev", ...words], { from: "user" });
  return text;
}

describe("the rules", () => {
  it("have a line for every product, and nothing that udev would not read", () => {
    const rules = udevRules()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(rules).toHaveLength(usbProducts.length);
    for (const { productId } of usbProducts) {
      const line = rules.find((rule) => rule.includes(`ATTR{idProduct}=="${productId.toString(16)}"`));
      expect(line).toMatch(/^SUBSYSTEM=="usb", ATTR\{idVendor\}=="0483", /);
      expect(line).toMatch(/, MODE="0660", GROUP="plugdev", TAG\+="uaccess"$/);
    }
  });

  it("are printed", async () => {
    expect(await run(["udev"])).toEqual({ status: 0, out: udevRules(), error: "" });
  });
});

describe("udev --install", () => {
  it("writes them, loads them and says so; once more it has nothing to write", async () => {
    const { files, ran, system } = fakeSystem();
    const { out, error } = await udev(system, "--install");
    expect(files[rulesPath]).toBe(udevRules());
    expect(ran).toEqual([
      "udevadm control --reload",
      "udevadm trigger --action=add --subsystem-match=usb --attr-match=idVendor=0483",
    ]);
    expect(out).toMatch(
      /^Written: \/etc\/udev\/rules\.d\/60-probity-stlink\.rules\nDone: udevadm control --reload\nDone: /,
    );
    expect(error).toBe("");
    expect((await udev(system, "--install")).out).toMatch(/holds these rules already/);
    files[rulesPath] = "old";
    expect((await udev(system, "--install")).out).toMatch(/^Replaced: /);
  });

  it("says when udev can't be told, and when the group is missing", async () => {
    const { files, system } = fakeSystem({
      files: { "/etc/group": "root:x:0:\n" },
      run: () => {
        throw Object.assign(new Error("spawn"), { code: "ENOENT" });
      },
    });
    const { out, error } = await udev(system, "--install");
    expect(files[rulesPath]).toBe(udevRules());
    expect(out).not.toMatch(/can be opened now/);
    expect(error).toMatch(/^Not done: udevadm control --reload \(there is no udevadm here\)/);
    expect(error).toMatch(/no group plugdev here/);
  });

  it("does not take it for done when udevadm ignores it, as in a chroot", async () => {
    const { out, error } = await udev(
      fakeSystem({ run: () => "Running in chroot, ignoring request.\n" }).system,
      "--install",
    );
    expect(out).not.toMatch(/Done|can be opened now/);
    expect(error).toMatch(/^Not done: udevadm control --reload \(Running in chroot, ignoring request\.\)/);
  });

  it.each([
    [{ userId: 1000 }, "udev-needs-root"],
    [{ platform: "win32", userId: undefined }, "udev-not-here"],
  ])("is refused to %j, and writes nothing", async (options, code) => {
    const { files, ran, system } = fakeSystem(options);
    await expect(udev(system, "--install")).rejects.toMatchObject({
      code,
      remedy: expect.arrayContaining([expect.any(String)]),
    });
    expect(files[rulesPath]).toBeUndefined();
    expect(ran).toEqual([]);
  });

  it("writes to a path of one's own without being root, and loads nothing", async () => {
    const path = join(folder, "some.rules");
    const { status, out } = await run(["udev", "--install", "--path", path]);
    expect(status).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(udevRules());
    expect(out).toMatch(/They are not loaded/);
  });

  it("names a path that can't be written, and refuses --path alone", async () => {
    const path = join(folder, "none", "some.rules");
    const { status, error } = await run(["udev", "--install", "--path", path]);
    expect(status).toBe(1);
    expect(error).toMatch(/can't be written to .*\(ENOENT\)[\s\S]*\[file-unwritable\]/);
    expect((await run(["udev", "--path", path])).error).toMatch(/\[option-conflict\]/);
    expect(existsSync(path)).toBe(false);
  });
});
