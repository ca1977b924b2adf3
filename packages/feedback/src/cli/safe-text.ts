import { showSafely as showAnywhere } from "@accord-rl/core";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/** A text that a terminal can only show, with spaces for tabs, so that its width is known. */
export const showSafely = (text: string): string => showAnywhere(text).replace(/\t/g, "    ");

/** Breaks lines at words, and within words that are too long, so that none is wider than `columns`. Measures wide characters. */
export const wrapText = (text: string, columns: number): string =>
  wrapAnsi(text, columns, { hard: true, trim: false });

/** Columns that a line takes. */
export const widthOf = (line: string): number => stringWidth(line);
