import { escapePattern } from "./regex/escape-pattern.ts";

/** A part of a text: a name that was looked for, or what stands between. */
export interface TextPart {
  readonly text: string;
  readonly isName: boolean;
}

/** Cuts texts at each of the names, at the longest where several fit. Empty parts are left out. */
export const createSplitter = (names: Iterable<string>): ((text: string) => TextPart[]) => {
  const longestFirst = [...names].filter((name) => name !== "").sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => (text === "" ? [] : [{ text, isName: false }]);
  const pattern = new RegExp(`(${longestFirst.map(escapePattern).join("|")})`, "u");
  return (text) =>
    text
      .split(pattern)
      .map((part, index) => ({ text: part, isName: index % 2 === 1 }))
      .filter((part) => part.text !== "");
};
