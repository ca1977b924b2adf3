import type { Labeler } from "@accord-rl/core";
import { auditLabeler, defaultNameGroups, type LabelerAudit, type ResponsePair } from "@accord-rl/feedback";
import type { Run } from "@accord-rl/runs";
import type { LabelSample } from "./label-stage.ts";

/** The same review by somebody else: what is judged is no different for it. */
const signed = ({ first, second }: LabelSample, i: number): ResponsePair => ({
  id: `signed ${i + 1}`,
  prompt: "",
  first: `{name} writes: ${first}`,
  second,
});

/** Looks the labeler over for bias, on some of the pairs that it labelled. */
export const auditStage = (
  run: Run,
  labeler: Labeler<ResponsePair>,
  samples: readonly LabelSample[],
): Promise<LabelerAudit> =>
  run.stage("audit", async (stage) => {
    const pairs = samples.map(({ first, second, truth }, i) => ({
      id: `pair ${i + 1}`,
      prompt: "",
      first,
      second,
      truth: truth === "first" ? 1 : 0,
    }));
    return auditLabeler({
      labeler,
      pairs,
      random: stage.random,
      names: { groups: defaultNameGroups, templates: samples.slice(0, 20).map(signed) },
    });
  });
