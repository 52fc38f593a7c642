import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProbityError } from "../../src/base/errors.ts";
import { GdbServer } from "../../src/gdb/gdb-server.ts";
import { FakeSession } from "./fake-session.ts";
import { RspClient } from "./rsp-client.ts";

let session: FakeSession;
let server: GdbServer;
let gdb: RspClient;
let port: number;

beforeEach(async () => {
  session = new FakeSession();
  server = new GdbServer(session, { port: 0, attach: () => session.reset("system", { halt: true }) });
  port = await server.listen();
  gdb = await RspClient.connect(port);
  expect(await gdb.ask("qSupported:swbreak+;hwbreak+;vContSupported+")).toContain("PacketSize=6004;");
});

afterEach(async () => {
  gdb.close();
  await server.close();
  await session.close();
});

describe("beginning and end", () => {
  it("says what it can do, gathered from the packets that there are", async () => {
    const features = (await gdb.ask("qSupported:hwbreak+")).split(";");
    expect(features).toEqual([
      "PacketSize=6004",
      "QStartNoAckMode+",
      "binary-upload+",
      "swbreak+",
      "hwbreak+",
      "vContSupported+",
      "qXfer:features:read+",
      "qXfer:memory-map:read+",
      "qXfer:threads:read+",
    ]);
  });

  it.each([
    "vMustReplyEmpty",
    "qTStatus",
    "QPassSignals:e;10",
    "QNonStop:1",
    "vFile:open:00,0,0",
    "b",
    "jThreadsInfo",
    "vContX",
  ])("answers %s with nothing, as unsupported", async (packet) => {
    expect(await gdb.ask(packet)).toBe("");
  });

  it("tells why the core is halted, with registers", async () => {
    expect(await gdb.ask("?")).toMatch(/^T05thread:1;core:0;00:00000000;.*0f:00010008;/);
  });

  it.each([
    ["!", "OK"],
    ["qAttached", "1"],
    ["qAttached:1", "1"],
    ["qC", "QC1"],
    ["qOffsets", "Text=0;Data=0;Bss=0"],
    ["qSymbol::", "OK"],
    ["Hg0", "OK"],
    ["Hc-1", "OK"],
    ["Hg1", "OK"],
    ["Hg7", "E16"],
    ["T1", "OK"],
    ["T2", "E16"],
    ["qfThreadInfo", "m1"],
    ["qsThreadInfo", "l"],
  ])("answers %s with %s", async (packet, reply) => {
    expect(await gdb.ask(packet)).toBe(reply);
  });

  it("describes the thread", async () => {
    expect(Buffer.from(await gdb.ask("qThreadExtraInfo,1"), "hex").toString()).toBe("STM32F103C8, halted");
    expect(await gdb.ask("qXfer:threads:read::0,1000")).toContain(
      '<thread id="1" core="0">STM32F103C8, halted</thread>',
    );
  });

  it("lets the core run at D and tells so; vAttach takes it again", async () => {
    await gdb.ask("Z1,8000110,2");
    expect(await gdb.ask("D")).toBe("OK");
    expect(session.runState).toBe("running");
    expect(session.breakpoints).toEqual([]);
    expect(await gdb.ask("?")).toBe("W00");
    expect(await gdb.ask("vCont;c")).toMatch(/^E/);
    expect(await gdb.ask("vAttach;1")).toMatch(/^T05/);
    expect(session.runState).toBe("halted");
  });

  it("restarts with vRun and R, and kills with vKill", async () => {
    await gdb.ask("!");
    await gdb.ask("vCont;s:1");
    expect(await gdb.ask("vRun;;")).toContain(";0f:00010008;");
    expect(await gdb.ask("vKill;a410")).toBe("OK");
    expect(await gdb.ask("?")).toBe("W00");
    expect(await gdb.ask("qfThreadInfo")).toBe("l");
    expect(await gdb.ask("T1")).toBe("E16");
    gdb.send("R00");
    expect(await gdb.ask("?")).toMatch(/^T05/);
    expect(session.runState).toBe("halted");
  });

  it("answers ? with no process when the target can't be asked: GDB would wait for ever after an error", async () => {
    session.haltReason = () => Promise.reject(new ProbityError("link-unplugged", "The probe has been unplugged."));
    expect(await gdb.ask("?")).toBe("W00");
  });

  it("keeps the connection at k in extended mode and ends it otherwise", async () => {
    expect(await gdb.ask("!")).toBe("OK");
    gdb.send("k");
    expect(await gdb.ask("?")).toBe("W00");
    const plain = await RspClient.connect(port);
    plain.send("k");
    await plain.ended();
  });
});

