import { expect, it } from "vitest";
import { GuestConsole } from "./console.ts";
import { complaints, type Outcome, type Step, seen } from "./scenario.ts";

const step: Step = {
  name: "st-info",
  run: "st-info --probe",
  expect: [/Found 1 .*/, /chipid: +0x0410/],
  never: [/error/],
};

it("takes the output of each step out of what the console says", () => {
  const cable: string[] = [];
  const ended: [number, Outcome][] = [];
  let now = 0;
  const guest = new GuestConsole(
    {
      onBegin: () => {},
      onEnd: (number, outcome) => ended.push([number, outcome]),
      onCable: (probe, move) => cable.push(`${probe} ${move}`),
    },
    () => now,
  );
  for (const line of ["boot", "", "@@begin 3", " 1/64 pages\r 2/64 pages", "@@cable 1 unplug", "\x1b[0mgone"])
    guest.line(line);
  now = 1500;
  for (const line of ["", "@@end 3 124", "[1.0] reboot"]) guest.line(line);
  expect(cable).toEqual(["1 unplug"]);
  expect(ended).toEqual([[3, { output: "2/64 pages\ngone", status: 124, seconds: 1.5 }]]);
  expect(guest.rest).toBe("[1.0] reboot");
});

it("finds what is wrong with a step, and shows the lines that were expected", () => {
  const good = "Found 1 stlink programmers\n  version: V2J37S27\n  chipid:   0x0410";
  expect(complaints(step, { output: good, status: 0, seconds: 1 })).toEqual([]);
  expect(seen(step, good)).toEqual(["Found 1 stlink programmers", "  chipid:   0x0410"]);
  expect(complaints(step, { output: "Found 0; error", status: 1, seconds: 1 })).toEqual([
    "ended with status 1 instead of 0",
    "nothing in its output matches /Found 1 .*/",
    "nothing in its output matches /chipid: +0x0410/",
    "its output matches /error/",
  ]);
  expect(complaints({ ...step, status: "any" }, { output: good, status: 7, seconds: 1 })).toEqual([]);
});
