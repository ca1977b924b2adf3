import type { z } from "zod";

/** A named set of option values. */
export interface Preset<Schema extends z.ZodObject> {
  readonly description: string;
  readonly values: Partial<z.input<Schema>>;
}

export interface OptionsDefinition<Schema extends z.ZodObject, Name extends string> {
  /** Name of the app: default folders are runs/NAME-1, runs/NAME-2, … */
  readonly name: string;
  /** One or two sentences for --help. */
  readonly description: string;
  /** How a user calls the app, for --help and messages. Default `npm run NAME --`. */
  readonly command?: string;
  /** Camel-case fields with `.describe()`; `targetKl` becomes --target-kl. A field named `seed` seeds the run; a boolean one named `profile` profiles it. */
  readonly schema: Schema;
  readonly presets: Readonly<Record<Name, Preset<Schema>>>;
  /** Taken where --preset is absent; a function sees the values that need no preset (for the backend, say). */
  readonly defaultPreset:
    | NoInfer<Name>
    | ((values: Partial<z.output<Schema>>) => NoInfer<Name> | Promise<NoInfer<Name>>);
  /** Values that follow from others that were given, lengths that fit a task for example: they override the preset's. */
  readonly derive?: (values: Partial<z.output<Schema>>) => Partial<z.input<Schema>>;
  /** Options whose values may be paths of files or folders that the run reads: a resume refuses changed ones. */
  readonly inputs?: readonly (keyof z.output<Schema> & string)[];
  /** Options that may differ on resume, such as `backend`. */
  readonly mayDiffer?: readonly (keyof z.output<Schema> & string)[];
  /** Learning rates that a resume may change for good: what helps where a loss is no longer finite. */
  readonly mayChange?: readonly (keyof z.output<Schema> & string)[];
}

/** What every app has besides its own options: --preset, --out, --resume. */
export interface StandardValues<Name extends string> {
  readonly preset: Name;
  /** Absolute path of the run folder. */
  readonly out: string;
  readonly resume: boolean;
}

export type OptionValues<Schema extends z.ZodObject, Name extends string> = z.output<Schema> &
  StandardValues<Name>;

/** Options by name, for a caller inside a program. */
export type GivenOptions<Schema extends z.ZodObject, Name extends string> = Partial<z.input<Schema>> & {
  readonly preset?: Name;
  /** Path of a YAML file of options, which the others override. */
  readonly config?: string;
  readonly out?: string;
};

/** Options of an app; built by `defineOptions`. Precedence: flag > YAML > (on resume: what is stored) > derived > preset > default. */
export interface AppOptions<Schema extends z.ZodObject, Name extends string> {
  readonly definition: OptionsDefinition<Schema, Name>;
  /** The text of --help. */
  help(): string;
  /**
   * @returns null where --help was asked for.
   * @throws InvalidArgumentError with the nearest name for an unknown option or YAML key, and for a bad value.
   */
  parse(argv: readonly string[]): Promise<OptionValues<Schema, Name> | null>;
  /**
   * The same for a caller inside a program: what is given, and what the preset, the file and the defaults make of the rest.
   *
   * @throws InvalidArgumentError as `parse`.
   */
  complete(given?: GivenOptions<Schema, Name>): Promise<OptionValues<Schema, Name>>;
}
