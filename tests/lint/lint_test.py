# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The checks find what they are for."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import rooms  # noqa: E402
import style  # noqa: E402


class Rooms(unittest.TestCase):
    def found(self, **texts):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name, text in texts.items():
                path = root / name.replace('__', '/').replace('_cc', '.cc').replace('_h', '.h')
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return rooms.check(root)

    def test_lets_a_room_include_itself_and_what_is_below(self):
        self.assertEqual(self.found(net__a_cc='#include "net/b.h"\n#include "base/fd.h"\n'), [])

    def test_refuses_what_is_above(self):
        self.assertEqual(len(self.found(base__a_cc='#include "net/b.h"\n')), 1)

    def test_refuses_a_worker_in_another_worker(self):
        self.assertEqual(len(self.found(workers__irc__a_cc='#include "workers/echo/b.h"\n')), 1)

    def test_refuses_a_worker_in_the_core_and_the_core_in_a_worker(self):
        self.assertEqual(len(self.found(gatewayd__app_cc='#include "workers/common/b.h"\n')), 1)
        self.assertEqual(len(self.found(workers__irc__a_cc='#include "gatewayd/app.h"\n')), 1)

    def test_refuses_the_server_in_a_noun(self):
        self.assertEqual(
            len(self.found(gatewayd__channels__a_cc='#include "gatewayd/server/b.h"\n')), 1)

    def test_refuses_a_library_away_from_home(self):
        self.assertEqual(len(self.found(gatewayd__app_cc='#include <sqlite3.h>\n')), 1)

    def test_refuses_a_room_nobody_listed(self):
        self.assertEqual(len(self.found(util__a_cc='')), 1)

    def test_finds_a_circle(self):
        self.assertEqual(rooms.find_cycle({'a': {'b'}, 'b': {'c'}, 'c': {'a'}}),
                         ['a', 'b', 'c', 'a'])
        self.assertIsNone(rooms.find_cycle({'a': {'b', 'c'}, 'b': {'c'}}))


class Style(unittest.TestCase):
    SPDX = '// SPDX-FileCopyrightText: The gatewayd authors\n// SPDX-License-Identifier: MIT\n'

    def test_accepts_a_plain_file(self):
        self.assertEqual(style.check_text('base/a.h', '#pragma once\n' + self.SPDX), [])

    def test_finds_each_rule_broken(self):
        for text in ('', self.SPDX + 'using namespace std;\n', self.SPDX + '// TO' 'DO later\n',
                     self.SPDX + 'open("/wo' 'rk/x");\n', self.SPDX + '\n' * 500):
            with self.subTest(text=text[-30:]):
                self.assertEqual(len(style.check_text('base/a.cc', text)), 1)

    def test_wants_the_guard_first(self):
        self.assertEqual(len(style.check_text('base/a.h', self.SPDX)), 1)


if __name__ == '__main__':
    unittest.main()
