import { afterEach, describe, expect, it } from "vitest";
import { type BoardServer, firmware, startBoard } from "./board-server.ts";
import { MiGdb } from "./gdb-multiarch.ts";

let board: BoardServer;
const gdbs: MiGdb[] = [];

afterEach(async () => {
  for (const gdb of gdbs.splice(0)) await gdb.quit();
  await board.close();
});

function start(): MiGdb {
  const gdb = new MiGdb();
  gdbs.push(gdb);
  return gdb;
}

/** The launch of cortex-debug with `servertype: stlink` (its src/gdb.ts and src/stlink.ts), up to the stop at main. */
async function launch(gdb: MiGdb): Promise<void> {
  await gdb.command("-gdb-set mi-async on");
  await gdb.command('-interpreter-exec console "set print demangle on"');
  await gdb.command(`-file-exec-and-symbols ${firmware("inspect")}`);
  await gdb.command("-enable-pretty-printing");
  await gdb.command(`-target-select extended-remote localhost:${board.port}`);
  await gdb.command('-interpreter-exec console "monitor reset"');
  await gdb.command("-target-download");
  await gdb.command('-interpreter-exec console "monitor reset"');
  await gdb.command('-interpreter-exec console "monitor halt"');
  await gdb.command("-break-insert -t --function main");
  gdb.forget();
  await gdb.command("-exec-continue --all");
  expect(await gdb.until(/^\*stopped/)).toMatch(/reason="breakpoint-hit",disp="del".*func="main"/);
}

describe("gdb-multiarch under its machine interface, on the virtual Blue Pill", () => {
  it("launches and steps as cortex-debug does it", async () => {
    board = await startBoard();
    const gdb = start();
    await launch(gdb);

    await gdb.command("-break-insert accumulate");
    await gdb.command("-exec-continue");
    expect(await gdb.until(/^\*stopped/)).toMatch(
      /reason="breakpoint-hit".*func="accumulate",args=\[\{name="amount",value="175"\}\]/,
    );
    const stack = await gdb.command("-stack-list-frames --thread 1");
    expect(stack).toMatch(/level="0".*func="accumulate".*level="1".*func="main"/);
    expect(await gdb.command("-thread-info")).toMatch(/details="STM32F10.*, halted"/);
    expect(await gdb.command("-var-create drawing_var * drawing")).toMatch(/numchild="7"/);
    expect(await gdb.command('-var-list-children --all-values "drawing_var"')).toContain('exp="precise_scale"');
    expect(await gdb.command("-data-evaluate-expression watched_total")).toContain('value="0"');
    expect(await gdb.command("-data-list-register-names")).toContain(
      '"msp","psp","primask","basepri","faultmask","control"',
    );
    expect(await gdb.command("-data-list-register-values x 15")).toMatch(/value="0x80001[0-9a-f]{2}"/);
    expect(await gdb.command("-data-read-memory-bytes 0x08000000 8")).toMatch(/contents="00500020[0-9a-f]{8}"/);
    await gdb.command("-exec-next");
    expect(await gdb.until(/^\*stopped/)).toContain('reason="end-stepping-range"');
    expect(await gdb.command("-data-evaluate-expression watched_total")).toContain('value="175"');
    await gdb.command("-exec-finish");
    expect(await gdb.until(/^\*stopped/)).toMatch(/reason="function-finished".*func="main"/);
    await gdb.command("-exec-step-instruction");
    await gdb.until(/^\*stopped/);
    await gdb.command("-break-watch watched_total");
    await gdb.command("-break-delete 2");
    await gdb.command("-exec-continue");
    expect(await gdb.until(/^\*stopped/)).toMatch(/reason="watchpoint-trigger".*value=\{old="175",new="350"\}/);
    await gdb.command("-break-delete");

    await gdb.command("-exec-continue");
    await gdb.command("-exec-interrupt --all");
    expect(await gdb.until(/^\*stopped/)).toContain('signal-name="SIGINT"');

    // Its restart: reset, then on to main again.
    await gdb.command('-interpreter-exec console "monitor reset"');
    await gdb.command("-break-insert -t --function main");
    await gdb.command("-exec-continue --all");
    expect(await gdb.until(/^\*stopped/)).toMatch(/func="main"/);
    expect(await gdb.command("-data-evaluate-expression watched_total")).toContain('value="0"');
    await gdb.command("-target-detach");
    await expect.poll(() => board.opened.session.runState).toBe("running");
  });

  it("lets a second GDB watch variables while the first lets the core run", async () => {
    board = await startBoard();
    const gdb = start();
    await launch(gdb);
    await gdb.command("-exec-continue");
    await expect.poll(() => board.opened.session.runState).toBe("running");
    const watcher = start();
    await watcher.command(`-file-exec-and-symbols ${firmware("inspect")}`);
    await watcher.command(`-target-select extended-remote localhost:${board.port}`);
    // The PC of a running core is a sample, taken while it runs on.
    expect(await watcher.until(/^\*stopped/)).toMatch(/frame=\{addr="0x0800[0-9a-f]{4}",func="\w+"/);
    await watcher.command("-var-create live * rounds");
    const values = new Set<string>();
    for (let look = 0; look < 40 && values.size < 3; look++) {
      await board.opened.clock.sleep(20);
      await watcher.command("-var-update --all-values live");
      values.add((await watcher.command("-var-evaluate-expression live")).replace(/^\d+/, ""));
    }
    expect(values.size).toBeGreaterThanOrEqual(3);
    expect(board.opened.session.runState).toBe("running");
    await watcher.command("-gdb-set var spin_on_demand=1");
    await watcher.quit();
    expect(board.opened.session.runState).toBe("running");
    await board.opened.clock.sleep(50);
    await gdb.command("-exec-interrupt");
    expect(await gdb.until(/^\*stopped/)).toMatch(/signal-name="SIGINT".*func="spin_forever"/);
  });

  it("stops at once at Ctrl-C, whatever is going on", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const gdb = start();
    await gdb.command("-gdb-set mi-async on");
    await gdb.command(`-file-exec-and-symbols ${firmware("inspect")}`);
    await gdb.command(`-target-select extended-remote localhost:${board.port}`);
    gdb.forget();
    for (let round = 0; round < 5; round++) {
      await gdb.command("-exec-continue");
      await gdb.command("-exec-interrupt");
      expect(await gdb.until(/^\*stopped/)).toContain('signal-name="SIGINT"');
    }
    // A line that takes for ever to step over: GDB steps in ranges until it is interrupted.
    await gdb.command("-break-insert -t spin_forever");
    await gdb.command("-gdb-set var spin_on_demand=1");
    await gdb.command("-exec-continue");
    await gdb.until(/^\*stopped/);
    await gdb.command("-exec-finish");
    const before = Date.now();
    await gdb.command("-exec-interrupt");
    expect(await gdb.until(/^\*stopped/)).toContain('signal-name="SIGINT"');
    expect(Date.now() - before).toBeLessThan(2000);
  });
});
