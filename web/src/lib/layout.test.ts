import { expect, it } from "vitest";
import { move, parseLayout, printLayout, resize, show } from "./layout";

const all = ["start", "name", "cost", "user"];

it("reads and writes the address, and leaves out what is not a column", () => {
  expect(parseLayout("name:240,start,nonsense,name,cost:1", all)).toEqual([{ id: "name", width: 240 }, { id: "start" }, { id: "cost", width: 48 }]);
  expect(printLayout([{ id: "name", width: 240 }, { id: "start" }])).toBe("name:240,start");
  expect(parseLayout("nonsense", all)).toBeUndefined();
  expect(parseLayout(undefined, all)).toBeUndefined();
});

it("shows, hides, moves and resizes", () => {
  const some = [{ id: "start" }, { id: "cost" }];
  expect(show(some, "name", true, all).map((c) => c.id)).toEqual(["start", "name", "cost"]);
  expect(show(some, "user", true, all).map((c) => c.id)).toEqual(["start", "cost", "user"]);
  expect(show(some, "start", false, all)).toEqual([{ id: "cost" }]);
  expect(move(some, "cost", -1).map((c) => c.id)).toEqual(["cost", "start"]);
  expect(move(some, "cost", 5).map((c) => c.id)).toEqual(["start", "cost"]);
  expect(move(some, "nonsense", 1)).toEqual(some);
  expect(resize(some, "cost", 99.6)).toEqual([{ id: "start" }, { id: "cost", width: 100 }]);
});
