import { expect, it } from "vitest";
import { Instances } from "./instances.ts";
import { commonModule } from "./module.ts";
import { webAssembly } from "./web-assembly.ts";

it("a module that comes again gets the instance that it had, and another one with another table", () => {
  const memory = new webAssembly.Memory({ initial: 2, maximum: 4 });
  const made = new Instances({ m: memory }, 4, 2);
  const first = made.of(commonModule(2));
  expect(made.of(commonModule(2))).toBe(first);
  expect(made.full).toBe(false);
  expect(made.of(commonModule(1))).not.toBe(first);
  expect(made.full).toBe(true);
  const others = new Instances({ m: memory }, 4, 2);
  expect(others.of(commonModule(2))).not.toBe(first);
  expect(others.table).not.toBe(made.table);
});
