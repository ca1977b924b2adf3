/**
 * What every text from outside goes through before it reaches a terminal, a log or a file: control characters become
 * visible signs, and known secrets become `***`. Works in browsers too.
 */

const codePoint = (character: string): string =>
  `⟨U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** C0 controls have pictures of their own: ESC is ␛. */
const picture = (character: string): string => {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : codePoint(character);
};

/** Controls but line ends and tabs, half surrogates, line separators, and invisible formatting but for joiners. */
const steering = /[\p{Cs}\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}|(?![\u200c\u200d])\p{Cf}/gu;

/**
 * A text that a terminal can only show. Control characters, escape sequences, lone surrogates, and what turns the
 * writing direction or hides text become visible signs. Line ends and tabs stay.
 */
export const showSafely = (text: string): string => text.replace(/\r\n?/g, "\n").replace(steering, picture);

/** Shorter ones are placeholders such as "none" or "EMPTY": hiding those would hide ordinary words. */
const shortestSecret = 8;
/** The text that replaces a secret. */
export const hiddenSecret = "***";

/** One set for all installed copies of this package. */
const keptSecrets = (): Set<string> => {
  const holder = globalThis as { [key: symbol]: unknown };
  const key = Symbol.for("accord-rl.secrets");
  holder[key] ??= new Set<string>();
  return holder[key] as Set<string>;
};

/** The forms in which a secret may come back: as it is, in JSON, in a URL, in a Basic header, or one line of it. */
const formsOf = (secret: string): string[] => {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  const forms = [secret, secret.trim(), ...lines];
  for (const text of [secret, secret.trim()]) {
    forms.push(JSON.stringify(text).slice(1, -1));
    try {
      forms.push(encodeURIComponent(text), btoa(text));
    } catch {
      // A half surrogate has no place in a URL, and a letter beyond Latin-1 none in a header.
    }
  }
  return [...new Set(forms)].filter((form) => form.length >= shortestSecret);
};

/** Hides a secret from now on, in everything that goes through `redactSecrets`. Values under 8 characters are ignored. */
export const keepSecret = (secret: string | undefined): void => {
  if (secret === undefined) return;
  for (const form of formsOf(secret)) keptSecrets().add(form);
};

const isSecretName = (name: string): boolean =>
  /(?:^|_)(?:token|secret|password|passwd|(?:api|access|private)?_?key|credentials?)$/i.test(name);

const environmentSecrets = (): string[] => {
  const holder = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } };
  const environment = holder.process?.env ?? {};
  return Object.keys(environment)
    .filter(isSecretName)
    .flatMap((name) => formsOf(environment[name] ?? ""));
};

/** The longest first: a line of a secret must not be replaced before the whole. */
const knownSecrets = (): string[] =>
  [...keptSecrets(), ...environmentSecrets()].sort((a, b) => b.length - a.length);

const redactWith = (text: string, secrets: readonly string[]): string => {
  let result = text;
  for (const secret of secrets) if (result.includes(secret)) result = result.replaceAll(secret, hiddenSecret);
  return result.replace(/:\/\/[^\s/?#"'<>\\]{1,1000}@/g, `://${hiddenSecret}@`);
};

/**
 * Hides secrets: those that `keepSecret` was given, environment variables whose names end in TOKEN, API_KEY, SECRET,
 * PASSWORD and the like, and `user:password@` in URLs.
 */
export const redactSecrets = (text: string): string => redactWith(text, knownSecrets());

/** A text from outside, ready for a terminal or a log: without secrets, and unable to steer the terminal. */
export const cleanText = (text: string): string => showSafely(redactSecrets(text));

/** The beginning of a text from outside as one clean line, for an error message. Redacts before it cuts. */
export const excerptOf = (text: string, length = 200): string => {
  const [secrets, most] = [knownSecrets(), Math.max(length, 0)];
  const longest = Math.max(1000, ...secrets.map((secret) => secret.length));
  const line = showSafely(redactWith(text.slice(0, most + longest), secrets))
    .replace(/\s+/g, " ")
    .trim();
  return line.length > most || text.length > most + longest ? `${line.slice(0, most)}…` : line;
};

const redactValue = (value: unknown, secrets: readonly string[]): unknown => {
  if (typeof value === "string") return redactWith(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets));
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactWith(key, secrets), redactValue(item, secrets)]),
  );
};

/** A JSON value whose texts hold no secrets. */
export const redactJson = <Value>(value: Value): Value => redactValue(value, knownSecrets()) as Value;

/**
 * JSON for a file that people look at. Secrets are hidden. Characters that steer a terminal are written as `\u` escapes,
 * so that reading the file gives the same text back.
 */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(redactJson(value), null, indent).replace(
    /[\u007f-\u009f]|[\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu,
    (character) =>
      Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
        .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
        .join(""),
  );
