import type { Locator, Page } from "@playwright/test";
import { expect } from "./fixtures";

/** Opens the list behind each number of a part of a page, and sees that it has as many rows as the number's title says. */
export async function follow(page: Page, part: Locator): Promise<number> {
  await expect(part.locator('a[title^="Opens"]').first()).toBeVisible();
  const links = await part.locator('a[title^="Opens"]').evaluateAll((all) =>
    all.map((a) => ({ says: `${a.textContent} ${a.getAttribute("title")}`, title: a.getAttribute("title") ?? "", to: (a as HTMLAnchorElement).href })),
  );
  const seen = new Map<string, string>();
  for (const { says, title, to } of links) {
    if (seen.get(to) === title) continue;
    seen.set(to, title);
    await page.goto(to);
    const note = page.getByRole("status").filter({ hasText: /\d (trace|session)s?\b/ });
    const expected = /^Opens (\d+ (?:trace|session)s?)$/.exec(title)?.[1];
    // A number that is no count, such as an amount, says only that there are rows.
    await expect(note.first(), `${says}: ${decodeURIComponent(to)}`).toHaveText(expected ?? /^[1-9]\d* (trace|session)s?$/);
  }
  return seen.size;
}
