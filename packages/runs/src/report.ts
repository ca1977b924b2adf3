import { writeFileAtomic } from "@accord-rl/files";
import { type Html, html, trustedHtml } from "./html.ts";
import { reportStyle } from "./report-style.ts";
import type { Report } from "./report-types.ts";

/** Nothing is loaded and nothing runs, even if the page were to hold a script. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The whole page as text. */
export const renderReport = ({ title, subtitle, sections, footer }: Report): string => {
  const anchor = (index: number) => `section-${index + 1}`;
  const page: Html = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${trustedHtml(reportStyle)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${subtitle === undefined ? undefined : html`<p class="subtitle">${subtitle}</p>`}
${
  sections.length > 2
    ? html`<nav aria-label="Sections">${sections.map((section, index) => html`<a href="#${anchor(index)}">${section.title}</a>`)}</nav>`
    : undefined
}
</header>
<main>
${sections.map(
  (section, index) => html`<section id="${anchor(index)}" aria-labelledby="${anchor(index)}-title">
<h2 id="${anchor(index)}-title">${section.title}</h2>
${section.intro === undefined ? undefined : html`<p class="intro">${section.intro}</p>`}
${section.blocks}
</section>
`,
)}</main>
${footer === undefined ? undefined : html`<footer><p>${footer}</p></footer>`}
</body>
</html>
`;
  return page.markup;
};

/** Writes a self-contained page: no script, no network, light and dark, fit to print. */
export const writeReport = (path: string, report: Report): Promise<void> =>
  writeFileAtomic(path, renderReport(report));
