#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Writes params.h and params.cc from the JSON Schemas beside this file.

What a client may send becomes C++: each definition whose name ends in Params, the request frame,
and what they refer to. An object with properties becomes a struct with a parse() that is one loop
over the members; a set of string constants becomes an enum class; every schema also becomes a
constant table for explain(). Definitions of what we send stay data for tests.

contract.py says which schemas are understood.
"""

import argparse
import json
import re
import textwrap
from pathlib import Path

from contract import Contract, SchemaError

CPP_KEYWORDS = {"auto", "bool", "case", "default", "delete", "double", "false", "int", "new",
                "private", "public", "register", "switch", "this", "true", "union"}
LICENCE = "// SPDX-FileCopyrightText: The gatewayd authors\n// SPDX-License-Identifier: MIT\n"
ORIGIN = "// Generated from proto/gateway/*.json. Change those.\n"
INTEGER_LIMITS = {"minimum": "std::numeric_limits<std::int64_t>::min()",
                  "maximum": "std::numeric_limits<std::int64_t>::max()"}
NUMBER_LIMITS = {"minimum": "-std::numeric_limits<double>::infinity()",
                 "maximum": "std::numeric_limits<double>::infinity()"}


def snake(name):
    """sessionKey, SessionKey, session-key -> session_key"""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower()


def identifier(name):
    name = snake(name)
    if name in CPP_KEYWORDS:
        return name + "_"
    return "_" + name if name[0].isdigit() else name


def quoted(text):
    return json.dumps(text)


def comment(text, indent=""):
    prefix = indent + "// "
    lines = textwrap.wrap(text, 98, initial_indent=prefix, subsequent_indent=prefix)
    return "".join(line + "\n" for line in lines)


class Field:
    """A property of a struct: its C++ type and the expression that reads it."""

    def __init__(self, contract, owner, name):
        self.name = name
        self.member = identifier(name)
        self.schema = owner.properties[name]
        self.required = name in owner.schema.get("required", [])
        self.contract = contract
        self.file = owner.file
        self.kind, self.target = self.classify(self.schema)

    def classify(self, schema):
        """(kind, definition or None); kind says how the value is read and stored."""
        if "$ref" in schema:
            definition = self.contract.resolve(schema["$ref"], self.file)
            if definition.is_enum:
                return "enum", definition
            if definition.is_struct:
                return "struct", definition
            raise SchemaError(f"{self.file}: {definition.name} is neither struct nor enum")
        if not set(schema) - {"title", "description"}:
            return "any", None
        if "anyOf" in schema or schema.get("type") in ("object", "null"):
            return "checked", None
        if "const" in schema:
            return "constant", None
        return schema["type"], None

    @property
    def choice(self):
        """The enum this field or its items are read as."""
        schema = self.schema.get("items", self.schema)
        kind, target = self.classify(schema)
        return target if kind == "enum" else None

    @property
    def is_stored(self):
        return not (self.kind == "constant" and self.required)

    def value_type(self, schema, kind, target):
        if kind in ("enum", "struct"):
            return target.name
        if kind == "array":
            items = schema["items"]
            return f"std::vector<{self.value_type(items, *self.classify(items))}>"
        if kind == "constant":
            return "std::string_view" if schema["type"] == "string" else "double"
        return {"string": "std::string_view", "integer": "std::int64_t", "number": "double",
                "boolean": "bool", "any": "json::Value", "checked": "json::Value"}[kind]

    def declaration(self):
        plain = self.value_type(self.schema, self.kind, self.target)
        if self.required or self.kind in ("array", "any"):
            initial = {"integer": " = 0", "number": " = 0", "boolean": " = false",
                       "enum": "{}"}.get(self.kind, "")
            return f"{plain} {self.member}{initial};"
        return f"std::optional<{plain}> {self.member};"

    def read(self, tables):
        if self.kind == "struct" and self.required:
            return f"parse(v, out.{self.member})"
        if self.kind == "struct":
            return f"parse(v, out.{self.member}.emplace())"
        if self.kind == "constant" and self.required:
            return f"checks::is_constant(v, {constant(self.schema)})"
        if self.kind == "constant":
            return f"checks::read_constant(v, out.{self.member}, {constant(self.schema)})"
        return self.read_into(self.schema, self.kind, "v", f"out.{self.member}", tables)

    def read_into(self, schema, kind, value, out, tables):
        """The expression that reads value into out, for all but structs with a special place."""
        if kind == "any":
            return f"checks::read_any({value}, {out})"
        if kind == "struct":
            return f"parse({value}, {out})"
        if kind == "enum":
            enum = self.contract.resolve(schema["$ref"], self.file).name
            return f"checks::read_choice<{enum}>({value}, {out}, find_{snake(enum)})"
        if kind == "boolean":
            return f"checks::read_boolean({value}, {out})"
        if kind == "string":
            low, high = schema.get("minLength", 0), schema.get("maxLength", "Schema::kUnlimited")
            return f"checks::read_string({value}, {out}, {low}, {high})"
        if kind == "integer":
            low, high = (schema.get(k, INTEGER_LIMITS[k]) for k in ("minimum", "maximum"))
            return f"checks::read_integer({value}, {out}, {low}, {high})"
        if kind == "number":
            low, high = (schema.get(k, NUMBER_LIMITS[k]) for k in ("minimum", "maximum"))
            return f"checks::read_number({value}, {out}, {low}, {high})"
        if kind == "array":
            low, high = schema.get("minItems", 0), schema.get("maxItems", "Schema::kUnlimited")
            items = schema["items"]
            item_kind = self.classify(items)[0]
            if item_kind in ("array", "boolean"):
                raise SchemaError(f"{self.file}: arrays of {item_kind} are not supported")
            item = self.read_into(items, item_kind, "item", "to", tables)
            return (f"checks::read_array({value}, {out}, {low}, {high}, "
                    f"[](json::Value item, auto& to) {{ return {item}; }})")
        return f"checks::read_checked({value}, {out}, {tables.name_of(schema, self.file)})"


def fields_of(contract, definition):
    return [Field(contract, definition, name) for name in definition.properties]


def with_use(contract, definitions):
    """Without the sets of words that only occur among alternatives: those stay text."""
    read = {f.choice for d in definitions if d.is_struct for f in fields_of(contract, d)}
    return [d for d in definitions if d.is_struct or d in read]


def constant(schema):
    value = schema["const"]
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise SchemaError(f"constants are strings and numbers, not {value!r}")
    return quoted(value) if isinstance(value, str) else f"{float(value)!r}"


class Tables:
    """The constant Schema tables, equal ones once, in the order they need each other."""

    def __init__(self, contract):
        self.contract = contract
        self.names = {}  # a definition's name, or the text of a nameless schema -> the table's name
        self.lines = []

    def name_of(self, schema, file):
        if "$ref" in schema:
            return self.name_of_definition(self.contract.resolve(schema["$ref"], file))
        bare = {k: v for k, v in schema.items() if k not in ("title", "description")}
        key = file + json.dumps(bare) if "$ref" in json.dumps(bare) else json.dumps(bare)
        return self.names.get(key) or self.add(key, f"kPart{len(self.names)}", bare, file)

    def name_of_definition(self, definition):
        name = "k" + definition.name
        return self.names.get(name) or self.add(name, name, definition.schema, definition.file)

    def add(self, key, name, schema, file):
        self.names[key] = name
        initialiser = ", ".join(self.members(schema, file, name))
        self.lines.append(f"constexpr Schema {name}{{{initialiser}}};")
        return name

    def members(self, schema, file, name):
        if "type" in schema:
            yield f".type = Type::{schema['type']}"
        for keyword in ("minimum", "maximum"):
            if keyword in schema:
                yield f".{keyword} = {float(schema[keyword])!r}"
        for keyword in ("minLength", "maxLength"):
            if keyword in schema:
                yield f".{snake(keyword)} = {schema[keyword]}"
        if "const" in schema:
            kind = "text" if isinstance(schema["const"], str) else "number"
            yield f".constant_{kind} = {constant(schema)}"
        for keyword in ("minItems", "maxItems"):
            if keyword in schema:
                yield f".{snake(keyword)} = {schema[keyword]}"
        if "items" in schema:
            yield f".items = &{self.name_of(schema['items'], file)}"
        if schema.get("required"):
            names = ", ".join(quoted(n) for n in schema["required"])
            yield f".required = {self.array(name + 'Required', 'std::string_view', names)}"
        if schema.get("properties"):
            rows = ", ".join(f"Property{{{quoted(n)}, &{self.name_of(s, file)}}}"
                             for n, s in schema["properties"].items())
            yield f".properties = {self.array(name + 'Properties', 'Property', rows)}"
        others = schema.get("additionalProperties", True)
        if others is False:
            yield ".closed = true"
        elif others is not True:
            yield f".others = &{self.name_of(others, file)}"
        if "anyOf" in schema:
            branches = ", ".join(f"&{self.name_of(b, file)}" for b in schema["anyOf"])
            yield f".any_of = {self.array(name + 'Branches', 'const Schema*', branches)}"

    def array(self, name, element, values):
        self.lines.append(f"constexpr {element} {name}[] = {{{values}}};")
        return name


def write_header(contract, definitions):
    out = ["#pragma once\n", LICENCE, ORIGIN,
           "// What clients send, as types. A parse() that says true has filled its fresh struct and\n"
           "// found everything as the schema wants it. Strings are views into the parsed frame.\n\n",
           "#include <cstdint>\n#include <optional>\n#include <span>\n#include <string_view>\n"
           "#include <vector>\n\n",
           '#include "base/json.h"\n#include "base/result.h"\n#include "proto/gateway/schema.h"\n\n',
           "namespace gw::proto::gateway {\n\n"]
    for d in definitions:
        if d.is_enum:
            out.append(write_enum(d))
        elif d.is_struct:
            out.append(write_struct(contract, d))
    out.append(
        '// A frame, or "invalid request frame: …".\n'
        "Result<RequestFrame> parse_frame(json::Value frame);\n\n"
        '// The parameters of the first request, or "invalid connect params: …". Unlike those of all\n'
        "// other methods they may not be missing.\n"
        "Result<ConnectParams> parse_connect(json::Value params);\n\n"
        "// Every method with parameters, in no order: for tests and tools.\n"
        "struct MethodParams {\n"
        "    std::string_view method;\n"
        "    bool (*accepts)(json::Value params);\n"
        "    const Schema* schema;\n"
        "};\n"
        "std::span<const MethodParams> method_params();\n\n"
        "}  // namespace gw::proto::gateway\n")
    return "".join(out)


def write_enum(d):
    names = ", ".join(identifier(b["const"]) for b in d.schema["anyOf"])
    body = textwrap.fill(names, 96, initial_indent="    ", subsequent_indent="    ")
    return (comment(d.schema["description"]) + f"enum class {d.name} {{\n{body},\n}};\n"
            f"std::string_view name({d.name} value);\n\n")


def write_struct(contract, d):
    out = comment(d.schema["description"]) + f"struct {d.name} {{\n"
    for field in fields_of(contract, d):
        if not field.is_stored:
            continue
        if "description" in field.schema:
            out += comment(field.schema["description"], "    ")
        out += f"    {field.declaration()}\n"
    return (out + "};\n" + f"bool parse(json::Value value, {d.name}& out);\n"
            f"template <>\nconst Schema& schema<{d.name}>();\n\n")


def write_source(contract, definitions):
    tables = Tables(contract)
    functions = []
    for d in definitions:
        if d.is_enum:
            functions.append(write_enum_functions(d))
        elif d.is_struct:
            functions.append(write_parse(contract, d, tables))
    methods = "".join(
        f"    {{{quoted(d.schema['title'])}, accepts<{d.name}>, &k{d.name}}},\n"
        for d in definitions if d.name.endswith("Params"))
    return "".join([
        LICENCE, ORIGIN, '\n#include "proto/gateway/params.h"\n\n#include <limits>\n\n'
        '#include "proto/gateway/checks.h"\n\nnamespace gw::proto::gateway {\n\nnamespace {\n\n',
        "\n".join(tables.lines), "\n\n}  // namespace\n\n", "\n".join(functions),
        "\nnamespace {\n\ntemplate <typename T>\nbool accepts(json::Value params) {\n"
        "    T parsed;\n    return parse(params, parsed);\n}\n\n"
        f"constexpr MethodParams kMethodParams[] = {{\n{methods}}};\n\n}}  // namespace\n\n"
        "std::span<const MethodParams> method_params() { return kMethodParams; }\n\n"
        "}  // namespace gw::proto::gateway\n"])


def by_length(names):
    """name -> index, grouped for a switch over the length."""
    groups = {}
    for index, name in enumerate(names):
        groups.setdefault(len(name), []).append((index, name))
    return sorted(groups.items())


def write_find(function, names):
    out = f"int {function}(std::string_view key) {{\n    switch (key.size()) {{\n"
    for length, group in by_length(names):
        out += f"        case {length}:\n"
        for index, name in group:
            out += f"            if (key == {quoted(name)}) return {index};\n"
        out += "            break;\n"
    return out + "    }\n    return -1;\n}\n"


def write_enum_functions(d):
    names = [b["const"] for b in d.schema["anyOf"]]
    listed = ", ".join(quoted(n) for n in names)
    find = f"find_{snake(d.name)}"
    return (f"namespace {{\n\n"
            f"constexpr std::string_view k{d.name}Names[] = {{{listed}}};\n\n"
            f"{write_find(find, names)}\n"
            f"}}  // namespace\n\n"
            f"std::string_view name({d.name} value) {{ "
            f"return k{d.name}Names[static_cast<std::size_t>(value)]; }}\n")


def write_parse(contract, d, tables):
    table = tables.name_of_definition(d)
    fields = fields_of(contract, d)
    if len(fields) > 64:
        raise SchemaError(f"{d.file}: {d.name} has more than 64 properties")
    closed = d.schema.get("additionalProperties", True) is False
    if isinstance(d.schema.get("additionalProperties"), dict):
        raise SchemaError(f"{d.file}: {d.name} has both properties and a rule for others")
    typed = "type" in d.schema
    answer = f"template <>\nconst Schema& schema<{d.name}>() {{ return {table}; }}\n"
    if not fields:
        test = "value.is_object()" if typed else "true"
        test += " && value.size() == 0" if closed else ""
        unused = "/*value*/" if test == "true" else "value"
        return (f"bool parse(json::Value {unused}, {d.name}& /*out*/) {{ return {test}; }}\n\n"
                f"{answer}")
    find = f"find_{snake(d.name)}"
    required = sum(1 << i for i, f in enumerate(fields) if f.required)
    cases = "".join(write_case(i, f, tables) for i, f in enumerate(fields))
    verdict = f"(seen & {required}U) == {required}U" if required else "true"
    return (
        f"namespace {{\n\n{write_find(find, list(d.properties))}\n}}  // namespace\n\n"
        f"bool parse(json::Value value, {d.name}& out) {{\n"
        f"    if (!value.is_object()) return {'false' if typed else 'true'};\n"
        f"{'    std::uint64_t seen = 0;' if required else ''}\n"
        f"    const auto end = value.members().end();\n"
        f"    for (auto at = value.members().begin(); at != end; ++at) {{\n"
        f"        const json::Value::Member member = *at;\n"
        f"        const json::Value v = member.value();\n"
        f"        const int field = {find}(member.key);\n"
        f"        bool good = false;\n"
        f"        switch (field) {{\n{cases}"
        f"        case -1:\n            {'return false' if closed else 'continue'};\n        }}\n"
        f"        if (!good && !checks::is_shadowed(at, end)) return false;\n"
        f"{'        seen |= std::uint64_t{1} << field;' if required else ''}\n    }}\n"
        f"    return {verdict};\n}}\n\n{answer}")


def write_case(index, field, tables):
    """A repeated member starts afresh, since only its last value counts."""
    again = ""
    if field.kind == "struct" and field.required:
        again = (f"            if ((seen & {1 << index}U) != 0) out.{field.member} = {{}};\n")
    return (f"        case {index}:\n{again}            good = {field.read(tables)};\n"
            f"            break;\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--header", type=Path, required=True)
    arguments.add_argument("--source", type=Path, required=True)
    arguments.add_argument("schemas", type=Path, nargs="+")
    given = arguments.parse_args()
    try:
        contract = Contract(given.schemas)
        definitions = with_use(contract, contract.inbound())
        header = write_header(contract, definitions)
        source = write_source(contract, definitions)
    except SchemaError as error:
        raise SystemExit(f"generate.py: {error}") from error
    given.header.write_text(header, encoding="utf-8")
    given.source.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main()
