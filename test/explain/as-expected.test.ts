/** What is answered where nothing failed and somebody asks about what is as it should be. */
import { describe, expect, it } from "vitest";
import { explanationLines } from "../../src/cli/explanation-words.ts";
import { harmless } from "../../src/diagnose/catalogue/harmless.ts";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { harmlessLines } from "../../src/diagnose/logs/harmless-lines.ts";
import { lines as shown } from "./harmless-line-texts.ts";

const explained = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));
const told = (...lines: readonly string[]) => {
  const { findings, notes } = explained(...lines);
  return [...findings, ...notes].map(({ code }) => code);
};

const server = [
  "Open On-Chip Debugger 0.12.0",
  "Info : The selected transport took over low-level target control. The results might differ compared to plain JTAG/SWD",
  "Info : STLINK V2J43M28 (API v2) VID:PID 0483:374B",
  "Info : Target voltage: 3.248302",
  "Info : [stm32l4x.cpu] Cortex-M4 r0p1 processor detected",
  "Info : starting gdb server for stm32l4x.cpu on 3333",
  "Info : Listening on port 3333 for gdb connections",
];
const download = [
  ...server,
  "[stm32l4x.cpu] halted due to debug-request, current mode: Thread",
  "** Programming Started **",
  "Warn : Adding extra erase range, 0x08003a10 .. 0x08003fff",
  "** Programming Finished **",
  "** Verified OK **",
  "** Resetting Target **",
  "shutdown command invoked",
];

describe("every harmless line", () => {
  it.each(harmlessLines.map((row) => [row.name, row] as const))("%s is answered where it is quoted", (name) => {
    const { before, line, behind, ask } = shown[name as keyof typeof shown];
    const log = [...before, line, ...behind];
    const { notes, findings } = explained(ask, "", ...log);
    expect(findings).toEqual([]);
    const answer = notes.find(({ code }) => code === "as-expected");
    expect(answer).toMatchObject({ certainty: "likely", severity: "note" });
    expect(answer?.cause).toContain(harmless.find((each) => each.name === name)?.cause);
    expect(answer?.evidence.join("\n")).toContain(line.trim());
    // Nobody asks.
    expect(told(...log)).not.toContain("as-expected");
    // Somebody asks, of a log that does not have it.
    expect(told(ask, "", ...before, ...behind)).not.toContain("as-expected");
  });

  it("has words of its own and a row", () => {
    const names = harmlessLines.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const states = ["a server that waits", "the text as a whole"];
    expect([...names, ...states].sort()).toEqual(harmless.map(({ name }) => name).sort());
  });
});

describe("a line that is harmless where the work was done behind it", () => {
  it("is not answered where none was", () => {
    const halt = download.slice(7, 8);
    const ask = "Why is it halted due to debug-request, did I ask for that?";
    const elsewhere = [...server, ...download.slice(8), ...halt];
    expect(told(ask, "", ...server, ...halt, ...download.slice(8))).toEqual(["as-expected"]);
    expect(told(ask, "", ...elsewhere)).toEqual(["not-enough-to-tell"]);
  });
});

