import { timestampDate } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { endOf, proofProblem, sizeInWords } from "../src/rights/proof.js";

const file = (size: number): File => new File([new Uint8Array(size)], "contract.pdf");

describe("what a brand says that it may do", () => {
  it("wants a proof, of five megabytes at most", () => {
    expect(proofProblem(undefined)).toMatch(/^Add the proof/);
    expect(proofProblem(file(0))).toMatch(/^Add the proof/);
    expect(proofProblem(file(5 * 1024 * 1024))).toBe("");
    expect(proofProblem(file(5 * 1024 * 1024 + 1))).toBe("The proof has more than 5 MB.");
  });

  it("holds through its last day, or without end", () => {
    const end = endOf("2030-11-03");
    expect(end && timestampDate(end).toISOString()).toBe("2030-11-03T23:59:59.000Z");
    expect(endOf("")).toBeUndefined();
  });

  it.each([
    [39n, "39 bytes"],
    [999, "999 bytes"],
    [340_000, "340 kB"],
    [1_240_000, "1.2 MB"],
    [12_400_000, "12 MB"],
  ])("says a size of %s as %s", (size, said) => {
    expect(sizeInWords(size)).toBe(said);
  });
});
