/** The style of a report: light and dark by the reader's setting, and for paper. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #f7f7f5; --surface: #ffffff; --text: #1d1f23; --muted: #62666d; --line: #e4e4e0; --accent: #2f6f8f;
  --good: #1d7a46; --bad: #b3372c; --mark: #e6f2ea;
  --series-1: #2a6f97; --series-2: #d9722e; --series-3: #3d8b5f; --series-4: #a23b72;
  --series-5: #8a7a1f; --series-6: #5b5fc7; --series-7: #7a6a5a; --series-8: #c0392b;
  --series-9: #2f9e9e; --series-10: #6b6f76;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --surface: #1c1f25; --text: #e8e8e4; --muted: #a0a4ab; --line: #31353d; --accent: #7fb8d6;
    --good: #6cc893; --bad: #f08a7f; --mark: #1f3a2b;
    --series-1: #74b3d8; --series-2: #f0a066; --series-3: #7cc79a; --series-4: #df8db8;
    --series-5: #d3c25c; --series-6: #a5a8f5; --series-7: #c3b3a2; --series-8: #f0857a;
    --series-9: #6fd0cf; --series-10: #a9adb5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.6 -apple-system, BlinkMacSystemFont, "Segoe UI", "Inter", "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main, header, footer { max-width: 1240px; margin: 0 auto; padding: 0 clamp(16px, 4vw, 40px); }
header { padding-top: clamp(32px, 6vw, 72px); padding-bottom: 8px; }
h1 { font-size: clamp(1.9rem, 4vw, 2.7rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0; text-wrap: balance; }
.subtitle { color: var(--muted); font-size: 1.1rem; margin: 12px 0 0; max-width: 70ch; }
nav { margin-top: 20px; display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 0.92rem; }
nav a { color: var(--accent); text-decoration: none; border-bottom: 1px solid transparent; }
nav a:hover, nav a:focus-visible { border-bottom-color: currentColor; }
main > section { margin-top: clamp(36px, 5vw, 56px); }
h2 { font-size: 1.35rem; letter-spacing: -0.01em; margin: 0 0 4px; padding-top: 14px; border-top: 2px solid var(--text); }
.intro, .prose { max-width: 72ch; }
.intro { color: var(--muted); margin: 4px 0 20px; }
main > section > * + * { margin-top: 20px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); gap: 14px; margin: 20px 0 0; }
.figures > div { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; }
.figures dt { color: var(--muted); font-size: 0.86rem; }
.figures dd { margin: 2px 0 0; font-size: 1.75rem; font-weight: 600; letter-spacing: -0.02em; line-height: 1.25; }
.figures dd.note { font-size: 0.84rem; font-weight: 400; letter-spacing: 0; margin-top: 4px; }
.figures .good dd:not(.note) { color: var(--good); }
.figures .bad dd:not(.note) { color: var(--bad); }
.note { color: var(--muted); font-size: 0.86rem; margin: 6px 0 0; }
.chart { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px 14px; margin: 20px 0 0; max-width: 520px; }
.chart figcaption { font-weight: 600; font-size: 0.98rem; margin-bottom: 6px; }
.chart svg { display: block; width: 100%; height: auto; font-size: 12px; font-family: inherit; overflow: visible; color: var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 0 0 6px; font-size: 0.86rem; color: var(--muted); }
.legend i { display: inline-block; width: 16px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; }
.multiples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 16px; }
.multiples .chart { margin: 0; max-width: none; }
.table { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 6px 18px 10px; max-width: max-content; }
table { border-collapse: collapse; font-size: 0.93rem; }
caption { text-align: left; font-weight: 600; padding: 8px 0; }
th, td { padding: 7px 28px 7px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child td { border-bottom: 0; }
th { color: var(--muted); font-weight: 500; font-size: 0.86rem; }
th.number, td.number { text-align: right; }
.samples { display: grid; gap: 16px; }
.samples article { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; break-inside: avoid; }
.prompt { margin: 0 0 12px; color: var(--muted); font-style: italic; white-space: pre-wrap; overflow-wrap: anywhere; }
.responses { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr)); gap: 12px 28px; }
.responses section { display: flex; flex-direction: column; border-left: 3px solid var(--line); padding-left: 14px; }
.responses h3 { margin: 0; font-size: 0.8rem; font-weight: 600; color: var(--muted); text-transform: uppercase; letter-spacing: 0.06em; }
.response { margin: 4px 0 10px; white-space: pre-wrap; overflow-wrap: anywhere; font-family: Charter, "Iowan Old Style", Georgia, "Noto Serif", serif; font-size: 1.02rem; flex: 1; }
.scores { display: flex; flex-wrap: wrap; gap: 6px; margin: 0; font-size: 0.82rem; color: var(--muted); }
.scores span { border: 1px solid var(--line); border-radius: 99px; padding: 1px 10px; }
.scores b { color: var(--text); font-weight: 600; }
.scores .best { background: var(--mark); border-color: transparent; color: var(--good); }
.scores .best b { color: inherit; }
footer { color: var(--muted); font-size: 0.84rem; margin-top: 64px; padding-bottom: 48px; }
footer p { border-top: 1px solid var(--line); padding-top: 14px; white-space: pre-wrap; }
@media print {
  :root { color-scheme: light; --page: #fff; --surface: #fff; --text: #000; --muted: #444; --line: #ccc; }
  body { font-size: 10.5pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  nav { display: none; }
  .chart, .figures > div, .table { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`;
