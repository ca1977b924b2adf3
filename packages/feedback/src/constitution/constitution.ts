import { DataError } from "@accord-rl/core";
import { z } from "zod";
import { checkContent, readJsonFile, readTextFile } from "../read-json-file.ts";

const text = z.string().min(1);

const principleSchema = z.strictObject({
  name: text,
  /** What it is about: harmlessness, honesty, privacy … */
  topic: text,
  /** Asks for what is wrong with the last answer. */
  critique: text,
  /** Asks for a better answer, after the critique. */
  revision: text,
  /** Asks which of two responses is better; one question. */
  comparison: text,
});

const constitutionSchema = z
  .strictObject({ name: text, principles: z.array(principleSchema).min(1) })
  .refine(({ principles }) => new Set(principles.map(({ name }) => name)).size === principles.length, {
    path: ["principles"],
    message: "expected principles with names that differ",
  });

/** A rule for answers, in the three forms in which a model is asked to apply it. */
export type Principle = z.infer<typeof principleSchema>;

/**
 * The rules that a model's answers are criticised, revised and compared by.
 * @see Bai et al. 2022, Constitutional AI. https://arxiv.org/abs/2212.08073
 */
export type Constitution = z.infer<typeof constitutionSchema>;

const fields = ["critique", "revision", "comparison"] as const;

/**
 * A constitution in Markdown: `# name`, and for each principle `## topic: name` with the lines `- Critique: …`,
 * `- Revision: …` and `- Comparison: …`; a line that is none of these continues the one before.
 */
const parseMarkdown = (path: string, content: string): unknown => {
  let name: string | undefined;
  const principles: Record<string, string>[] = [];
  let last: string | undefined;
  for (const [index, whole] of content.split(/\r?\n/).entries()) {
    const line = whole.trim();
    const fail = (message: string): never => {
      throw new DataError({ path, line: index + 1, message });
    };
    const [, heading] = /^##\s(.*)$/s.exec(whole) ?? [];
    const [, title] = /^#\s(.*)$/s.exec(whole) ?? [];
    const [, field, value] = /^[-*]\s+\**(\w+)\**:\**(.*)$/s.exec(line) ?? [];
    const principle = principles.at(-1);
    if (title !== undefined) name ??= title.trim();
    else if (heading !== undefined) {
      const [, topic, own] =
        /^([^:]+):(.+)$/s.exec(heading.trim()) ?? fail(`"${heading}", expected "topic: name"`);
      principles.push({ topic: topic!.trim(), name: own!.trim() });
      last = undefined;
    } else if (field !== undefined) {
      last = fields.find((known) => known === field.toLowerCase());
      if (!last) return fail(`"${field}", expected one of Critique, Revision, Comparison`);
      if (!principle) return fail(`"${field}" stands before the first principle ("## topic: name")`);
      principle[last] = value!.trim();
    } else if (line !== "" && principle) {
      if (last === undefined) return fail('text that belongs to no field, expected "- Critique: …"');
      principle[last] = `${principle[last]} ${line}`;
    }
  }
  return { name: name ?? path, principles };
};

/**
 * Reads a constitution, .json or .md.
 * @throws DataError with the path, and the line or field that is wrong.
 */
export const readConstitution = (path: string): Constitution =>
  path.toLowerCase().endsWith(".md")
    ? checkContent(path, parseMarkdown(path, readTextFile(path)), constitutionSchema)
    : readJsonFile(path, constitutionSchema);
