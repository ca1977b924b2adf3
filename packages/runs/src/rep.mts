import {
  barChart,
  dataTable,
  formatTable,
  keyFigures,
  lineChart,
  paragraphs,
  reliabilityChart,
  sampleComparison,
  scatterChart,
  smallMultiples,
  writeReport,
} from "./index.ts";

let s = 1;
const rnd = () => {
  s = (s * 16807) % 2147483647;
  return s / 2147483647;
};
const curve = (f: (t: number) => number, noise: number, n = 120) =>
  Array.from({ length: n }, (_, i) => ({ x: i + 1, y: f(i / n) + noise * (rnd() - 0.5) }));
const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>`;
await writeReport("/tmp/rtest/report.html", {
  title: "Sentiment control from human-rated reviews",
  subtitle:
    "stories15M, fine-tuned on reviews, then improved by PPO under a KL penalty. Preset quick, seed 1, native CPU.",
  sections: [
    {
      title: "In short",
      intro: "Before and after PPO, on the same 200 held-out prompts.",
      blocks: [
        keyFigures([
          { label: "Gold score (VADER)", value: "+0.46", note: "95 %: 0.40 to 0.52", tone: "good" },
          { label: "Win rate against SFT", value: "78 %", note: "95 %: 72 to 84" },
          { label: "KL per response", value: "6.1 nats", note: "target 6" },
          { label: "Perplexity under SFT", value: "21.3", note: "before: 24.8" },
          { label: "Distinct-2", value: 0.71, note: "before: 0.78" },
          { label: "Held-out accuracy", value: "0.79", tone: "bad", note: "bag of words: 0.76" },
        ]),
      ],
    },
    {
      title: "Training",
      intro: "Each curve is a moving average over the faint raw values.",
      blocks: [
        smallMultiples([
          lineChart({
            title: "Reward",
            note: "Normalised: 0 is the SFT policy's mean.",
            series: [{ name: "reward", points: curve((t) => 1.8 * (1 - Math.exp(-4 * t)), 0.6) }],
          }),
          lineChart({
            title: "KL per response (nats)",
            series: [{ name: "kl", points: curve((t) => 6 * (1 - Math.exp(-5 * t)), 1) }],
            references: [{ y: 6, label: "target 6" }],
          }),
          lineChart({
            title: "Entropy",
            series: [{ name: "entropy", points: curve((t) => 2.6 - 0.5 * t, 0.2) }],
          }),
          lineChart({
            title: "Value loss",
            series: [{ name: "v", points: curve((t) => 0.05 + 0.4 * Math.exp(-6 * t), 0.05) }],
          }),
          lineChart({ title: "Response length", series: [{ name: "l", points: curve(() => 47.5, 1) }] }),
          lineChart({
            title: "Two seeds with bands",
            yLabel: "return",
            series: ["ppo", "a2c"].map((name, k) => ({
              name,
              points: curve((t) => (k + 1) * 200 * t, 10, 30).map((p) => ({
                ...p,
                low: p.y - 30,
                high: p.y + 30,
              })),
            })),
          }),
        ]),
      ],
    },
    {
      title: "Reward model",
      blocks: [
        smallMultiples([
          reliabilityChart({
            title: "Calibration on held-out pairs",
            note: "ECE 0.03: a stated 80 % is right about 80 % of the time.",
            bins: [0.55, 0.65, 0.75, 0.85, 0.95].map((c, i) => ({
              confidence: c,
              accuracy: c + [0.02, -0.05, 0.03, -0.04, -0.02][i]!,
              count: [120, 90, 70, 100, 260][i]!,
            })),
          }),
          barChart({
            title: "Accuracy on held-out pairs",
            bars: [
              { label: "reward model", value: 0.792, low: 0.76, high: 0.82 },
              { label: "bag of words", value: 0.76, low: 0.72, high: 0.79 },
              { label: "length only", value: 0.51, low: 0.47, high: 0.55 },
            ],
          }),
          scatterChart({
            title: "Reward against KL",
            xLabel: "KL (nats)",
            yLabel: "gold",
            connect: true,
            groups: [
              {
                name: "PPO",
                points: [
                  { x: 0, y: 0.03 },
                  { x: 2, y: 0.25 },
                  { x: 6, y: 0.46, label: "last" },
                ],
              },
              {
                name: "best-of-n",
                points: [
                  { x: 0.2, y: 0.1 },
                  { x: 0.64, y: 0.2 },
                  { x: 1.3, y: 0.29, label: "n = 8" },
                ],
              },
            ],
          }),
        ]),
        dataTable(
          [
            { policy: "before", reward: 0.001, gold: 0.031, perplexity: 24.81, distinct2: 0.78 },
            { policy: "after", reward: 1.72, gold: 0.492, perplexity: 21.3, distinct2: 0.712 },
            { policy: "best of 4", reward: 0.9, gold: 0.3012345, perplexity: 23.1, distinct2: 0.77 },
          ],
          "Held-out prompts",
        ),
      ],
    },
    {
      title: "Samples",
      intro: "The same prompts before and after.",
      blocks: [
        sampleComparison([
          {
            prompt: "This movie was one of the",
            responses: [
              {
                label: "before",
                text: "worst things I have seen. The story went nowhere, and the people in it were sad. I did not like it at all, and I went home.",
                scores: { gold: -0.62, reward: -1.1 },
              },
              {
                label: "after",
                text: "best I have ever seen! The actors are wonderful, the music is lovely and the story made me smile. I love it.",
                scores: { gold: 0.94, reward: 2.13 },
              },
              {
                label: "best of 4",
                text: "most interesting films of the year, and I was glad to see it with my friends.",
                scores: { gold: 0.71, reward: 1.4 },
              },
            ],
          },
          {
            prompt: evil,
            responses: [
              { label: "before", text: `${evil} and "quotes" & ampersands`, scores: { gold: 0.1 } },
              { label: "after", text: "ein\nZeilen\numbruch 电影很好", scores: { gold: 0.1 } },
            ],
          },
        ]),
      ],
    },
    {
      title: "What it cost",
      blocks: [
        barChart({
          title: "Seconds per stage",
          bars: [
            { label: "sft", value: 96 },
            { label: "reward model", value: 81.5 },
            { label: "ppo", value: 322 },
            { label: "evaluation", value: 41 },
          ],
          xLabel: "seconds",
        }),
        paragraphs("Measured on 2 cores.\n\nThe largest part is PPO: generation takes about 40 % of it."),
      ],
    },
  ],
  footer: "accord-rl 0.1 · native TensorFlow 2.21 · npm run rlhf -- --preset quick --seed 1",
});
console.log(
  formatTable([
    { policy: "before", gold: 0.031, KL: null },
    { policy: "after 电影", gold: 0.492, KL: 6.1 },
  ]),
);
