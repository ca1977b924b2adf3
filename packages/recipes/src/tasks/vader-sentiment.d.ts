declare module "vader-sentiment" {
  /** Rule-based sentiment (Hutto & Gilbert 2014): compound is in [−1, 1]. */
  export const SentimentIntensityAnalyzer: {
    polarity_scores(text: string): { compound: number; pos: number; neu: number; neg: number };
  };
}
