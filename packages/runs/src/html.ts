import { cleanText } from "@accord-rl/core";

/** Markup that is safe to put into a page: only `html` and `trustedHtml` make it. */
export interface Html {
  readonly markup: string;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as markup, without secrets and without characters that turn or hide what stands around them. */
export const escapeHtml = (text: string): string =>
  cleanText(text).replace(/[&<>"']/g, (letter) => entities[letter]!);

type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

const markupOf = (value: HtmlValue): string => {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return "markup" in value ? value.markup : value.map(markupOf).join("");
};

/** A template whose values are escaped, unless they are markup themselves; lists are joined. */
export const html = (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => ({
  markup: strings
    .map((text, index) => text + (index < values.length ? markupOf(values[index]) : ""))
    .join(""),
});

/** Markup made by a program, such as an SVG: never text of a user or a model. */
export const trustedHtml = (markup: string): Html => ({ markup });
