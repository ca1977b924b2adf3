/** `\s` and `\S` as the tokenizers library writes them for JavaScript. */
const space = "\\p{White_Space}";
const notSpace = "\\P{White_Space}";
const contraction = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const spaces = `${space}+(?!${notSpace})|${space}+`;
const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const beforeWord = "[^\\r\\n\\p{L}\\p{N}]?";
const linesAndSpaces = `${space}*[\\r\\n]+|${spaces}`;

/** Llama 3's and Qwen's. */
const wordsAndLines = (numbers: string): string =>
  `${contraction}|${beforeWord}\\p{L}+|${numbers}| ?[^${space}\\p{L}\\p{N}]+[\\r\\n]*|${linesAndSpaces}`;

/** GPT-4o's and Mistral's: words end where lower case is followed by upper case. */
const casedWords = (numbers: string, ending: string): string =>
  `${beforeWord}${upper}*${lower}+${ending}|${beforeWord}${upper}+${lower}*${ending}|${numbers}| ?[^${space}\\p{L}\\p{N}]+[\\r\\n/]*|${linesAndSpaces}`;

/** DeepSeek V3's. */
const deepseek = `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${linesAndSpaces}`;

/** Patterns of real tokenizers. From each position they read on only within what they then match. */
const known: ReadonlySet<string> = new Set([
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${space}\\p{L}\\p{N}]+|${spaces}`,
  wordsAndLines("\\p{N}"),
  wordsAndLines("\\p{N}{1,3}"),
  casedWords("\\p{N}", ""),
  casedWords("\\p{N}{1,3}", `${contraction}?`),
  deepseek,
  "[^ ]* |[^ ]+",
]);

/** One character or class, at most repeated. */
const single =
  /^(?:[^\\^$.*+?()[\]{}|/]|\\[pP]\{\w+\}|\[\^?[^\\[\]]+\])(?:\+|\{[1-9]\d{0,2}(?:,\d{0,3})?\})?$/u;

/** Whether a pattern, as JavaScript spells it, takes linear time for all its matches, and matches something. */
export const isKnownPattern = (source: string): boolean => single.test(source) || known.has(source);