describe("objects", () => {
  it("serves the target description whole and in pieces", async () => {
    const whole = await gdb.ask("qXfer:features:read:target.xml:0,3000");
    expect(whole).toMatch(/^l<\?xml/);
    let text = "";
    for (let more = true; more; ) {
      const piece = await gdb.ask(`qXfer:features:read:target.xml:${text.length.toString(16)},64`);
      more = piece.startsWith("m");
      text += piece.slice(1);
    }
    expect(text).toBe(whole.slice(1));
    expect(await gdb.ask("qXfer:features:read:target.xml:10000,64")).toBe("l");
  });

  it("serves the memory map of the session", async () => {
    expect(await gdb.ask("qXfer:memory-map:read::0,1000")).toContain('<memory type="flash" start="0x8000000"');
  });

  it("refuses what it does not have", async () => {
    expect(await gdb.ask("qXfer:features:read:other.xml:0,100")).toBe("E00");
    expect(await gdb.ask("qXfer:auxv:read::0,100")).toBe("");
    expect(await gdb.ask("qXfer:toString:read::0,100")).toBe("");
    expect(await gdb.ask("qXfer:features:write:target.xml:0:00")).toBe("");
    expect(await gdb.ask("qXfer:features:read:target.xml:zz,100")).toBe("E16");
  });
});

describe("registers", () => {
  it("reads all, one, and refuses numbers that do not exist", async () => {
    const all = await gdb.ask("g");
    expect(all).toHaveLength(23 * 8);
    expect(all.slice(15 * 8, 17 * 8)).toBe("0001000800000001");
    expect(await gdb.ask("pf")).toBe("00010008");
    expect(await gdb.ask("p1a")).toBe("00500020");
    expect(await gdb.ask("p10")).toBe("E16");
    expect(await gdb.ask("pzz")).toBe("E16");
  });

  it("writes one", async () => {
    expect(await gdb.ask("P0=78563412")).toBe("OK");
    expect(await gdb.ask("P1c=01000000")).toBe("OK");
    expect(session.r[0]).toBe(0x1234_5678);
    expect(session.special.primask).toBe(1);
    expect(await gdb.ask("P0=7856")).toBe("E16");
    expect(await gdb.ask("P0")).toBe("E16");
  });

  it("writes of all only those that changed", async () => {
    const all = await gdb.ask("g");
    expect(await gdb.ask(`G${all.slice(0, 8)}efbeadde${all.slice(16)}`)).toBe("OK");
    expect(session.r[1]).toBe(0xdead_beef);
    expect(session.count("writeRegister")).toBe(1);
    expect(await gdb.ask(`G${all.slice(8)}`)).toBe("E16");
  });

  it("shows of a running core a PC, stack pointers for GDB's sake, and nothing else", async () => {
    gdb.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    expect(await gdb.ask("g")).toBe(
      `${"x".repeat(104)}00000000${"x".repeat(8)}00000000${"x".repeat(8)}${"00".repeat(8)}${"x".repeat(32)}`,
    );
    expect(await gdb.ask("p0")).toBe("xxxxxxxx");
    expect(await gdb.ask("P0=00000000")).toMatch(/^E\.core-running\./);
  });
});

describe("memory", () => {
  it("writes and reads as digits and as bytes", async () => {
    expect(await gdb.ask("M20000000,4:01020304")).toBe("OK");
    expect(await gdb.ask("m20000000,4")).toBe("01020304");
    expect(await gdb.ask(Buffer.from("X20000004,4:\x00#$}", "latin1"))).toBe("OK");
    expect(await gdb.ask("m20000004,4")).toBe("0023247d");
    expect(await gdb.ask("x20000004,4")).toBe("b\x00#$}");
    expect(await gdb.ask("x20000004,0")).toBe("b");
    expect(await gdb.ask("X20000000,0:")).toBe("OK");
  });

  it("reads the bytes before a hole, and none in it", async () => {
    expect(await gdb.ask("m20004ffe,10")).toBe("0000");
    expect(await gdb.ask("m30000000,4")).toBe("E0e");
    expect(await gdb.ask("M30000000,1:00")).toBe("E0e");
  });

  it("reads no more at once than a packet holds", async () => {
    expect((await gdb.ask("m20000000,5000")).length).toBeLessThanOrEqual(0x6004);
  });

  it.each([
    "m",
    "m20000000",
    "mzz,4",
    "m20000000,4,4",
    "mffffffff,2",
    "M20000000,4:0102",
    "M20000000,2:012",
    "X20000000,4:a",
    "M20000000,4",
  ])("refuses %s as malformed", async (packet) => {
    expect(await gdb.ask(packet)).toBe("E16");
  });

  it("sums and searches", async () => {
    await gdb.ask("M20000100,4:deadbeef");
    expect(await gdb.ask("qSearch:memory:20000000;1000;\xde\xad\xbe\xef")).toBe("1,20000100");
    expect(await gdb.ask("qSearch:memory:20000000;1000;\xde\xad\xbe\xee")).toBe("0");
    expect(await gdb.ask("qSearch:memory:20000000;103;\xde\xad\xbe\xef")).toBe("0");
    expect(await gdb.ask("qSearch:memory:20000000;1000;")).toBe("E16");
    expect(await gdb.ask("qSearch:memory:30000000;10;a")).toBe("E0e");
    // The check value of this CRC (as GDB's `qCRC`) for "123456789" is 0x0376e6e7 without the final inversion.
    await gdb.ask(Buffer.from("X20000200,9:123456789"));
    expect(await gdb.ask("qCRC:20000200,9")).toBe("C0376e6e7");
    expect(await gdb.ask("qCRC:30000000,9")).toBe("E0e");
    expect(await gdb.ask("qCRC:20000000,ffffffff")).toBe("E16");
  });

  it("finds a pattern across the pieces in which memory is read", async () => {
    await gdb.ask("M20003ffd,4:c0ffee01");
    expect(await gdb.ask("qSearch:memory:20000000;5000;\xc0\xff\xee\x01")).toBe("1,20003ffd");
  });
});

