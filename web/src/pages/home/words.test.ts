import { expect, it } from "vitest";
import { minus } from "../../lib/totals";
import { change, relative, withoutEnvironment } from "./words";

it("changes read as points, shares and multiples", () => {
  expect([change(0.138), change(-0.02), change(0)]).toEqual(["+13.8", "−2.0", "0.0"]);
  expect([relative(112, 100), relative(88, 100), relative(500, 100), relative(5, 0)]).toEqual(["+12%", "−12%", "×5", ""]);
});

const usd = (amount: string) => ({ amount, currency: "USD" });

it("amounts are taken from each other exactly, in one currency", () => {
  expect(minus(usd("0.1"), usd("0.3"))).toEqual({ amount: "-0.200000000000", currency: "USD" });
  expect(minus(usd("0.1"), { amount: "0", currency: "" })).toEqual({ amount: "0.100000000000", currency: "USD" });
  expect(minus(usd("0.1"), { amount: "0.1", currency: "EUR" })).toBeUndefined();
});

it("a link names the environment once", () => {
  expect(withoutEnvironment('env:production agent:"a b"', "production")).toBe('agent:"a b"');
  expect(withoutEnvironment("env:production", "production")).toBeUndefined();
  expect(withoutEnvironment('env:"eu west" tool:x', "eu west")).toBe("tool:x");
  expect(withoutEnvironment("agent:a", undefined)).toBe("agent:a");
});
