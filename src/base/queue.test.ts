import { expect, it } from "vitest";
import { Queue } from "./queue.ts";

it("runs tasks in order and goes on after one that fails", async () => {
  const queue = new Queue();
  const order: string[] = [];
  const slow = queue.run(async () => {
    order.push("a starts");
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push("a ends");
    return 1;
  });
  const failing = queue.run(async () => {
    order.push("b");
    throw new Error("b");
  });
  const last = queue.run(async () => order.push("c"));
  expect(await slow).toBe(1);
  await expect(failing).rejects.toThrow("b");
  await last;
  expect(order).toEqual(["a starts", "a ends", "b", "c"]);
});
