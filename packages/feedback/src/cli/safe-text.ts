import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

const codePoint = (character: string): string =>
  `⟨U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** C0 controls have pictures of their own: ESC is ␛. */
const picture = (character: string): string => {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : codePoint(character);
};

/**
 * A text that a terminal can only show: control characters, escape sequences, and what turns the writing direction or
 * hides text, become visible signs. Line ends stay; tabs become spaces.
 */
export const showSafely = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/\t/g, "    ")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, picture)
    .replace(/(?!\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu, codePoint);

/** Breaks lines at words, and within words that are too long, so that none is wider than `columns`. Measures wide characters. */
export const wrapText = (text: string, columns: number): string =>
  wrapAnsi(text, columns, { hard: true, trim: false });

/** Columns that a line takes. */
export const widthOf = (line: string): number => stringWidth(line);