describe("a server that waits", () => {
  const ready = [...server, ""];

  it.each([
    "Is this stuck? It stays like this for twenty minutes now.",
    'openocd hangs after "Listening on port 3333 for gdb connections"',
    "It never returns to the prompt, what am I to do?",
    "I run the command and nothing more happens, even when I wait.",
  ])("is answered: %s", (ask) => {
    const { findings, notes } = explained(ask, "", ...ready);
    expect(findings).toEqual([]);
    expect(notes[0]).toMatchObject({ code: "as-expected", certainty: "likely" });
    expect(notes[0].cause).toContain("A server that waits");
    expect(notes[0].remedy.join()).toContain("target extended-remote");
  });

  it("is shown with what to do, below that nothing failed", () => {
    const text = explanationLines("log", explained("Is this stuck? It stays like this for hours.", "", ...ready));
    expect(text.join("\n")).toMatch(/No failure is seen.*Note: +A server that waits.*Advice: +Leave it/s);
  });

  it.each([
    "My program hangs in the delay and never comes to the loop.",
    "GDB hangs as soon as I try it and I have to kill it.",
    "The LED does not blink after that, why is that so?",
  ])("is not what this is about: %s", (ask) => {
    expect(told(ask, "", ...ready)).toEqual(["not-enough-to-tell"]);
  });

  it("is none where a debugger came, or one that runs beside it should have", () => {
    const ask = "Is this stuck? It stays like this for twenty minutes now.";
    expect(told(ask, "", ...server, "Info : accepting 'gdb' connection on tcp/3333")).toEqual(["not-enough-to-tell"]);
    const launched = ['Launching gdb-server: openocd -c "gdb_port 50000" -f board/st_nucleo_l4.cfg', ...server];
    expect(told(ask, "", ...launched)).not.toContain("as-expected");
  });

  it("is only possible of ST's, which an IDE may have started", () => {
    const { notes } = explained(
      "Why is it stuck here for ever, do I have to wait?",
      "STMicroelectronics ST-LINK GDB server. Version 7.8.0",
      "ST-LINK device initialization OK",
      "Waiting for debugger connection...",
    );
    expect(notes[0]).toMatchObject({ code: "as-expected", certainty: "possible" });
  });
});

describe("what somebody tells besides", () => {
  it("stays open beside the answer", () => {
    for (const more of ["The LED does nothing.", "But there is no serial output at all."]) {
      const ask = `What is the extra erase range and how do I fix it? ${more}`;
      expect(told(ask, "", ...download)).toEqual(["not-enough-to-tell", "as-expected"]);
    }
    const apart = ["What is the extra erase range and how do I fix it?", "And the display on the board stays dark."];
    expect(told(...apart, "", ...download)).toEqual(["not-enough-to-tell", "as-expected"]);
  });

  it("is no complaint where it is only not known", () => {
    const ask = "I do not understand what the extra erase range is, do I have to worry?";
    expect(told(ask, "", ...download)).toEqual(["as-expected"]);
  });
});

describe("who asks about the warnings", () => {
  const ask = "Is this OK? I get a warning with every upload.";

  it("is answered where all of them are known", () => {
    const { notes } = explained(ask, "", ...download);
    expect(notes.map(({ code }) => code)).toEqual(["as-expected"]);
    expect(notes[0].cause).toContain('"Adding extra erase range"');
  });

  it("is not, where one is not", () => {
    const other = download.toSpliced(3, 0, "Warn : the moon is not where this version wants it");
    expect(told(ask, "", ...other)).not.toContain("Adding extra erase range");
    expect(
      explained(ask, "", ...other)
        .notes.map(({ cause }) => cause)
        .join(),
    ).not.toContain("extra erase");
  });
});

describe("who asks whether all is well", () => {
  it("is told that it is, where something was written", () => {
    const { notes } = explained("Does this look normal? I am new to all of this.", "", ...download);
    expect(notes[0].cause).toContain("The text as a whole");
  });

  it("is not, where nothing was, or what is asked is not that", () => {
    expect(told("Does this look normal? I am new to all of this.", "", ...server)).toEqual(["not-enough-to-tell"]);
    expect(told("Is it normal that the LED is off after that?", "", ...download)).toEqual(["not-enough-to-tell"]);
  });
});

describe("a harmless line in a log that fails", () => {
  it("is not spoken of", () => {
    const failed = [
      ...server.slice(0, 3),
      "Info : Target voltage: 0.011000",
      "Error: init mode failed (unable to connect to the target)",
    ];
    const codes = told(
      "Is the line about low-level target control the reason? The selected transport took over?",
      ...failed,
    );
    expect(codes[0]).toBe("target-no-power");
    expect(codes).not.toContain("as-expected");
  });

  it("about NRST stays what it is, where nothing was written", () => {
    const read = [
      "st-flash 1.7.0",
      "2023-02-11T16:08:10 INFO common.c: F1xx Medium-density: 20 KiB SRAM, 64 KiB flash in at least 1 KiB pages.",
      "2023-02-11T16:08:10 WARN common.c: NRST is not connected",
    ];
    expect(told('What does "NRST is not connected" mean here?', ...read)).toEqual(["nrst-not-wired"]);
  });
});
