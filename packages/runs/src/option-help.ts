import type { OptionField } from "./option-fields.ts";

const wrap = (text: string, width: number): string[] => {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1]!;
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
};

/** Two columns; a left entry that is too long stands on its own line. */
const columns = (rows: readonly (readonly [string, string])[], left = 32, width = 100): string =>
  rows
    .map(([name, text]) => {
      const lines = wrap(text, width - left);
      const head = name.length + 4 > left ? `  ${name}\n${" ".repeat(left)}` : `  ${name}`.padEnd(left);
      return (head + lines.join(`\n${" ".repeat(left)}`)).trimEnd();
    })
    .join("\n");

const shown = (value: unknown): string =>
  Array.isArray(value) ? value.join(",") : typeof value === "string" ? value : JSON.stringify(value);

const usage = (field: OptionField): string =>
  field.isBoolean
    ? `--${field.key === "resume" ? "" : "[no-]"}${field.flag}`
    : `--${field.flag} <${field.hint}>`;

/** What would set a preset's value by hand. */
const presetFlag = ({ flag, isBoolean }: OptionField, value: unknown): string[] => {
  if (value === undefined) return [];
  return [isBoolean ? `--${value === true ? "" : "no-"}${flag}` : `--${flag} ${shown(value)}`];
};

const optionRow = (field: OptionField, presets: readonly string[]): readonly [string, string] => {
  const isPlain = field.default === undefined || field.default === false || field.default === "";
  const fallback = isPlain ? "" : ` [default: ${shown(field.default)}]`;
  return [usage(field), `${field.description}${fallback}${presets.length > 0 ? " [set by presets]" : ""}`];
};

/** The text of --help. */
export const formatHelp = (app: {
  readonly name: string;
  readonly description: string;
  readonly command: string;
  readonly standard: readonly OptionField[];
  readonly fields: readonly OptionField[];
  readonly presets: Readonly<
    Record<string, { description: string; values: Readonly<Record<string, unknown>> }>
  >;
}): string => {
  const presets = Object.entries(app.presets);
  const setting = (field: OptionField) =>
    presets.filter(([, preset]) => preset.values[field.key] !== undefined).map(([name]) => name);
  return [
    ...wrap(`${app.name}: ${app.description}`, 100),
    "",
    `Usage: ${app.command} [options]`,
    "",
    "Options:",
    columns([...app.fields, ...app.standard].map((field) => optionRow(field, setting(field)))),
    columns([["--help", "this text"]]),
    "",
    "Presets (a flag or a YAML entry overrides them):",
    columns(
      presets.map(([name, preset]) => {
        const values = app.fields.flatMap((field) => presetFlag(field, preset.values[field.key]));
        return [name, `${preset.description}${values.length > 0 ? `: ${values.join(" ")}` : ""}`] as const;
      }),
      14,
    ),
    "",
  ].join("\n");
};
