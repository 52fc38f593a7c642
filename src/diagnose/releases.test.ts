import { describe, expect, it } from "vitest";
import { isBetweenReleases, isOlder } from "./releases.ts";

describe("releases of a tool", () => {
  it.each([
    ["1.6.0", "1.6.1"],
    ["1.9.2", "1.10"],
    ["v1.5.1-97-gabc12345", "1.6"],
    ["0.12.0", "0.13.0"],
    ["1.9", "2"],
  ])("%s came before %s", (one, other) => {
    expect(isOlder(one, other)).toBe(true);
    expect(isOlder(other, one)).toBe(false);
  });

  it("are none before themselves, however they are written", () => {
    expect(isOlder("1.7.0", "v1.7")).toBe(false);
    expect(isOlder("1.7", "1.7.0-3-gabc1234")).toBe(false);
  });

  it("and builds between two of them are told by their name", () => {
    expect(isBetweenReleases("1.7.0-312-g9f3b1ac")).toBe(true);
    expect(isBetweenReleases("1.7.0")).toBe(false);
    expect(isBetweenReleases("0.12.0-rc1")).toBe(false);
  });
});
