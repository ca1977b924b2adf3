import { existsSync } from "node:fs";
import { join } from "node:path";
import { hiddenSecret, InvalidArgumentError } from "@accord-rl/core";
import { z } from "zod";
import { displayPath, latestFolder, nextFolder, resolvePath } from "./folders.ts";
import { didYouMean } from "./nearest.ts";
import { parseFlags } from "./option-argv.ts";
import { type OptionField, optionFields } from "./option-fields.ts";
import { readOptionFile } from "./option-file.ts";
import { formatHelp } from "./option-help.ts";
import type { AppOptions, GivenOptions, OptionsDefinition, OptionValues } from "./options-types.ts";
import { readRunState, stateFiles } from "./run-state.ts";

/** Values with the place that they come from. */
interface Source {
  readonly from: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const standardFields = (presets: readonly [string, ...string[]], name: string): OptionField[] =>
  optionFields(
    z.object({
      preset: z.enum(presets).optional().describe("a set of defaults, listed below"),
      config: z.string().optional().describe("a YAML file of options; flags override it"),
      out: z
        .string()
        .optional()
        .describe(`folder of the run [default: runs/${name}-1, or the next free number]`),
      resume: z.boolean().default(false).describe("go on with the run in --out, or with the latest one"),
      help: z.boolean().default(false),
    }),
  );

const refuse = (
  issue: z.core.$ZodIssue,
  field: OptionField | undefined,
  sources: readonly Source[],
): never => {
  const key = String(issue.path[0] ?? "options");
  const source = sources.find(({ values }) => values[key] !== undefined);
  if (field === undefined) {
    throw new InvalidArgumentError({ argument: key, value: undefined, message: `options: ${issue.message}` });
  }
  if (source === undefined) {
    throw new InvalidArgumentError({
      argument: key,
      value: undefined,
      message: `--${field.flag} is missing: expected ${field.expected}`,
    });
  }
  const value = source.values[key];
  const suggestion = typeof value === "string" ? didYouMean(value, field.choices) : "";
  const expected = issue.code === "custom" ? issue.message : `expected ${field.expected}`;
  throw new InvalidArgumentError({
    argument: key,
    value,
    message: `--${field.flag} is ${JSON.stringify(value)} (${source.from}), ${expected}${suggestion}`,
  });
};

const merge = (sources: readonly Source[]): Record<string, unknown> =>
  Object.assign({}, ...sources.map(({ values }) => values).reverse()) as Record<string, unknown>;

/**
 * Refuses to go on with a value whose secret was hidden when it was stored.
 *
 * @throws InvalidArgumentError that names the option, which has to be given again.
 */
const checkComplete = (stored: Source, given: readonly Source[], fields: readonly OptionField[]): void => {
  for (const { key, flag } of fields) {
    const value = stored.values[key];
    const isGiven = given.some(({ values }) => values[key] !== undefined);
    if (isGiven || value === undefined || !JSON.stringify(value).includes(hiddenSecret)) continue;
    const message = `--resume: --${flag} holds a password or key that is not stored; give it again`;
    throw new InvalidArgumentError({ argument: key, value, message });
  }
};

/** What a run was asked to do. A process that was killed at once may have left config.yaml alone. */
const storedOptions = (out: string, keys: readonly string[]): Source => {
  const stored = readRunState(out);
  if (stored) return { from: displayPath(join(out, stateFiles[0])), values: stored.state.options };
  const file = join(out, "config.yaml");
  if (existsSync(file)) return { from: displayPath(file), values: readOptionFile(file, keys) };
  const message = `--resume: ${displayPath(out)} holds no run (run.json and config.yaml are missing)`;
  throw new InvalidArgumentError({ argument: "resume", value: out, message });
};

/**
 * Declares an app's options once, as a zod object: flags, YAML keys, presets, --help and types follow from it.
 *
 * @throws InvalidArgumentError where the schema redefines a standard option, or a preset sets an unknown one.
 */
export const defineOptions = <Schema extends z.ZodObject, Name extends string>(
  definition: OptionsDefinition<Schema, Name>,
): AppOptions<Schema, Name> => {
  const { name, schema, presets, defaultPreset, command = `npm run ${name} --` } = definition;
  const presetNames = Object.keys(presets) as [Name, ...Name[]];
  const fields = optionFields(schema);
  const standard = standardFields(presetNames, name);
  const flags = [...fields, ...standard];
  const keys = [...fields.map((field) => field.key), "preset", "out"];
  for (const field of fields) {
    if (standard.some(({ key }) => key === field.key)) {
      const message = `defineOptions: --${field.flag} is a standard option of every app; name it otherwise`;
      throw new InvalidArgumentError({ argument: field.key, value: undefined, message });
    }
  }
  for (const [preset, { values }] of Object.entries<(typeof presets)[Name]>(presets)) {
    for (const key of Object.keys(values)) {
      if (fields.some((field) => field.key === key)) continue;
      const message = `defineOptions: preset ${preset} sets ${key}, which is no option${didYouMean(key, keys)}`;
      throw new InvalidArgumentError({ argument: key, value: preset, message });
    }
  }

  /** What can be known before the preset is chosen. */
  const knownValues = (sources: readonly Source[]): Partial<z.output<Schema>> => {
    const given = merge(sources);
    const known = fields.flatMap(({ key }) => {
      const result = (schema.shape as Record<string, z.ZodType>)[key]!.safeParse(given[key]);
      return result.success ? [[key, result.data]] : [];
    });
    return Object.fromEntries(known) as Partial<z.output<Schema>>;
  };

  const choosePreset = async (given: unknown, sources: readonly Source[]): Promise<Name> => {
    if (given === undefined) {
      return typeof defaultPreset === "function" ? await defaultPreset(knownValues(sources)) : defaultPreset;
    }
    const chosen = presetNames.find((preset) => preset === given);
    if (chosen !== undefined) return chosen;
    throw new InvalidArgumentError({
      argument: "preset",
      value: given,
      message: `--preset is ${JSON.stringify(given)}, expected one of ${presetNames.join(", ")}${didYouMean(String(given), presetNames)}`,
    });
  };

  const help = () =>
    formatHelp({
      name,
      description: definition.description,
      command,
      fields,
      standard: standard.filter(({ key }) => key !== "help"),
      presets,
    });

  const settle = async (
    { config, resume, ...given }: Readonly<Record<string, unknown>>,
    from: string,
  ): Promise<OptionValues<Schema, Name>> => {
    const sources: Source[] = [{ from, values: given }];
    if (typeof config === "string") {
      sources.push({ from: config, values: readOptionFile(resolvePath(config), keys) });
    }
    const isResume = resume === true;
    const asked = merge(sources).out;
    const out = typeof asked === "string" ? resolvePath(asked) : (isResume ? latestFolder : nextFolder)(name);
    if (isResume) {
      const stored = storedOptions(out, keys);
      checkComplete(stored, sources, fields);
      sources.push(stored);
    }
    const preset = await choosePreset(merge(sources).preset, sources);
    sources.push({ from: "other options", values: definition.derive?.(knownValues(sources)) ?? {} });
    sources.push({ from: `preset ${preset}`, values: presets[preset].values });
    const merged = merge(sources);
    const parsed = schema.safeParse(Object.fromEntries(fields.map(({ key }) => [key, merged[key]])));
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      return refuse(
        issue,
        fields.find(({ key }) => key === issue.path[0]),
        sources,
      );
    }
    return { ...parsed.data, preset, out, resume: isResume } as OptionValues<Schema, Name>;
  };

  const parse = async (argv: readonly string[]) => {
    const { help: isHelp, ...given } = parseFlags(argv, flags, command);
    return isHelp === true ? null : settle(given, "command line");
  };
  const complete = async (given: GivenOptions<Schema, Name> = {}) => {
    const allowed = [...keys, "config"];
    const unknown = Object.keys(given).find((key) => !allowed.includes(key));
    if (unknown === undefined) return settle(given, "given");
    const message = `unknown option ${unknown}${didYouMean(unknown, allowed)}`;
    throw new InvalidArgumentError({ argument: unknown, value: undefined, message });
  };

  return { definition, help, parse, complete };
};