describe("running", () => {
  it("offers every action", async () => {
    expect(await gdb.ask("vCont?")).toBe("vCont;c;C;s;S;t;r");
  });

  it.each(["s", "S05", "vCont;s", "vCont;s:1", "vCont;s:1;c", "vCont;S05:1", "s8000100"])(
    "steps with %s",
    async (packet) => {
      expect(await gdb.ask(packet)).toMatch(/^T05.*0f:02010008;/);
    },
  );

  it("steps through a range without telling of the instructions in it", async () => {
    expect(await gdb.ask("vCont;r8000100,8000110:1;c")).toContain(";0f:10010008;");
    expect(session.count("stepRange")).toBe(1);
  });

  it("breaks off a range at Ctrl-C", async () => {
    await gdb.ask("Pf=00020008");
    gdb.send("vCont;r8000200,8000202:1");
    expect(await gdb.silent()).toBe(true);
    gdb.raw("\x03");
    expect(await gdb.next()).toMatch(/^T02/);
  });

  it.each(["c", "C05", "vCont;c", "vCont;c:-1", "vCont;C05:1"])(
    "runs with %s to a breakpoint of this debugger",
    async (packet) => {
      expect(await gdb.ask("Z1,8000110,2")).toBe("OK");
      expect(await gdb.ask(packet)).toMatch(/^T05thread:1;core:0;hwbreak:;.*0f:10010008;/);
      expect(await gdb.ask("z1,8000110,2")).toBe("OK");
    },
  );

  it("runs from another address", async () => {
    await gdb.ask("Z1,8000110,2");
    expect(await gdb.ask("c800010e")).toContain(";0f:10010008;");
  });

  it("stops at once at Ctrl-C, also one that comes with the packet", async () => {
    gdb.send("vCont;c");
    expect(await gdb.silent()).toBe(true);
    gdb.raw("\x03");
    expect(await gdb.next()).toMatch(/^T02thread:1/);
    gdb.raw("$vCont;c#a8\x03");
    expect(await gdb.next()).toMatch(/^T02thread:1/);
    gdb.raw("$qC#b4$vCont;c#a8\x03");
    expect(await gdb.next()).toBe("QC1");
    expect(await gdb.next()).toMatch(/^T02thread:1/);
  });

  it("takes no notice of Ctrl-C while halted", async () => {
    gdb.raw("\x03");
    expect(await gdb.silent()).toBe(true);
    gdb.send("vCont;c");
    expect(await gdb.silent()).toBe(true);
    expect(session.runState).toBe("running");
  });

  it("tells a fault as SIGSEGV with its name on the console", async () => {
    gdb.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    session.stopWith({ kind: "vector-catch", cause: "hard fault" });
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("The core stopped: hard fault\n");
    expect(await gdb.next()).toMatch(/^T0b/);
  });

  it("tells a watchpoint's address", async () => {
    expect(await gdb.ask("Z2,20000010,4")).toBe("OK");
    gdb.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    session.stopWith({ kind: "watchpoint", access: "write", address: 0x2000_0010 });
    expect(await gdb.next()).toMatch(/^T05thread:1;core:0;watch:20000010;/);
  });

  it("shows why a resume failed, and that the core is stopped", async () => {
    session.failures.set("resume", new ProbityError("swd-no-answer", "The target does not answer."));
    gdb.send("vCont;c");
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("The target does not answer.\n");
    expect(await gdb.next()).toBe("E05");
  });

  it("sends messages for the user while the core runs, and keeps them while it is halted", async () => {
    session.events.emit("user.message", { text: "first" });
    expect(await gdb.silent()).toBe(true);
    gdb.send("vCont;c");
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("first\n");
    session.events.emit("user.message", { text: "second" });
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("second\n");
  });

  it("tells while the core runs that the target no longer answers, and comes back at Ctrl-C", async () => {
    gdb.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    session.runState = "lost";
    session.events.emit("target.lost", {
      message: "The target does not answer.",
      error: new Error("The target does not answer."),
    });
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("The target does not answer.\n");
    session.failures.set("halt", new ProbityError("swd-no-answer", "No answer.", { remedy: ["Check the cable."] }));
    gdb.raw("\x03");
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("No answer.\n  Check the cable.\n");
    expect(await gdb.next()).toBe("E05");
    expect(await gdb.ask("qC")).toBe("QC1");
  });

  it("halts with vCont;t", async () => {
    expect(await gdb.ask("vCont;t")).toMatch(/^T00/);
  });

  it.each(["vCont", "vCont;", "vCont;x", "vCont;c:7", "vCont;rzz,1", "vCont;c:1:1", "czz", "C"])(
    "refuses %s",
    async (packet) => {
      expect(await gdb.ask(packet)).toBe("E16");
      expect(session.runState).toBe("halted");
    },
  );
});

