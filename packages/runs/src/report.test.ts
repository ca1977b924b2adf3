import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { dataTable, keyFigures, paragraphs, sampleComparison, smallMultiples } from "./blocks.ts";
import { lineChart, metricSeries, scatterChart } from "./charts.ts";
import { html } from "./html.ts";
import { barChart, intervalChart, reliabilityChart } from "./judgement-charts.ts";
import { renderReport, writeReport } from "./report.ts";
import { averageDown, movingAverage } from "./series.ts";

const evil = `</text><script>alert("1")</script><img src=x onerror='alert(2)'>" onload="alert(3)&lt;`;

/** Every kind of block, with the same text in every place that takes text. */
const everything = (text: string) => {
  const labels = { title: text, note: text, xLabel: text, yLabel: text };
  const points = [
    { x: 1, y: 1, low: 0.5, high: 1.5, label: text },
    { x: 2, y: 3, low: 2, high: 4, label: text },
  ];
  return renderReport({
    title: text,
    subtitle: text,
    footer: text,
    sections: ["a", "b", text].map((title) => ({
      title,
      intro: text,
      blocks: [
        keyFigures([{ label: text, value: text, note: text, tone: "good" }]),
        dataTable([{ [text]: text, number: 1 }], text),
        paragraphs(`${text}\n\n${text}`),
        sampleComparison([{ prompt: text, responses: [{ label: text, text, scores: { [text]: 1 } }] }]),
        smallMultiples([
          lineChart({
            ...labels,
            series: [
              { name: text, points },
              { name: text, points },
            ],
            references: [{ y: 1, label: text }],
          }),
          barChart({ ...labels, bars: [{ label: text, value: 1, low: 0, high: 2 }] }),
          intervalChart({
            ...labels,
            bars: [{ label: text, value: 1, low: 0, high: 2 }],
            reference: { x: 3, label: text },
          }),
          scatterChart({
            ...labels,
            connect: true,
            groups: [
              { name: text, points },
              { name: text, points },
            ],
          }),
          reliabilityChart({ ...labels, bins: [{ confidence: 0.6, accuracy: 0.5, count: 3 }] }),
        ]),
      ],
    })),
  });
};

const tagsOf = (page: string) => {
  const { document } = parseHTML(page);
  return [...document.querySelectorAll("*")].map(
    (element: { tagName: string; attributes: Iterable<{ name: string }> }) =>
      [element.tagName, ...[...element.attributes].map(({ name }) => name)].join(" "),
  );
};

test("text of users and models stays text, in every block and every label", () => {
  const page = everything(evil);
  expect(page.match(/<script|<img/g)).toBeNull();
  // The page has the very elements and attributes that it has for harmless text of the same length.
  expect(tagsOf(page)).toEqual(tagsOf(everything("x".repeat(evil.length))));
  const { document } = parseHTML(page);
  expect(document.querySelector("h1")?.textContent).toBe(evil);
  expect(document.querySelector(".response")?.textContent).toBe(evil);
});

test("the page loads nothing and runs nothing", () => {
  const page = everything("plain");
  expect(page).toContain("default-src &#39;none&#39;");
  expect(page.match(/<(script|link|iframe|object)\b/g)).toBeNull();
  expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "").match(/https?:|url\([^#]|@import|src=/g)).toBeNull();
  expect(page).toContain("prefers-color-scheme: dark");
  expect(page).toContain("@media print");
});

test("charts are inline SVG with an accessible name", () => {
  const rows = Array.from({ length: 1000 }, (_, index) => ({
    ...{ stage: "ppo", step: index + 1, metrics: { reward: Math.sin(index / 50) }, machine: {} },
  }));
  const chart = lineChart({
    title: "Reward",
    note: "It rises.",
    series: [metricSeries(rows, "reward")],
  }).markup;
  expect(chart).toContain('<div role="img" aria-label="Reward. It rises."><svg ');
  expect(chart).toContain('viewBox="0 0 400 250"');
  expect(chart.length).toBeLessThan(40_000);
  expect(metricSeries(rows, "missing").points).toEqual([]);
});

test("a chart without points, with one, or with equal values is still drawn", () => {
  for (const points of [
    [],
    [{ x: 1, y: 2 }],
    [
      { x: 1, y: 2 },
      { x: 2, y: 2 },
    ],
  ]) {
    const { markup } = lineChart({ title: "few", series: [{ name: "few", points }] });
    expect(markup).toContain("<svg");
    expect(markup).not.toContain("NaN");
  }
  expect(barChart({ title: "none", bars: [] }).markup).not.toMatch(/NaN|Infinity/);
  for (const bars of [[], [{ label: "one", value: 0 }], [{ label: "two", value: -3, low: -3, high: -3 }]]) {
    expect(intervalChart({ title: "flat", bars }).markup).not.toMatch(/NaN|Infinity/);
  }
  expect(
    reliabilityChart({ title: "none", bins: [{ confidence: 0, accuracy: 0, count: 0 }] }).markup,
  ).not.toContain("NaN");
});

test("an interval chart draws a dot and a line for each, and the reference inside the axis", () => {
  const bars = [
    { label: "ppo", value: 480, low: 460, high: 500 },
    { label: "a2c", value: 300, low: 250, high: 410 },
  ];
  const { document } = parseHTML(
    intervalChart({ title: "t", bars, reference: { x: 900, label: "best" } }).markup,
  );
  const circles = [...document.querySelectorAll("circle")] as unknown as {
    getAttribute(name: string): string;
  }[];
  const at = circles.map((circle) => Number(circle.getAttribute("cx")));
  expect(at).toHaveLength(2);
  // 480 − 300 of an axis from 250 − 5 % to 900 + 5 %, on which as much lies right of 480 as the chart leaves.
  expect(at[0]!).toBeGreaterThan(at[1]!);
  expect(Math.max(...at)).toBeLessThan(300);
  expect(document.querySelector("svg")?.textContent).toContain("best");
});

test("smoothing keeps length, ends and means", () => {
  const points = [1, 5, 3, 7, 4].map((y, x) => ({ x, y }));
  // Windows: [1], [1 5 3], [5 3 7], [3 7 4], [4] with reach 1.
  expect(movingAverage(points, 3).map(({ y }) => y)).toEqual([1, 3, 5, 14 / 3, 4]);
  expect(averageDown(points, 2)).toEqual([
    { x: 0.5, y: 3 },
    { x: 3, y: 14 / 3 },
  ]);
  expect(averageDown(points, 5)).toEqual(points);
});

test("the best score is marked, a tie is not", () => {
  const response = (gold: number) => ({ label: "x", text: "y", scores: { gold } });
  const best = (...scores: number[]) =>
    sampleComparison([{ prompt: "", responses: scores.map(response) }]).markup.split('class="best"').length -
    1;
  expect(best(0.1, 0.9)).toBe(1);
  expect(best(0.5, 0.5)).toBe(0);
  expect(best(0.5)).toBe(0);
});

test("writeReport writes the page; html makes blocks of one's own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "accord-report-"));
  try {
    const path = join(folder, "report.html");
    await writeReport(path, {
      title: "t",
      sections: [{ title: "s", blocks: [html`<p>${"<b>"}${[1, html`<i></i>`]}</p>`] }],
    });
    expect(readFileSync(path, "utf8")).toContain("<p>&lt;b&gt;1<i></i></p>");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
