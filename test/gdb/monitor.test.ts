import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProbityError } from "../../src/base/errors.ts";
import { GdbServer } from "../../src/gdb/gdb-server.ts";
import { monitorCommands } from "../../src/gdb/monitor/registry.ts";
import { FakeSession } from "./fake-session.ts";
import { RspClient } from "./rsp-client.ts";

let session: FakeSession;
let server: GdbServer;
let gdb: RspClient;

beforeEach(async () => {
  session = new FakeSession();
  server = new GdbServer(session, { port: 0, attach: () => session.reset("system", { halt: true }) });
  gdb = await RspClient.connect(await server.listen());
  await gdb.ask("?");
});

afterEach(async () => {
  gdb.close();
  await server.close();
  await session.close();
});

describe("monitor", () => {
  it("help lists every command", async () => {
    const { text, reply } = await gdb.monitor("help");
    expect(text.startsWith("Supported monitor commands are:\n")).toBe(true);
    for (const { words } of monitorCommands) expect(text).toContain(`\n  ${words}`);
    expect(reply).toBe("OK");
  });

  it.each([
    ["reset", "reset(system,true)", "System reset"],
    ["reset halt", "reset(system,true)", "System reset"],
    ["reset init", "reset(system,true)", "System reset"],
    ["reset core", "reset(core,true)", "Core reset"],
    ["reset hardware", "reset(hardware,true)", "Hardware reset"],
  ])("%s resets and leaves the core halted", async (command, call, name) => {
    const { text, reply } = await gdb.monitor(command);
    expect(text).toBe(`STM32 Successfully completed reset operation (${name})\n`);
    expect(reply).toBe("OK");
    expect(session.calls.at(-2)).toBe(call);
    expect(session.runState).toBe("halted");
  });

  it("reset tells of registers that GDB cannot know to be old", async () => {
    await gdb.ask("vCont;s:1");
    const { text } = await gdb.monitor("reset");
    expect(text).toContain("'maintenance flush register-cache'");
  });

  it.each(["reset 0", "reset 1", "reset 2", "reset run", "reset halt now", "reset constructor"])(
    "%s is an unknown reset option",
    async (command) => {
      expect(await gdb.monitor(command)).toEqual({ text: "Unknown reset option\n", reply: "E01" });
      expect(session.count("reset")).toBe(1);
    },
  );

  it("halt halts a running core", async () => {
    await gdb.ask("D");
    expect(await gdb.monitor("halt")).toEqual({ text: "Trying to halt core...\n", reply: "OK" });
    expect(session.runState).toBe("halted");
  });

  it("flash mass_erase erases, and says why it could not", async () => {
    expect((await gdb.monitor("flash mass_erase")).reply).toBe("OK");
    expect(session.flash.every((byte) => byte === 0xff)).toBe(true);
    session.failures.set(
      "massErase",
      new ProbityError("flash-protected", "Flash is read-protected.", { remedy: ["Remove it."] }),
    );
    expect(await gdb.monitor("flash mass_erase")).toEqual({
      text: "Flash is read-protected.\n  Remove it.\n",
      reply: "E01",
    });
  });

  it("accepts what has nothing to do here, and says so", async () => {
    expect((await gdb.monitor("flash set_parallelism_mode 2")).text).toContain("one programming width");
    expect((await gdb.monitor("flash set_parallelism_mode 9")).reply).toBe("E01");
    expect((await gdb.monitor("led blink")).reply).toBe("OK");
    expect((await gdb.monitor("swv")).reply).toBe("OK");
  });

  it("answers the questions of an IDE that looks for an ST device", async () => {
    const inReply = async (command: string): Promise<string> => {
      const { text, reply } = await gdb.monitor(command);
      expect(text).toBe("");
      return Buffer.from(reply, "hex").toString();
    };
    expect(await inReply("ReadAPEx 0x0 0xF8")).toBe("O.K.:0xE00FF003\n");
    expect(await inReply("WriteDP 0x2 0xF0")).toBe("O.K.\n");
    expect(await inReply("ReadAP 0x2")).toBe("O.K.:0xE00FF003\n");
    expect(session.calls.filter((call) => call.startsWith("readAp"))).toEqual(["readAp(0x0,0xf8)", "readAp(0x0,0xf8)"]);
    expect(await inReply("WriteDP 2 0x020000f0")).toBe("O.K.\n");
    await inReply("ReadAP 2");
    expect(session.calls.at(-1)).toBe("readAp(0x2,0xf8)");
    expect(await inReply("WriteDP 1 0x50000000")).toBe("O.K.\n");
    expect(session.calls.at(-1)).toBe("writeDp(0x4,0x50000000)");
    expect(await inReply("ReadMemAP 0x0 0x08000000")).toBe("O.K.:0x20005000\n");
    expect(await inReply("ReadMemAP 0x08000004")).toBe("O.K.:0x08000101\n");
  });

  it.each([
    "ReadAPEx",
    "ReadAPEx 0",
    "ReadAPEx x y",
    "ReadAP 9",
    "WriteDP 2",
    "WriteDP 4 0",
    "ReadMemAP 1 0",
    "ReadMemAP 1",
  ])("%s shows its usage", async (command) => {
    const { text, reply } = await gdb.monitor(command);
    expect(text).toMatch(/^Usage: /);
    expect(reply).toBe("E01");
  });

  it.each(["nonsense", "", "flash", "flash erase", "led"])("refuses '%s' without a text", async (command) => {
    expect(await gdb.monitor(command)).toEqual({ text: "", reply: "E01" });
  });

  it("refuses what is no text", async () => {
    expect(await gdb.ask("qRcmd,7")).toBe("E16");
    expect(await gdb.ask("qRcmd,zz")).toBe("E16");
  });

  it("sends output while the command runs", async () => {
    let finish: () => void = () => {};
    session.massErase = () =>
      new Promise((resolve) => {
        session.events.emit("user.message", { text: "erasing" });
        finish = resolve;
      });
    gdb.send(`qRcmd,${Buffer.from("flash mass_erase").toString("hex")}`);
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("erasing\n");
    finish();
    expect(Buffer.from((await gdb.next()).slice(1), "hex").toString()).toBe("Mass erase completed\n");
    expect(await gdb.next()).toBe("OK");
  });
});
