import { describe, expect, it } from "vitest";
import { boards } from "../sim/boards/boards.ts";
import { faults } from "../sim/faults/table.ts";
import { listBoards, listFaults } from "./list-boards.ts";
import { runVerb } from "./verbs.ts";

async function run(...words: string[]): Promise<string> {
  let text = "";
  const terminal = {
    out: (part: string) => {
      text += part;
    },
    error: () => {},
    isTerminal: false,
  };
  expect(await runVerb(words, terminal as unknown as Parameters<typeof runVerb>[1])).toBe(0);
  return text;
}

describe("boards", () => {
  it("lists the boards by the names that --probe takes", async () => {
    expect(await run("boards")).toBe(listBoards());
    for (const name of Object.keys(boards)) expect(listBoards()).toMatch(new RegExp(`^sim:${name}  `, "m"));
    expect(JSON.parse(await run("boards", "--json"))).toHaveLength(Object.keys(boards).length);
  });

  it("lists the faults with their keys and the boards that they fit", async () => {
    const text = await run("boards", "--faults");
    expect(text).toBe(listFaults());
    for (const { name, description } of faults) {
      expect(text).toMatch(new RegExp(`^${name} +\\S`, "m"));
      expect(text).toContain(description);
    }
    expect(text).toMatch(/&noise-seed=1 /);
    expect(text).toMatch(/^clone-gd32 .*\(bluepill\)$/m);
    expect(text).toMatch(/^no-power [^(]*$/m);
    const rows = JSON.parse(await run("boards", "--faults", "--json"));
    expect(rows.map(({ name }: { name: string }) => name)).toEqual(faults.map(({ name }) => name));
    expect(rows[0]).toMatchObject({ family: "power", boards: Object.keys(boards), parameters: [] });
  });
});
