import { formatNumber } from "./format.ts";
import { type Html, html } from "./html.ts";
import type { KeyFigure, SampleComparison } from "./report-types.ts";

type Cell = string | number | boolean | null | undefined;

const cellText = (cell: Cell): string =>
  typeof cell === "number" ? formatNumber(cell) : cell === null || cell === undefined ? "–" : String(cell);

/** Column names in the order in which they first appear. */
export const columnsOf = (rows: readonly Readonly<Record<string, unknown>>[]): string[] => [
  ...new Set(rows.flatMap((row) => Object.keys(row))),
];

/** The numbers that matter most, large. */
export const keyFigures = (figures: readonly KeyFigure[]): Html =>
  html`<dl class="figures">${figures.map(
    ({ label, value, note, tone }) =>
      html`<div class="${tone ?? "neutral"}"><dt>${label}</dt><dd>${cellText(value)}</dd>${note === undefined ? undefined : html`<dd class="note">${note}</dd>`}</div>`,
  )}</dl>`;

/** A table; numbers are set to the right. */
export const dataTable = (rows: readonly Readonly<Record<string, Cell>>[], caption?: string): Html => {
  const columns = columnsOf(rows);
  const isNumeric = (column: string) => rows.some((row) => typeof row[column] === "number");
  const align = (column: string) => (isNumeric(column) ? "number" : "text");
  return html`<div class="table"><table>${caption === undefined ? undefined : html`<caption>${caption}</caption>`}<thead><tr>${columns.map(
    (column) => html`<th scope="col" class="${align(column)}">${column}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${columns.map((column) => html`<td class="${align(column)}">${cellText(row[column])}</td>`)}</tr>`,
  )}</tbody></table></div>`;
};

/** Plain text; an empty line starts a new paragraph. */
export const paragraphs = (text: string): Html =>
  html`<div class="prose">${text.split(/\n{2,}/).map((paragraph) => html`<p>${paragraph}</p>`)}</div>`;

/** Charts side by side, as many as fit. */
export const smallMultiples = (charts: readonly Html[]): Html => html`<div class="multiples">${charts}</div>`;

const scoreChips = (
  scores: Readonly<Record<string, number>>,
  others: readonly Readonly<Record<string, number>>[],
): Html =>
  html`<p class="scores">${Object.entries(scores).map(([name, value]) => {
    const isBest =
      others.length > 1 && others.every((other) => (other[name] ?? Number.NEGATIVE_INFINITY) <= value);
    const isTie = others.every((other) => other[name] === value);
    return html`<span class="${isBest && !isTie ? "best" : "plain"}">${name} <b>${formatNumber(value)}</b></span>`;
  })}</p>`;

/** What several policies made of the same prompts, side by side; the highest of each score is marked. */
export const sampleComparison = (samples: readonly SampleComparison[]): Html =>
  html`<div class="samples">${samples.map(
    ({ prompt, responses }) =>
      html`<article><p class="prompt">${prompt}</p><div class="responses">${responses.map(
        ({ label, text, scores = {} }) =>
          html`<section><h3>${label}</h3><p class="response">${text}</p>${scoreChips(
            scores,
            responses.map((response) => response.scores ?? {}),
          )}</section>`,
      )}</div></article>`,
  )}</div>`;
