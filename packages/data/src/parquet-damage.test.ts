import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, DataError, type Random } from "@accord-rl/core";
import { afterAll, expect, it } from "vitest";
import golden from "./__fixtures__/parquet.json" with { type: "json" };
import { readRows } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-damage-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "damaged.parquet");

const awkward = [0, 1, 0x7f, 0x80, 0xff];

/** One to three bytes changed, more often among the headers at the end; or cut, or a piece of it twice. */
const damage = (sound: Buffer, random: Random): Buffer => {
  const bytes = Buffer.from(sound);
  const place = () =>
    random.integer(2) === 0
      ? random.integer(bytes.length)
      : bytes.length - 1 - random.integer(Math.min(bytes.length, 4000));
  for (let count = 1 + random.integer(3); count > 0; count--) {
    bytes[place()] = random.integer(2) === 0 ? random.integer(256) : awkward[random.integer(awkward.length)]!;
  }
  const kind = random.integer(10);
  if (kind === 0) return bytes.subarray(0, place());
  return kind === 1 ? Buffer.concat([bytes.subarray(0, place()), bytes.subarray(place())]) : bytes;
};

it("500 damaged files, packed in every way: rows, or a DataError", { timeout: 120_000 }, async () => {
  const seeds = Object.values(golden.inputs).map((content) => Buffer.from(content, "base64"));
  const random = createRandom(7);
  let [read, refused] = [0, 0];
  for (let i = 0; i < 500; i++) {
    writeFileSync(path, damage(seeds[i % seeds.length]!, random.fork(String(i))));
    const error: unknown = await readRows(path).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (error === undefined) read += 1;
    else {
      expect(DataError.isInstance(error), `mutation ${i}: ${error}`).toBe(true);
      refused += 1;
    }
  }
  expect(read + refused).toBe(500);
  expect(refused).toBeGreaterThan(200);
  expect(read).toBeGreaterThan(20); // a changed letter is another text
});
