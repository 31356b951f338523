# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Reads the JSON Schemas of this folder and refuses what generate.py could not keep.

Only the keywords listed in KEYWORDS are understood. Anything else is an error and not ignored, so a
schema never promises a check that nobody makes. Objects with properties and sets of constants must
be definitions of their own, since they need a name.
"""

import json

KEYWORDS = {
    "$ref", "type", "const", "minimum", "maximum", "minLength", "maxLength", "items", "minItems",
    "maxItems", "required", "properties", "additionalProperties", "anyOf", "title", "description",
}


class SchemaError(Exception):
    pass


class Definition:
    """One entry of $defs: its name, the file it stands in, and its schema."""

    def __init__(self, file, name, schema):
        self.file = file
        self.name = name
        self.schema = schema

    @property
    def is_enum(self):
        branches = self.schema.get("anyOf", [])
        return bool(branches) and all(
            set(b) == {"type", "const"} and b["type"] == "string" for b in branches)

    @property
    def is_struct(self):
        return "properties" in self.schema or self.is_root

    @property
    def is_root(self):
        return self.name.endswith("Params") or self.name == "RequestFrame"

    @property
    def properties(self):
        return self.schema.get("properties", {})


class Contract:
    """All definitions of all files, and how they refer to each other."""

    def __init__(self, paths):
        self.definitions = {}
        for path in paths:
            for name, schema in json.loads(path.read_text(encoding="utf-8"))["$defs"].items():
                if any(d.name == name for d in self.definitions.values()):
                    raise SchemaError(f"{path.name}: {name} is defined twice")
                self.definitions[path.name, name] = Definition(path.name, name, schema)
        for definition in self.definitions.values():
            self.check(definition.schema, definition.file, definition.name, is_definition=True)

    def resolve(self, ref, file):
        target, _, pointer = ref.partition("#")
        key = (target or file, pointer.removeprefix("/$defs/"))
        if key not in self.definitions:
            raise SchemaError(f"{file}: nothing at {ref}")
        return self.definitions[key]

    def check(self, schema, file, where, is_definition=False):
        where_text = f"{file}: {where}"
        if unknown := set(schema) - KEYWORDS:
            raise SchemaError(f"{where_text}: unknown keywords {sorted(unknown)}")
        if "$ref" in schema:
            if set(schema) - {"$ref", "description"}:
                raise SchemaError(f"{where_text}: $ref must stand alone")
            self.resolve(schema["$ref"], file)
        if "properties" in schema and not is_definition:
            raise SchemaError(f"{where_text}: an object with properties must be a definition")
        if missing := set(schema.get("required", [])) - set(schema.get("properties", {})):
            raise SchemaError(f"{where_text}: requires unknown properties {sorted(missing)}")
        for name, below in schema.get("properties", {}).items():
            self.check(below, file, f"{where}/{name}")
        for branch in schema.get("anyOf", []):
            self.check(branch, file, f"{where}/anyOf")
        for keyword in ("items", "additionalProperties"):
            if isinstance(schema.get(keyword), dict):
                self.check(schema[keyword], file, f"{where}/{keyword}")

    def references(self, schema, file):
        """The definitions a schema refers to, in order."""
        if "$ref" in schema:
            yield self.resolve(schema["$ref"], file)
        for below in schema.get("properties", {}).values():
            yield from self.references(below, file)
        for branch in schema.get("anyOf", []):
            yield from self.references(branch, file)
        for keyword in ("items", "additionalProperties"):
            if isinstance(schema.get(keyword), dict):
                yield from self.references(schema[keyword], file)

    def inbound(self):
        """What clients send, each definition behind those it needs."""
        ordered, open_names = [], []

        def visit(definition):
            if definition in ordered:
                return
            if definition in open_names:
                raise SchemaError(f"{definition.file}: {definition.name} contains itself")
            open_names.append(definition)
            for needed in self.references(definition.schema, definition.file):
                visit(needed)
            open_names.pop()
            ordered.append(definition)

        for definition in self.definitions.values():
            if definition.is_root:
                visit(definition)
        return ordered
