import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Html, html, trustedHtml } from "./html.ts";
import type { ChartOptions } from "./report-types.ts";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** Colour of the n-th series; the page's style defines them for light and dark. */
export const seriesColor = (index: number): string => `var(--series-${(index % 8) + 1})`;

/** Axes that all charts share. */
export const axisDefaults = { labelAnchor: "center", labelArrow: "none", tickSize: 0 } as const;

/** A figure with its title, legend and note around an SVG that Plot draws here and now: the page needs no script. */
export const figure = (
  { title, note }: ChartOptions,
  plot: Plot.PlotOptions,
  legend: readonly string[] = [],
): Html => {
  const svg = Plot.plot({
    width: 560,
    height: 320,
    marginLeft: 52,
    marginRight: 16,
    marginTop: 12,
    marginBottom: 42,
    ...plot,
    document: document as never,
  }) as unknown as HTMLElement;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", note === undefined ? title : `${title}. ${note}`);
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  for (const style of svg.querySelectorAll("style")) style.remove();
  return html`<figure class="chart">
<figcaption>${title}</figcaption>
${
  legend.length > 1
    ? html`<p class="legend">${legend.map((name, index) => html`<span><i style="background:${seriesColor(index)}"></i>${name}</span>`)}</p>`
    : undefined
}${trustedHtml(svg.outerHTML)}
${note === undefined ? undefined : html`<p class="note">${note}</p>`}</figure>`;
};
