# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The last line of scripts/test is right: cases are counted, and none that failed is lost."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / 'scripts'))

import checks  # noqa: E402


def entry(result, stdout='', stderr=''):
    return {'name': 'a test', 'result': result, 'stdout': stdout, 'stderr': stderr}


class Count(unittest.TestCase):
    DOCTEST = '[doctest] test cases: \x1b[0;32m{all} | {ok} passed\x1b[0m | {bad} failed | 0 skipped\n'

    def test_doctest_cases(self):
        said = self.DOCTEST.format(all=12, ok=12, bad=0)
        self.assertEqual(checks.count(entry('OK', said)), (12, []))

    def test_failed_doctest_cases_are_named(self):
        said = 'TEST CASE:  json: reads\nx\nTEST CASE:  json: reads\n' + \
            self.DOCTEST.format(all=12, ok=11, bad=1)
        self.assertEqual(checks.count(entry('FAIL', said)), (11, ['a test: json: reads']))

    def test_unittest_cases(self):
        self.assertEqual(checks.count(entry('OK', stderr='Ran 5 tests in 0.1s\n\nOK\n')), (5, []))

    def test_skipped_cases_do_not_count(self):
        for skipped, passed in ((2, 3), (5, 0)):
            said = f'Ran 5 tests in 0.1s\n\nOK (skipped={skipped})\n'
            self.assertEqual(checks.count(entry('OK', stderr=said)), (passed, []))

    def test_failed_unittest_cases_are_named(self):
        said = 'FAIL: test_x (a.B.test_x)\nERROR: test_y (a.B.test_y)\nRan 5 tests in 0.1s\n'
        self.assertEqual(checks.count(entry('FAIL', stderr=said)),
                         (3, ['a test: test_x (a.B.test_x)', 'a test: test_y (a.B.test_y)']))

    def test_a_crash_or_timeout_is_one_failure(self):
        for result in ('FAIL', 'TIMEOUT', 'ERROR', 'INTERRUPT'):
            with self.subTest(result=result):
                self.assertEqual(checks.count(entry(result)), (0, ['a test']))

    def test_a_test_without_cases_counts_as_one(self):
        self.assertEqual(checks.count(entry('OK', 'fine')), (1, []))


if __name__ == '__main__':
    unittest.main()
