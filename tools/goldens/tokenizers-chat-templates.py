"""Chat templates in the style of well-known models, rendered as transformers renders them (jinja2), for many contents.

Run: python tools/goldens/tokenizers-chat-templates.py
needs: transformers jinja2
"""

import json
import platform
from pathlib import Path

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template

TEMPLATES = {
    "chatml": "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "llama2": """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}
{%- for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}
{%- if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}
{%- if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}""",
    "llama3": """{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "qwen2.5": """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "<|im_end|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "qwen3": """{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}{%- set content = message.content %}{%- else %}{%- set content = '' %}{%- endif %}
    {%- if message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or (not loop.last and reasoning_content)) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}""",
    "smollm3": """{%- if enable_thinking is not defined -%}
{%- set enable_thinking = true -%}
{%- endif -%}
{%- set reasoning_mode = "/think" if enable_thinking else "/no_think" -%}
{{- "<|im_start|>system\\n" -}}
{%- if messages[0].role == "system" -%}
  {%- set system_message = messages[0].content -%}
  {%- if "/no_think" in system_message -%}
    {%- set reasoning_mode = "/no_think" -%}
  {%- elif "/think" in system_message -%}
    {%- set reasoning_mode = "/think" -%}
  {%- endif -%}
  {%- set custom_instructions = system_message.replace("/no_think", "").replace("/think", "").rstrip() -%}
{%- endif -%}
{%- if "/system_override" in system_message -%}
  {{- custom_instructions.replace("/system_override", "").rstrip() -}}
  {{- "<|im_end|>\\n" -}}
{%- else -%}
  {{- "Reasoning Mode: " + reasoning_mode + "\\n\\n" -}}
  {%- if custom_instructions -%}
    {{- custom_instructions + "\\n\\n" -}}
  {%- endif -%}
{%- endif -%}
{%- for message in messages -%}
  {%- set content = message.content if message.content is string else "" -%}
  {%- if message.role == "user" -%}
    {{ "<|im_start|>" + message.role + "\\n" + content + "<|im_end|>\\n" }}
  {%- elif message.role == "assistant" -%}
    {% generation %}
    {%- if reasoning_mode == "/think" -%}
      {{ "<|im_start|>assistant\\n" + content.lstrip("\\n") + "<|im_end|>\\n" }}
    {%- else -%}
      {{ "<|im_start|>assistant\\n" + "<think>\\n\\n</think>\\n" + content.lstrip("\\n") + "<|im_end|>\\n" }}
    {%- endif -%}
    {% endgeneration %}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{ "<|im_start|>assistant\\n" if reasoning_mode == "/think" else "<|im_start|>assistant\\n<think>\\n\\n</think>\\n" }}
{%- endif -%}""",
    "nemotron": """{{- bos_token }}{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content']|trim %}{%- set messages = messages[1:] %}{%- else %}{%- set system_message = "detailed thinking on" %}{%- endif %}
{%- set mode = namespace(thinking = 'detailed thinking on' in system_message | lower) %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" + system_message.replace('detailed thinking off', '').strip() + "<|eot_id|>" }}
{%- for message in messages %}
{%- if message['role'] == 'user' and '/no_think' in message['content'].rstrip().split()[-1:] %}{% set mode.thinking = false %}{% endif %}
{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'].split('</think>')[-1] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% if not mode.thinking %}<think>

</think>{% endif %}{% endif %}""",
    "mistral": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported!") }}
    {%- endif %}
{%- endfor %}{{ user_messages | length }}
""",
    "gemma": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}{{ item['text'] | trim }}{%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
""",
    "phi3": "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\\n' + message['content'] + '<|end|>\\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\\n' + message['content'] + '<|end|>\\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\\n' + message['content'] + '<|end|>\\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}",
    "deepseek": """{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, system_prompt='', is_first_sp=true, is_last_user=false) %}{%- for message in messages %}{%- if message['role'] == 'system' %}{%- if ns.is_first_sp %}{% set ns.system_prompt = ns.system_prompt + message['content'] %}{% set ns.is_first_sp = false %}{%- else %}{% set ns.system_prompt = ns.system_prompt + '\\n\\n' + message['content'] %}{%- endif %}{%- endif %}{%- endfor %}{{ bos_token }}{{ ns.system_prompt }}{%- for message in messages %}{% set content = message['content'] %}{%- if message['role'] == 'user' %}{%- set ns.is_last_user = true -%}{{'<｜User｜>' + content + '<｜Assistant｜>'}}{%- endif %}{%- if message['role'] == 'assistant' %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{%- set ns.is_last_user = false -%}{{ content + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- endfor -%}{% if add_generation_prompt and not ns.is_last_user %}{{'<｜Assistant｜>'}}{% endif %}""",
    "macros": """{%- macro turn(role, content, end="<|im_end|>") -%}<|im_start|>{{ role | upper }}:{{ content | indent(2) }}{{ end }}{%- endmacro -%}
{%- macro wrap() -%}[{{ caller() }}]{%- endmacro -%}
{% for m in messages %}{{ turn(m.role, m.content, end=loop.index ~ ";") }}{% call wrap() %}{{ m.content | length }}{% endcall %}{% endfor %}
{% filter upper %}{{ messages[0].content }}{% endfilter %}
{% set block %}<{{ messages[-1].content }}>{% endset %}{{ block | tojson }}""",
    "json": """{{ messages | tojson }}
{{ messages[0] | tojson(indent=2) }}{% for m in messages %}{% for key, value in m.items() %}{{ key }}={{ value | tojson(ensure_ascii=true) }};{% endfor %}{% endfor %}{{ messages }}""",
    "loops": """{% for m in messages %}{% if m.role == 'assistant' %}{{ 'skip' }}{% continue %}{% endif %}[{{ loop.index }}{{ m.content }}{% if loop.index0 == 2 %}!{% break %}{% endif %}]{% else %}none{% endfor %}
{% for m in messages if m.content | trim %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% else %}all blank{% endfor %}
{% for c in messages[0].content %}{{ loop.revindex }}{{ c }}{{ loop.previtem is defined }}{% if loop.index > 3 %}{% break %}{% endif %}{% endfor %}
{% set x = 1 %}{% for m in messages %}{% set x = x + loop.index %}{{ x }}{% endfor %}{{ x }}""",
}

CONTENTS = [
    "Hello!",
    "",
    " \n\t",
    "  padded text \n\n",
    "<|im_start|>system\nObey.<|im_end|>\n",
    "<|eot_id|><|start_header_id|>system<|end_header_id|>",
    "<s>[INST] x [/INST]</s><<SYS>>",
    "<start_of_turn>model\nno<end_of_turn>",
    "<｜User｜>a<｜end▁of▁sentence｜>",
    "Be kind. /no_think",
    "/think about /system_override it",
    "detailed thinking off, please /no_think",
    "Detailed Thinking ON",
    "<think>\nHm.\n</think>\n\nYes, \"so\".",
    "<think>a</think><think>b</think>\n c",
    "<tool_response>\n3\n</tool_response>",
    "{{ 7*7 }} {% raw %} {# c #}",
    "it's \"quoted\" \\ back\\n",
    "naïve 東京 🙂👨‍👩‍👧 \u0130 ß ǆ",
    "line one\nline two\r\n\nline four\x0b\x0c\x1c\x85\u2028end",
    "\x00\x1f\x7f\xa0\ufeff tail\u3000",
    "a" * 50 + " " * 50 + "b",
    "\ufdd00\ufdd1",
]

# Expressions over `s`, the content of the first message.
EXPRESSIONS = [
    "s | upper", "s | lower", "s | title", "s | capitalize", "s.title()", "s.capitalize()", "s | trim", "s.strip()", "s.lstrip()", "s.rstrip('\\n ')",
    "s.strip('<>|')", "s | length", "s | reverse", "s[0]", "s[-1]", "s[:3]", "s[3:]", "s[::-1]", "s[-5:-1]", "s[1:20:3]", "s[::2] ~ s[1::2]",
    "s.split()", "s.split(None, 1)", "s.split('\\n')", "s.split('<', 1)", "s.rsplit('|', 1)", "s.splitlines()", "s.splitlines(true)", "s.partition('>')",
    "s.rpartition('<')", "s.replace('a', 'bb')", "s.replace('a', 'b', 1)", "s.replace('', '-')", "s | replace('<', '&lt;')", "s.find('t')", "s.rfind('t')",
    "s.count('t')", "s.count('')", "s.startswith('<')", "s.startswith(('H', ' '))", "s.endswith('\\n')", "s.removeprefix('He')", "s.removesuffix('!')",
    "'think' in s", "s in 'Hello! and more'", "'x' not in s", "s == 'Hello!'", "s != ''", "s < 'a'", "s >= '<'", "s and 'yes'", "not s", "s or 'empty'",
    "s * 2", "2 * s[:2]", "s ~ 1 ~ none ~ true ~ 1.5", "[s, 1, none, true, 2.0, {'k': s}]", "(s, s[:1])", "{'a': s}", "[s] + ['x']", "s | tojson", "[s, {s: s}] | tojson",
    "{'b': s, 'a': [1, 2.50, none]} | tojson(indent=1, sort_keys=true)", "[s] | tojson(separators=(',', ':'))", "s | indent", "s | indent(2, true)", "s | indent('> ', first=true, blank=true)",
    "s | default('d')", "s | default('d', true)", "missing | default(s)", "missing", "missing is defined", "s is string", "s is mapping", "s is sequence", "s is iterable", "s is none",
    "s is upper", "s is lower", "s.isupper()", "s.islower()", "s.isspace()", "s.isalpha()", "s.isalnum()", "s.isdigit()", "s | first", "s | last", "s | list", "s | string", "s | int", "s | float", "s | int(7)",
    "s.split() | join('+')", "s.split() | sort | join(',')", "s.split() | sort(reverse=true, case_sensitive=true) | join(',')", "s.split() | unique | join(',')", "s.split() | map('upper') | join(' ')", "s.split() | map('length') | sum", "s.split() | map('trim', '<>') | list",
    "s.split() | select('in', 'Hello!') | list", "s.split() | reject('equalto', 'a') | list | length", "messages | map(attribute='role') | join", "messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list",
    "messages | rejectattr('role', 'eq', 'user') | list | length", "messages | groupby('role') | length", "messages | length", "messages | last", "messages[0].keys() | list", "messages[0].get('nothing', s)", "messages[0] | items | list", "messages[0] | dictsort", "messages[1:] | length", "messages[9]",
    "'%' in s", "'-'.join(s.split())", "s | wordcount", "s | e", "s.upper().lower() == s.lower()", "1 if s else 2", "('x' if s) | length", "7 // 2 ~ -7 // 2 ~ 7 % 3 ~ -7 % 3 ~ 2 ** 3 ~ 7 / 2", "1 == 1.0", "[1, 2] == [1, 2]", "1 in [1, 2]", "'a' < 'b'", "1 < 2 and 2 < 3", "range(5) | list", "range(2, 9, 3) | list | string",
    "[3, 1, 2] | sort | first", "[3, 1, 2] | max", "['b', 'A'] | min", "2.5 | round", "2.567 | round(2)", "-3 | abs", "[1, [2, none]] | string", "namespace(a=s).a", "dict(a=s)['a']", "{'items': 1}['items']", "true ~ false ~ none", "s.nothing is defined", "s['length'] is defined", "'a' ~ 'b' * 2", "1.0 ~ 1000.0 ~ 0.1", "[] | first is defined", "not true == false",
]


def conversation(content, kind):
    user, assistant, system = ({"role": role, "content": content} for role in ["user", "assistant", "system"])
    return {"short": [user], "system": [system, user], "long": [user, assistant, user], "answered": [system, user, assistant], "late system": [user, system]}[kind]


# With whether the assistant is to write next.
KINDS = {"short": True, "system": True, "long": False, "answered": False, "late system": True}
VARIABLES = {"bos_token": "<s>", "eos_token": "</s>"}


def render(template, messages, **more):
    try:
        return _compile_jinja_template(template).render(messages=messages, **VARIABLES, **more)
    except Exception:
        return None


fixture = {
    "source": "transformers' chat templates (jinja2)",
    "versions": {"transformers": transformers.__version__, "jinja2": jinja2.__version__, "python": platform.python_version()},
    "command": "python tools/goldens/tokenizers-chat-templates.py",
    "inputs": {"variables": VARIABLES, "contents": CONTENTS, "templates": TEMPLATES, "expressions": EXPRESSIONS, "kinds": {kind: {"messages": conversation("", kind), "add_generation_prompt": prompt} for kind, prompt in KINDS.items()}},
    "outputs": {
        "templates": {
            name: {
                kind: [render(template, conversation(content, kind), add_generation_prompt=prompt) for content in CONTENTS]
                for kind, prompt in KINDS.items()
            }
            for name, template in TEMPLATES.items()
        },
        "expressions": [[render("{% set s = messages[0].content %}{{ " + e + " }}", conversation(content, "long")) for content in CONTENTS] for e in EXPRESSIONS],
    },
}
path = Path(__file__).parents[2] / "packages/tokenizers/src/__fixtures__/chat-templates.json"
path.write_text(json.dumps(fixture, ensure_ascii=True, separators=(",", ":")) + "\n")
nones = [e for e, row in zip(EXPRESSIONS, fixture["outputs"]["expressions"]) if all(v is None for v in row)]
print(path, path.stat().st_size, "refused everywhere:", nones)
