/** A value on one line, cut. */
export function oneLine(value: unknown, limit = 400): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value) ?? "").replaceAll(/\s+/g, " ").trim();
  return text.length > limit ? `${text.slice(0, limit)} …` : text;
}
