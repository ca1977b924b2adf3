import { InvalidArgumentError, type TextExample } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, pack } from "./index.ts";

const packed = (examples: readonly TextExample[], length: number, keepRest = false) =>
  collect(pack(examples, { length, keepRest }));

describe("pack", () => {
  it("fills blocks with documents, and learns what each of them learned", async () => {
    const examples = [
      { tokens: [1, 2, 3], completionStart: 0 },
      { tokens: [4, 5, 6, 7], completionStart: 2 },
      { tokens: [8, 9, 10], completionStart: 0, mask: [1, 0, 1] },
    ];
    expect(await packed(examples, 4)).toEqual([
      { tokens: [1, 2, 3, 4], mask: [0, 1, 1, 0], documents: [0, 3], completionStart: 0 },
      { tokens: [5, 6, 7, 8], mask: [0, 1, 1, 0], documents: [3], completionStart: 0 },
    ]);
    expect((await packed(examples, 4, true)).at(-1)).toEqual({
      ...{ tokens: [9, 10], mask: [0, 1], documents: [], completionStart: 0 },
    });
  });

  it("loses and repeats nothing, and never learns a document's first token", async () => {
    const document = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 12 });
    const documents = fc.array(document, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 2, max: 9 }), async (all, length) => {
        const blocks = await packed(
          all.map((tokens) => ({ tokens, completionStart: 0 })),
          length,
        );
        // A block in which nothing is learned is left out: only where every token begins a document.
        const starts = new Set<number>();
        let at = 0;
        for (const { length: tokens } of all) {
          starts.add(at);
          at += tokens;
        }
        const flat = all.flat();
        const expected = Array.from(
          { length: Math.floor(flat.length / length) },
          (_, i) => i * length,
        ).filter((from) => flat.slice(from, from + length).some((_, j) => j > 0 && !starts.has(from + j)));
        expect(blocks.map(({ tokens }) => tokens)).toEqual(
          expected.map((from) => flat.slice(from, from + length)),
        );
        blocks.forEach(({ mask, documents: begins }, i) => {
          const from = expected[i]!;
          expect(mask).toEqual(mask.map((_, j) => (j > 0 && !starts.has(from + j) ? 1 : 0)));
          expect(begins).toEqual(mask.map((_, j) => j).filter((j) => starts.has(from + j)));
        });
      }),
    );
  });

  it("takes a stream, one document at a time", async () => {
    let read = 0;
    const stream = async function* () {
      for (;;) yield { tokens: [++read, read, read], completionStart: 0 };
    };
    const blocks = pack(stream(), { length: 4 });
    expect((await blocks.next()).value).toMatchObject({ tokens: [1, 1, 1, 2] });
    expect(read).toBe(2);
    await blocks.return();
  });

  it.each([
    [{ tokens: [1, 2], completionStart: 0, weight: 2 }, 4],
    [{ tokens: [1, 2], completionStart: 0 }, 1],
  ])("refuses %j in blocks of %d", async (example, length) => {
    await expect(packed([example], length)).rejects.toThrow(InvalidArgumentError);
  });
});
