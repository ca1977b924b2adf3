import { cleanText } from "@accord-rl/core";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Html, html, trustedHtml } from "./html.ts";
import type { ChartOptions } from "./report-types.ts";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** The little of the DOM that is needed here; Node's types know none. */
interface SvgElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
}

/** Colour of the n-th series; the page's style defines ten of them, for light and dark. */
export const seriesColor = (index: number): string => `var(--series-${(index % 10) + 1})`;

/** Axes that all charts share. */
export const axisDefaults = {
  labelAnchor: "center",
  labelArrow: "none",
  tickSize: 0,
  tickPadding: 6,
} as const;

export const gridStyle = { stroke: "var(--line)", strokeOpacity: 1 } as const;

/** A figure with its title, legend and note around an SVG that Plot draws here and now: the page needs no script. */
export const figure = (
  { title, note }: ChartOptions,
  plot: Plot.PlotOptions,
  legend: readonly string[] = [],
): Html => {
  const hasLabel = typeof plot.y?.label === "string";
  const svg = Plot.plot({
    width: 400,
    height: 250,
    marginLeft: 44,
    marginRight: 14,
    marginTop: hasLabel ? 24 : 10,
    marginBottom: 40,
    ...plot,
    document: document as never,
  }) as unknown as SvgElement;
  svg.setAttribute("aria-hidden", "true");
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  for (const style of svg.querySelectorAll("style")) style.remove();
  return html`<figure class="chart">
<figcaption>${title}</figcaption>
${
  legend.length > 1
    ? html`<p class="legend">${legend.map((name, index) => html`<span><i style="background:${seriesColor(index)}"></i>${name}</span>`)}</p>`
    : undefined
}<div role="img" aria-label="${note === undefined ? title : `${title}. ${note}`}">${trustedHtml(cleanText(svg.outerHTML))}</div>
${note === undefined ? undefined : html`<p class="note">${note}</p>`}</figure>`;
};