describe("breakpoints", () => {
  it("sets and removes each kind, repeatably", async () => {
    for (const [kind, call] of [
      ["0", "addBreakpoint(software,0x20000100,0x2)"],
      ["1", "addBreakpoint(hardware,0x20000100,0x2)"],
      ["2", "addWatchpoint(write,0x20000100,0x2)"],
      ["3", "addWatchpoint(read,0x20000100,0x2)"],
      ["4", "addWatchpoint(access,0x20000100,0x2)"],
    ]) {
      expect(await gdb.ask(`Z${kind},20000100,2`)).toBe("OK");
      expect(await gdb.ask(`Z${kind},20000100,2`)).toBe("OK");
      expect(session.calls.filter((made) => made === call)).toHaveLength(1);
      expect(await gdb.ask(`z${kind},20000100,2`)).toBe("OK");
      expect(await gdb.ask(`z${kind},20000100,2`)).toBe("OK");
      expect(session.calls.filter((made) => made === call.replace("add", "remove"))).toHaveLength(1);
    }
  });

  it("refuses the seventh in words", async () => {
    for (let n = 0; n < 6; n++) expect(await gdb.ask(`Z1,80001${n}0,2`)).toBe("OK");
    expect(await gdb.ask("Z1,8000160,2")).toBe("E.breakpoints-used-up.All 6 breakpoint comparators are in use");
    expect(await gdb.ask("Z0,8000160,2")).toBe("E.breakpoints-used-up.All 6 breakpoint comparators are in use");
    expect((await gdb.monitor("halt")).text).toContain("No breakpoint at 0x08000160: All 6 breakpoint comparators");
  });

  it("refuses what makes no sense", async () => {
    expect(await gdb.ask("Z5,20000000,2")).toBe("");
    expect(await gdb.ask("Z1,20000000")).toBe("E16");
    expect(await gdb.ask("Z1,zz,2")).toBe("E16");
    expect(await gdb.ask("Z1,20000000,2,1")).toBe("E16");
    expect(await gdb.ask("Z")).toBe("");
  });
});

describe("flash", () => {
  it("gathers and programs", async () => {
    expect(await gdb.ask("vFlashErase:08000000,00000400")).toBe("OK");
    expect(await gdb.ask(Buffer.from("vFlashWrite:8000300:\x01#\x02:}\x03", "latin1"))).toBe("OK");
    expect(session.flash[0x300]).toBe(0xff);
    expect(await gdb.ask("vFlashDone")).toBe("OK");
    expect([...session.flash.subarray(0x300, 0x306)]).toEqual([1, 0x23, 2, 0x3a, 0x7d, 3]);
    expect(session.calls.slice(-2)).toEqual(["flashDone()", "reset(system,true)"]);
  });

  it("refuses what does not fit, forgets what was gathered and keeps the reason for the console", async () => {
    await gdb.ask("vFlashWrite:8000300:abc");
    expect(await gdb.ask("vFlashWrite:800ffff:abc")).toBe(
      "E.flash-image-too-large.The image does not fit: this chip's flash is 64 KiB",
    );
    expect(session.count("flashAbort")).toBe(1);
    expect((await gdb.monitor("halt")).text).toBe(
      "The image does not fit: this chip's flash is 64 KiB.\n  Build for this chip.\nTrying to halt core...\n",
    );
  });

  it("refuses malformed requests", async () => {
    expect(await gdb.ask("vFlashErase:8000000")).toBe("E16");
    expect(await gdb.ask("vFlashWrite:8000000")).toBe("E16");
    expect(await gdb.ask("vFlashWrite:zz:abc")).toBe("E16");
  });
});
