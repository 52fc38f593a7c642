import { afterEach, expect, it } from "vitest";
import { type BoardServer, startBoard } from "./board-server.ts";

let board: BoardServer;

afterEach(() => board.close());

it("tells the user once that the core is locked up", async () => {
  board = await startBoard(); // empty flash: no stack, no vectors
  const { session } = board.opened;
  const messages: string[] = [];
  session.events.on("user.message", ({ text }) => messages.push(text));
  if (session.runState === "halted") await session.resume();
  await expect.poll(() => messages.length).toBe(1);
  expect(messages[0]).toMatch(/lockup/);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(messages).toHaveLength(1);
  await session.halt();
  expect(session.runState).toBe("halted");
});
