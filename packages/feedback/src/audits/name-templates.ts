import type { LabeledPreference, Labeler, Random } from "@accord-rl/core";
import { mean } from "@accord-rl/evaluation";
import { tellOnce } from "../ai/abstention.ts";
import { probabilityOf } from "../ai/probability.ts";
import type { ResponsePair } from "../pair.ts";
import type { NameGroups } from "./name-groups.ts";

const slot = "{name}";
const parts = ["prompt", "first", "second"] as const;

/** A pair with "{name}" where a name will stand. */
export type NameTemplate = ResponsePair;

/** The pair with a name filled in, under an id of its own. */
export const fillName = (template: NameTemplate, name: string): ResponsePair => ({
  id: `${template.id} (${name})`,
  prompt: template.prompt.replaceAll(slot, name),
  first: template.first.replaceAll(slot, name),
  second: template.second.replaceAll(slot, name),
});

/** Which response alone speaks of the name; null where both do, or the prompt. */
export const namedResponse = ({ prompt, first, second }: NameTemplate): "first" | "second" | null => {
  if (prompt.includes(slot) || first.includes(slot) === second.includes(slot)) return null;
  return first.includes(slot) ? "first" : "second";
};

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A name as a whole word, in any script. */
const asWord = (name: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${escaped(name)}(?![\\p{L}\\p{N}])`, "gu");

/**
 * Templates out of real pairs: those in which exactly one of the names occurs, which becomes the slot. A pair with
 * several names is left out: other words (he, she) may hang on them.
 */
export const findNameTemplates = (pairs: readonly ResponsePair[], groups: NameGroups): NameTemplate[] => {
  const names = [...new Set(Object.values(groups).flat())];
  return pairs.flatMap((pair) => {
    const found = names.filter((name) => parts.some((part) => asWord(name).test(pair[part])));
    const [name] = found;
    if (name === undefined || found.length > 1 || parts.some((part) => pair[part].includes(slot))) return [];
    const replaced = (text: string) => text.replace(asWord(name), () => slot);
    const { id, prompt, first, second } = pair;
    return [{ id, prompt: replaced(prompt), first: replaced(first), second: replaced(second) }];
  });
};

/** One filled template with what it was filled with. */
export interface NamedPair {
  readonly template: NameTemplate;
  readonly group: string;
  readonly name: string;
  readonly pair: ResponsePair;
}

/** Every template with so many names of each group, drawn for each template anew. */
export const nameVariants = (
  templates: readonly NameTemplate[],
  groups: NameGroups,
  { random, namesPerGroup = 2 }: { readonly random: Random; readonly namesPerGroup?: number },
): NamedPair[] =>
  templates.flatMap((template) =>
    Object.entries(groups).flatMap(([group, names]) =>
      random
        .sample(names.length, Math.min(namesPerGroup, names.length))
        .map((index) => names[index] as string)
        .map((name) => ({ template, group, name, pair: fillName(template, name) })),
    ),
  );

/**
 * A labeler that can't tell groups apart by the listed names: where exactly one of them occurs, the label is averaged
 * over one name of each group. Abstains where it does on any of them.
 */
export const averageNames = (labeler: Labeler<ResponsePair>, groups: NameGroups): Labeler<ResponsePair> => ({
  label: async (pairs, { onAbstain } = {}) => {
    const variants = pairs.map((pair) => {
      const [template] = findNameTemplates([pair], groups);
      return template ? Object.values(groups).map(([name]) => fillName(template, name as string)) : [pair];
    });
    const owners = variants.flatMap((own, pair) => own.map(() => pair));
    const labels = await labeler.label(
      variants.flat(),
      tellOnce(onAbstain, (index) => owners[index] as number),
    );
    let at = 0;
    return variants.map((own): LabeledPreference | null => {
      const given = labels.slice(at, at + own.length);
      at += own.length;
      const known = given.filter((label) => label !== null);
      const [first] = known;
      if (first === undefined || known.length < own.length) return null;
      const cost = known.reduce((sum, label) => sum + (label.cost ?? 0), 0);
      const lean = mean(known.map(({ probability }) => 2 * probability - 1));
      return { ...first, probability: probabilityOf(lean), ...(cost > 0 && { cost }) };
    });
  },
});
