import { columnsOf } from "./blocks.ts";
import { formatNumber } from "./format.ts";

/** Terminal columns of a text; wide East Asian letters and most emoji take two. */
const widthOf = (text: string): number => {
  let width = 0;
  for (const letter of text) {
    if (/\p{Mark}/u.test(letter)) continue;
    const isWide =
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u;
    width += isWide.test(letter) ? 2 : 1;
  }
  return width;
};

/**
 * Rows as a table for the terminal: columns in the order in which they first appear, numbers to the right.
 *
 *   policy   gold   KL
 *   before  0.031    –
 *   after   0.492  6.1
 */
export const formatTable = (
  rows: readonly Readonly<Record<string, string | number | boolean | null | undefined>>[],
): string => {
  const columns = columnsOf(rows);
  const text = (value: string | number | boolean | null | undefined): string => {
    if (value === null || value === undefined) return "–";
    return typeof value === "number" ? formatNumber(value) : String(value).replaceAll(/\s+/g, " ");
  };
  const lines = [columns.map(text), ...rows.map((row) => columns.map((column) => text(row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index]!))));
  const isNumeric = columns.map((column) => rows.some((row) => typeof row[column] === "number"));
  return lines
    .map((line) =>
      line
        .map((cell, index) => {
          const padding = " ".repeat(widths[index]! - widthOf(cell));
          return isNumeric[index] ? padding + cell : cell + padding;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};

/** Cells as a Markdown table, as they are. */
export const formatMarkdownTable = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
