import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { run } from "../usb/run-verb.ts";
import { pathOf, program } from "../verbs/bench.ts";
import { serverWithProbe } from "./bench.ts";

describe("a recording of a link to an stlink-server", () => {
  it.each([1, 3])("of API %i plays back as it was", async (api) => {
    const { server } = await serverWithProbe();
    server.api = api;
    const probe = `tcp:127.0.0.1:${server.port}`;
    const recording = pathOf(`tcp-${api}.rec`);
    expect(await run(["flash", program, "--verify", "--probe", probe])).toMatchObject({ status: 0 });
    const words = ["read", "0x08000000", "3K", "--probe"];
    const live = await run([...words, probe, "--record", recording]);
    expect(live.status).toBe(0);
    await server.stop();
    const replayed = await run([...words, `replay:${recording}`]);
    expect(replayed).toMatchObject({ status: 0, out: live.out });
    expect(replayed.error).not.toMatch(/diverge|Warning/i);
    const inspected = await run(["inspect", recording]);
    expect(inspected.out).toContain(`tcp:127.0.0.1:${server.port}`);
    expect(inspected.out.includes("RW_MISC_OUT")).toBe(api === 3);
  });

  it("that others use, too, plays back as one among others", async () => {
    const { server } = await serverWithProbe();
    server.clientCount = 2;
    const recording = pathOf("tcp-others.rec");
    const words = ["info", "--json", "--probe"];
    const live = await run([...words, `tcp:127.0.0.1:${server.port}`, "--record", recording]);
    expect(live.status).toBe(0);
    const replayed = await run([...words, `replay:${recording}`]);
    expect(replayed).toMatchObject({ status: 0, out: live.out });
  });

  it("ends with what ended it", async () => {
    const { server } = await serverWithProbe();
    const recording = pathOf("tcp-gone.rec");
    let left = 10;
    server.mangle = (reply, _, block) => (block[0] === 0xf2 && left-- === 0 ? "close" : reply);
    const words = ["info", "--probe"];
    const live = await run([...words, `tcp:127.0.0.1:${server.port}`, "--record", recording]);
    expect(live.status).toBe(1);
    expect(live.error).toContain("[probe-server-gone]");
    const replayed = await run([...words, `replay:${recording}`]);
    expect(replayed.status).toBe(1);
    expect(replayed.error).toContain("[probe-server-gone]");
  });
});

it("a recording says what is to be said of a server that is not there, and leaves no file", async () => {
  const { server } = await serverWithProbe();
  await server.stop();
  const { status, error } = await run([
    "info",
    "--probe",
    `tcp:127.0.0.1:${server.port}`,
    "--record",
    pathOf("none.rec"),
  ]);
  expect(status).toBe(1);
  expect(error).toContain("[probe-server-absent]");
  expect(existsSync(pathOf("none.rec"))).toBe(false);
});
