#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The generator refuses schemas that it could not keep, instead of ignoring what they say."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

GENERATOR = Path(__file__).parents[3] / "proto" / "gateway" / "generate.py"
FRAME = {"type": "object", "description": "A frame.", "properties": {"id": {"type": "string"}}}


def generate(definitions):
    """What the generator complains about, and the header it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        schema, header, source = (Path(folder) / n for n in ("a.json", "params.h", "params.cc"))
        schema.write_text(json.dumps({"$id": "a.json", "$defs": definitions}), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-B", GENERATOR, "--header", header, "--source", source, schema],
            capture_output=True, text=True, check=False)
        text = header.read_text(encoding="utf-8") if header.exists() else ""
        return done.stderr.strip(), text


def with_property(name, schema):
    return {"RequestFrame": {**FRAME, "properties": {name: schema}}}


class GenerateTest(unittest.TestCase):
    def test_refuses_keywords_it_does_not_understand(self):
        complaint, header = generate(with_property("id", {"type": "string", "pattern": "^a"}))
        self.assertEqual(
            complaint, "generate.py: a.json: RequestFrame/id: unknown keywords ['pattern']")
        self.assertEqual(header, "")

    def test_refuses_references_to_nothing(self):
        complaint, _ = generate(with_property("id", {"$ref": "#/$defs/Missing"}))
        self.assertEqual(complaint, "generate.py: a.json: nothing at #/$defs/Missing")

    def test_refuses_objects_without_a_name(self):
        complaint, _ = generate(with_property("part", FRAME))
        self.assertIn("an object with properties must be a definition", complaint)

    def test_refuses_required_members_that_are_not_described(self):
        complaint, _ = generate({"RequestFrame": {**FRAME, "required": ["id", "method"]}})
        self.assertIn("requires unknown properties ['method']", complaint)

    def test_refuses_schemas_that_contain_themselves(self):
        complaint, _ = generate(with_property("inner", {"$ref": "#/$defs/RequestFrame"}))
        self.assertIn("RequestFrame contains itself", complaint)

    def test_names_become_snake_case(self):
        _, header = generate(with_property("maxItemsAtOnce", {"type": "integer"}))
        self.assertIn("std::optional<std::int64_t> max_items_at_once;", header)


if __name__ == "__main__":
    unittest.main()
