import { fetchAsset } from "@accord-rl/assets";
import { alignVerses, loadVerses } from "@accord-rl/data";
import { chrf } from "@accord-rl/evaluation";
import { fromItems, type ItemSources, type TaskItem } from "./from-items.ts";

const instruction = "Translate into German.";

/** The wrong translation is that of another verse of about the same length: neither language nor length tells them apart. */
const load = async ({ random, log = () => {} }: ItemSources): Promise<TaskItem[]> => {
  const [english, german] = await Promise.all([
    fetchAsset("bible-english", { log }),
    fetchAsset("bible-german", { log }),
  ]);
  const aligned = alignVerses(
    await loadVerses(Object.values(english.files)),
    await loadVerses(Object.values(german.files)),
  );
  const byLength = random
    .fork("verses")
    .shuffle(aligned)
    .sort((a, b) => a.target.length - b.target.length);
  return byLength.map(({ source, target }, i) => ({
    prompt: [
      { role: "system", content: instruction },
      { role: "user", content: source },
    ],
    chosen: target,
    rejected: byLength[i === byLength.length - 1 ? i - 1 : i + 1]!.target,
  }));
};

/** English verses are put into German. */
export const loadTranslationTask = fromItems({
  data: "bible-english, bible-german",
  load,
  words: {
    title: "Translations from English into German",
    texts: "translations",
    prompts: "verses",
    pairs: "Learned from a verse's translation over that of another verse of the same length.",
    gold: "chrF against the translation that people know, 0 to 100",
    goldName: "chrF",
    secondJudge: "chrF++, which also looks at pairs of words",
  },
  gold: (response, { chosen }) => chrf(response, chosen),
  secondJudge: (response, { chosen }) => chrf(response, chosen, { wordOrder: 2 }),
});
