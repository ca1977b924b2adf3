"""Loads folders as a user of transformers does. Reads a JSON request from standard input, writes a JSON answer.

Request: {"folders": {name: {"folder", "prompts", "chats"}}, "texts", "tokens"}; `tokens` is how many each prompt is
continued by.
"""

import json
import sys

import transformers

transformers.logging.set_verbosity_error()
request = json.load(sys.stdin)
options = dict(do_sample=False, max_new_tokens=request["tokens"], temperature=None, top_p=None, top_k=None)


def answer(folder, prompts, chats):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    pipe = transformers.pipeline("text-generation", model=folder, tokenizer=folder, dtype="float32", device="cpu")

    def written(prompt):
        (text,) = pipe(prompt, return_full_text=False, **options)
        return text["generated_text"]

    return {
        "ids": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in request["texts"]],
        "begun": tokenizer("a")["input_ids"],
        "written": [written(prompt) for prompt in prompts],
        "answered": [written(chat) for chat in chats],
        "chats": [
            tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)["input_ids"]
            for chat in chats
        ],
        "eos": pipe.model.config.eos_token_id,
        "generation_eos": pipe.model.generation_config.eos_token_id,
    }


json.dump({name: answer(**each) for name, each in request["folders"].items()}, sys.stdout)
