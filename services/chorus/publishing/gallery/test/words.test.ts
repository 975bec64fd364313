import { expect, test } from "vitest";
import { wordsFor } from "../src/words";

test("the page's language is used where it is kept, and English elsewhere", () => {
  expect(wordsFor("de-AT").more).toBe("Mehr zeigen");
  expect(wordsFor("fi").more).toBe("Show more");
  expect(wordsFor("").more).toBe("Show more");
});

test.each(["en", "de"])("numbers read well in %s", (language) => {
  const words = wordsFor(language);
  for (const say of [words.newer, words.shown, words.left]) {
    expect(say(1)).toContain("1");
    expect(say(2)).toContain("2");
    expect(say(1)).not.toBe(say(2).replace("2", "1"));
  }
});
