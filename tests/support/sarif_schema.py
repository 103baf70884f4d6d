"""SARIF schema: validates a log against tests/sarif/, the schema of SARIF 2.1.0, which is JSON Schema draft 4.

It knows the keywords that this schema uses and refuses to pass by any other, so that a newer schema
cannot be half checked. validate(log) returns what is wrong, a line each, with a path to the place."""

import functools
import json
import re

SCHEMA = "tests/sarif/sarif-2.1.0-rtm.5.json"
NOTED = {"$schema", "id", "title", "description", "default", "definitions"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
FORMATS = {
    "date-time": lambda text: TIME.fullmatch(text) is not None,
    "uri": lambda text: URI_CHARACTERS.fullmatch(text) is not None and re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text),
    "uri-reference": lambda text: URI_CHARACTERS.fullmatch(text) is not None,
}


def is_type(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def same_json(a, b):
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


class Validator:
    def __init__(self, root):
        self.root, self.trouble = root, []

    def say(self, path, what):
        self.trouble.append(f"{path or '/'}: {what}")

    def errors(self, value, schema, path):
        inner = Validator(self.root)
        inner.check(value, schema, path)
        return inner.trouble

    def check(self, value, schema, path):
        for keyword, rule in schema.items():
            if keyword in NOTED:
                continue
            method = getattr(self, "check_" + keyword.lstrip("$"), None)
            if method is None:
                raise ValueError(f"the schema has a keyword that is not known here: {keyword}")
            method(value, rule, path, schema)

    def check_ref(self, value, rule, path, _):
        target = self.root
        for part in rule.removeprefix("#/").split("/"):
            target = target[part]
        self.check(value, target, path)

    def check_type(self, value, rule, path, _):
        names = rule if isinstance(rule, list) else [rule]
        if not any(is_type(value, name) for name in names):
            self.say(path, f"is no {' or '.join(names)}")

    def check_enum(self, value, rule, path, _):
        if not any(same_json(value, one) for one in rule):
            self.say(path, f"{value!r} is none of {rule}")

    def check_required(self, value, rule, path, _):
        for name in rule if isinstance(value, dict) else ():
            if name not in value:
                self.say(path, f"`{name}` is missing")

    def check_properties(self, value, rule, path, _):
        for name, schema in rule.items() if isinstance(value, dict) else ():
            if name in value:
                self.check(value[name], schema, f"{path}/{name}")

    def check_additionalProperties(self, value, rule, path, schema):
        for name in value if isinstance(value, dict) else ():
            if name in schema.get("properties", {}):
                continue
            if rule is False:
                self.say(path, f"`{name}` may not be there")
            elif isinstance(rule, dict):
                self.check(value[name], rule, f"{path}/{name}")

    def check_items(self, value, rule, path, _):
        for i, item in enumerate(value) if isinstance(value, list) else ():
            self.check(item, rule, f"{path}/{i}")

    def check_minItems(self, value, rule, path, _):
        if isinstance(value, list) and len(value) < rule:
            self.say(path, f"has fewer than {rule} items")

    def check_uniqueItems(self, value, rule, path, _):
        if rule and isinstance(value, list) and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
            self.say(path, "has an item twice")

    def check_minimum(self, value, rule, path, _):
        if is_type(value, "number") and value < rule:
            self.say(path, f"is below {rule}")

    def check_maximum(self, value, rule, path, _):
        if is_type(value, "number") and value > rule:
            self.say(path, f"is above {rule}")

    def check_pattern(self, value, rule, path, _):
        if isinstance(value, str) and not re.search(rule, value):
            self.say(path, f"does not match {rule}")

    def check_format(self, value, rule, path, _):
        if isinstance(value, str) and not FORMATS[rule](value):
            self.say(path, f"{value!r} is no {rule}")

    def check_anyOf(self, value, rule, path, _):
        if not any(not self.errors(value, one, path) for one in rule):
            self.say(path, "fits none of the alternatives")

    def check_oneOf(self, value, rule, path, _):
        if sum(not self.errors(value, one, path) for one in rule) != 1:
            self.say(path, "does not fit exactly one of the alternatives")


@functools.cache
def schema():
    with open(SCHEMA, encoding="utf-8") as file:
        return json.load(file)


def validate(log):
    validator = Validator(schema())
    validator.check(log, schema(), "")
    return validator.trouble
