import { describe, expect, it, test } from "vitest";
import { bytes, cost, count, duration, durationExact, money, plural, scoreValue, tokensTitle, totalTokens } from "./format";

describe("duration", () => {
  test.each([
    [0, "0 ms"], [0.0004, "1 µs"], [0.012, "12 µs"], [0.9994, "999 µs"], [0.9996, "1.0 ms"], [3.44, "3.4 ms"], [9.96, "10 ms"],
    [12, "12 ms"], [999.4, "999 ms"], [999.5, "1.0 s"], [3412.3, "3.4 s"], [59_949, "59.9 s"], [59_950, "1 min"], [60_000, "1 min"],
    [125_000, "2 min 5 s"], [3_599_600, "1 h"], [11_040_000, "3 h 4 min"], [86_400_000, "1 d"], [183_600_000, "2 d 3 h"],
    [-5, "−5.0 ms"],
  ])("%d ms reads %s", (ms, text) => expect(duration(ms)).toBe(text));

  it("has a dash for what is not known", () => {
    for (const ms of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) expect(duration(ms)).toBe("–");
  });

  it("gives every digit in the title", () => expect(durationExact(3412.345678)).toBe("3,412.345678 ms"));
});

describe("money", () => {
  test.each([
    ["0.001200000000", "USD", "$0.0012"], ["0.000012340000", "USD", "$0.000012"], ["0.000000000001", "USD", "$0.000000000001"],
    ["0", "USD", "$0"], ["0.000000000000", "USD", "$0"], ["0.1", "USD", "$0.1000"], ["0.006", "USD", "$0.0060"], ["0.123456", "USD", "$0.1235"], ["0.0996", "USD", "$0.0996"],
    ["0.00999", "USD", "$0.0100"], ["0.99999", "USD", "$1.0000"], ["1", "USD", "$1.00"], ["12.345", "USD", "$12.35"], ["1234567.891", "EUR", "€1,234,567.89"],
    ["99999999999999999999999999.99", "USD", "$99,999,999,999,999,999,999,999,999.99"], ["-0.5", "USD", "-$0.5000"], ["0.25", "CHF", "CHF 0.2500"],
    ["nonsense", "USD", "nonsense USD"],
  ])("%s %s reads %s", (amount, currency, text) => expect(money(amount, currency)).toBe(text));
});

describe("cost", () => {
  it("says unpriced, never zero", () => {
    expect(cost({ amount: "0", currency: "USD", state: "unpriced" }).text).toBe("unpriced");
    expect(cost({ amount: "", currency: "USD", state: "unpriced" }).text).toBe("unpriced");
    expect(cost({ amount: "0.0000", currency: "USD", state: "unpriced" }).text).toBe("unpriced");
  });
  it("shows what is known of a sum with unpriced parts", () =>
    expect(cost({ amount: "0.5", currency: "USD", state: "unpriced" }).text).toBe("$0.5000 + unpriced"));
  it("marks an estimate in text", () => {
    const shown = cost({ amount: "0.0012", currency: "USD", state: "estimated", price: "openai/gpt-4o 2024-08-06" });
    expect(shown.text).toBe("≈ $0.0012");
    expect(shown.title).toBe("0.0012 USD · estimated · price openai/gpt-4o 2024-08-06");
  });
  it("has the exact amount in the title", () =>
    expect(cost({ amount: "0.001234567890", currency: "USD", state: "priced" }).title).toBe("0.001234567890 USD"));
  it("says what is missing", () =>
    expect(cost({ amount: "0", currency: "EUR", state: "unpriced", reason: "add a rate entry" }).title).toBe("add a rate entry"));
  it("adds up no two currencies", () => expect(cost({ amount: "", currency: "", state: "mixed" }).text).toBe("mixed"));
  it("has a dash where nothing was called", () => expect(cost(null).text).toBe("–"));
});

describe("numbers", () => {
  const none = {
    input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0,
    input_audio_tokens: 0, output_audio_tokens: 0,
  };
  it("keeps every digit beyond 2^53", () => {
    expect(count("9007199254740993")).toBe("9,007,199,254,740,993");
    expect(totalTokens({ ...none, input_tokens: "9007199254740993", output_tokens: 2 })).toBe(9007199254740995n);
  });
  it("groups and counts", () => {
    expect(count(1234)).toBe("1,234");
    expect(plural(1, "span")).toBe("1 span");
    expect(plural(1200, "span")).toBe("1,200 spans");
    expect(bytes(999)).toBe("999 B");
    expect(bytes(1500)).toBe("1.5 kB");
    expect(bytes(32_000_000)).toBe("32 MB");
  });
  it("names parts as parts, so that nobody adds them up", () =>
    expect(tokensTitle({ ...none, input_tokens: 1000, output_tokens: 50, cache_read_tokens: 900, reasoning_tokens: 40 })).toBe(
      "input 1,000 · output 50 · of input from cache 900 · of output reasoning 40",
    ));
});

describe("scoreValue", () => {
  it("tells a number, a label, a boolean and no verdict apart", () => {
    const none = { value: null, label: null, boolean: null };
    expect(scoreValue({ ...none, value: 0 })).toBe("0");
    expect(scoreValue({ ...none, value: 0.123456 })).toBe("0.1235");
    expect(scoreValue({ ...none, label: "good" })).toBe("good");
    expect(scoreValue({ ...none, boolean: false })).toBe("no");
    expect(scoreValue(none)).toBe("undecided");
  });
});
