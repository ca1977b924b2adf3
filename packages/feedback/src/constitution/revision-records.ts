import { type Random, safeJson } from "@accord-rl/core";
import { writeFileAtomic } from "@accord-rl/files";
import type { RevisedAnswer } from "./revise.ts";

/** What a supervised stage learns: the records that `readTexts` of `@accord-rl/data` reads. */
export interface RevisionRecord {
  readonly prompt: string;
  readonly completion: string;
}

/**
 * The set for supervised learning: all revisions of every round, as in the paper, mixed with answers to helpful prompts,
 * without which a model learns to refuse. Revisions without a word are left out.
 *
 * @param options.random  shuffles; without it revisions come first.
 */
export const revisionRecords = (
  revised: readonly RevisedAnswer[],
  {
    helpful = [],
    lastOnly = false,
    random,
  }: {
    readonly helpful?: readonly RevisionRecord[];
    /** Takes only the last revision of each prompt. Default false. */
    readonly lastOnly?: boolean;
    readonly random?: Random;
  } = {},
): readonly RevisionRecord[] => {
  const records = revised.flatMap(({ prompt, steps }) => {
    const written = steps.map(({ revision }) => revision).filter((revision) => revision !== "");
    return (lastOnly ? written.slice(-1) : written).map((completion) => ({ prompt, completion }));
  });
  const all = [...records, ...helpful.map(({ prompt, completion }) => ({ prompt, completion }))];
  return random ? random.shuffle(all) : all;
};

/** Writes records as JSON lines; a crash leaves the old file or the new one. */
export const writeRevisionRecords = (path: string, records: readonly RevisionRecord[]): Promise<void> =>
  writeFileAtomic(path, records.map((record) => `${safeJson(record)}\n`).join(""));
