import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

const board = "sim:bluepill?pace=fast&elf=firmware/blinky/blinky.elf";

/** Runs `probity` in this process; somebody who answers sits at the terminal if `answer` is given. */
async function probity(words: readonly string[], { probe = board, answer }: { probe?: string; answer?: string } = {}) {
  let [out, err, status] = ["", "", -1];
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
    errorIsTerminal: false,
    ...(answer !== undefined && { inputIsTerminal: true, readLine: async () => answer }),
    onStop: () => {},
    exit: (code) => {
      status = code;
    },
  };
  await main("probity", [...words, "--probe", probe], terminal);
  // Words as wrapped for people.
  return { out, err: err.replace(/\s+/g, " "), status };
}

const locked = `${board}&fault=rdp1`;

describe("probity option-bytes get", () => {
  it("prints a row an option", async () => {
    const { out, err, status } = await probity(["option-bytes", "get"]);
    expect({ err, status }).toEqual({ err: "", status: 0 });
    expect(out).toMatch(/^RDP +level 0 /m);
    expect(out).toMatch(/^WDG_SW +1 /m);
    expect(out).toMatch(/^DATA0 +0xff /m);
    expect(out).toMatch(/^WRP +none /m);
    expect(out).toContain("FLASH_OBR = 0x03fffffc");
    expect(out).toContain("0x5aa5 0x00ff 0x00ff");
  });

  it("works on a read-protected chip, and in JSON", async () => {
    const { out, status } = await probity(["option-bytes", "get", "--json"], { probe: locked });
    expect(status).toBe(0);
    const { protectionLevel, options, registers, bytes, findings } = JSON.parse(out);
    expect(protectionLevel).toBe(1);
    expect(options.rdp).toEqual({ name: "RDP", loaded: 1, stored: null, words: "level 1" });
    expect(registers).toEqual({ FLASH_OBR: 0x03fffffe, FLASH_WRPR: 0xffffffff });
    expect(bytes).toBeNull();
    expect(findings[0].code).toBe("read-protected");
  });
});

describe("probity option-bytes set", () => {
  it("writes, and says what is in force", async () => {
    const { out, err, status } = await probity(["option-bytes", "set", "wdg_sw=0", "DATA0=0x5a", "wrp=0-7"]);
    expect(status).toBe(0);
    expect(out).toContain("Written: WDG_SW = 0, DATA0 = 0x5a, WRP = pages 0-7");
    expect(out).toContain("In force after a reset.");
    expect(err).toMatch(/Warning: WDG_SW=0 starts the independent watchdog/);
    expect(err).toMatch(/Warning: No debugger or program can erase or program pages 0-7/);
  });

  it("tells in JSON what changed", async () => {
    const { out } = await probity(["option-bytes", "set", "data1=3", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      dryRun: false,
      done: true,
      changes: [{ key: "data1", from: 255, to: 3 }],
      destroys: [],
      inForce: true,
    });
  });

  it("leaves the reset to another with --no-reset", async () => {
    const { out } = await probity(["option-bytes", "set", "data1=3", "--no-reset", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ done: true, inForce: false });
  });

  it.each([
    [["rdp=2"], "option-byte-value"],
    [["bor=1"], "option-byte-unknown"],
    [["wdg_sw"], "option-byte-value"],
    [["wrp=1-5"], "option-byte-value"],
    [["data0=1", "data0=0x100"], "option-byte-value"],
    [["data0=1", "data0=2"], "option-byte-value"],
  ])("refuses %j", async (words, code) => {
    const { out, status } = await probity(["option-bytes", "set", ...words, "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(out).error.code).toBe(code);
  });
});

describe("probity protect and unprotect", () => {
  it("ask before the read protection changes", async () => {
    const nobody = await probity(["unprotect"], { probe: locked });
    expect(nobody.status).toBe(1);
    expect(nobody.err).toMatch(/destroys all of the flash \(64 KiB at 0x08000000-0x0800ffff\)/);
    expect(nobody.err).toMatch(/\[confirmation-needed\]/);
    const no = await probity(["unprotect"], { probe: locked, answer: "n" });
    expect(no).toMatchObject({ status: 1, out: "" });
    expect(no.err).toMatch(/\[confirmation-refused\]/);
    const yes = await probity(["unprotect"], { probe: locked, answer: "y" });
    expect(yes.status).toBe(0);
    expect(yes.out).toContain("The flash is erased: all 64 KiB were read and hold nothing.");
    expect((await probity(["protect", "--read"])).err).toMatch(
      /only erasing all of it takes it away.*confirmation-needed/,
    );
  });

  it("do it with --yes, and say it with --dry-run", async () => {
    const dry = await probity(["unprotect", "--dry-run"], { probe: locked });
    expect(dry.status).toBe(0);
    expect(dry.out).toMatch(/RDP: level 1 -> level 0\nDestroys: +all of the flash[\s\S]*Nothing was changed/);
    const done = await probity(["protect", "--read", "--write", "0-3", "--yes", "--json"]);
    expect(JSON.parse(done.out)).toMatchObject({
      changes: [
        { key: "rdp", from: 0, to: 1 },
        { key: "wrp", from: 0xffffffff, to: 0xfffffffe },
      ],
      inForce: true,
    });
    const freed = await probity(["unprotect", "--yes", "--json"], { probe: locked });
    expect(JSON.parse(freed.out)).toMatchObject({ inForce: true, erasedBytes: 64 * 1024 });
  });

  it("add to what is write-protected, and take it away without a question", async () => {
    const probe = `${board}&fault=write-protected`;
    const more = await probity(["protect", "--write", "32-35", "--json"], { probe });
    expect(JSON.parse(more.out).changes).toEqual([{ key: "wrp", from: 0xffffff00, to: 0xfffffe00 }]);
    const none = await probity(["unprotect", "--write", "--json"], { probe });
    expect(JSON.parse(none.out).changes).toEqual([{ key: "wrp", from: 0xffffff00, to: 0xffffffff }]);
    expect((await probity(["unprotect"])).out).toMatch(/^Nothing to do/);
    expect((await probity(["protect"])).err).toMatch(/\[protect-what\]/);
  });
});

describe("the probe is unplugged while a verb works", () => {
  it("every failure has words of its own", async () => {
    const seen = new Set<string>();
    let status = 1;
    for (let transfers = 30; status !== 0 && transfers < 400; transfers += 4) {
      const probe = `${board}&fault=probe-unplugged&unplug-after=${transfers}`;
      const run = await probity(["option-bytes", "set", "data0=0x5a", "--json"], { probe });
      status = run.status;
      const { error } = JSON.parse(run.out);
      if (status === 0) expect(error).toBeUndefined();
      else {
        seen.add(error.code);
        expect(run.err).toMatch(/Cause:|Remedy:/);
        expect(run.err).toContain(error.code === "link-unplugged" ? "unplugged" : `[${error.code}]`);
      }
    }
    expect(status).toBe(0);
    for (const code of ["unchanged", "half-written", "unverified"]) expect([...seen]).toContain(`option-bytes-${code}`);
  });
});
