import { expect, test } from "vitest";
import { formatDuration, formatNumber } from "./format.ts";
import { formatMarkdownTable, formatTable } from "./table.ts";

test.each([
  [0, "0"],
  [3, "3"],
  [-2.5, "-2.5"],
  [0.123456, "0.1235"],
  [1234.5678, "1235"],
  [0.00001234, "1.23e-5"],
  [2e-5, "2e-5"],
  [123456789, "1.23e8"],
  [Number.NaN, "NaN"],
])("formatNumber(%d) = %s", (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [0.44, "0.4 s"],
  [9.96, "10 s"],
  [59.7, "1 min 00 s"],
  [200, "3 min 20 s"],
  [3600, "1 h 00 min"],
  [3900, "1 h 05 min"],
])("formatDuration(%d) = %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test("a table aligns numbers to the right, whatever the letters' width", () => {
  const rows = [
    { policy: "before", gold: 0.031 },
    { policy: "after 电影", gold: -1.5, "KL\nnats": 6.1 },
    { policy: "e\u0301t\u00e9", gold: null },
  ];
  expect(formatTable(rows)).toBe(
    [
      "policy       gold  KL nats",
      "before      0.031        –",
      "after 电影   -1.5      6.1",
      "e\u0301t\u00e9             –        –",
    ].join("\n"),
  );
  expect(formatTable([])).toBe("");
});

test("a Markdown table has its cells as they are", () => {
  expect(
    formatMarkdownTable(
      ["", "b"],
      [
        ["x", 1.5],
        ["y", ""],
      ],
    ),
  ).toBe("|  | b |\n| --- | --- |\n| x | 1.5 |\n| y |  |");
});
