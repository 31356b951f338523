#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Shows that the simulation can fail: plants each bug of bugs.py in a copy of the tree, builds the
simulation there and says after how many seeds it found the bug. One that is not found fails.

  tests/sim/prove.py [--seeds N] [--bug WORDS]
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from bugs import BUGS  # noqa: E402


def copy_tree(to):
    listed = subprocess.run(['git', 'ls-files', '-z'], cwd=ROOT, check=True, capture_output=True,
                            text=True).stdout
    for name in filter(None, listed.split('\0')):
        source, target = ROOT / name, to / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def build(tree):
    done = subprocess.run(['ninja', '-C', tree / 'build', 'tests/sim/sim'], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-3000:])


def plant(path, edit, name):
    right = path.read_text(encoding='utf-8')
    places = right.count(edit.right)
    if places != 1:
        raise RuntimeError(f'{edit.file} changed: "{name}" stands in {places} places')
    path.write_text(right.replace(edit.right, edit.wrong), encoding='utf-8')


def seeds_until_found(tree, seeds):
    """Nothing when no seed found anything. A crash of the simulation is a finding."""
    program = tree / 'build' / 'tests' / 'sim' / 'sim'
    done = subprocess.run([program, '--seeds', str(seeds), '--jobs', '1'], capture_output=True,
                          text=True, check=False)
    if done.returncode == 0:
        return None, ''
    found = re.search(r'^seed (\d+): (.*)$', done.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f'no seed was told:\n{done.stdout}\n{done.stderr}')
    return int(found[1]) + 1, found[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, default=50_000, help='how many a bug may take')
    parser.add_argument('--bug', default='', metavar='WORDS',
                        help='only those in whose name these words stand')
    options = parser.parse_args()
    bugs = [bug for bug in BUGS if options.bug in bug.name]
    if not bugs:
        parser.error(f'no bug has "{options.bug}" in its name')
    missed = 0
    with tempfile.TemporaryDirectory(prefix='gatewayd-prove-') as directory:
        tree = pathlib.Path(directory)
        copy_tree(tree)
        env = {'CC': 'ccache gcc', 'CXX': 'ccache g++', **os.environ}
        subprocess.run(['meson', 'setup', tree / 'build'], cwd=tree, env=env, check=True,
                       stdout=subprocess.DEVNULL)
        build(tree)
        for bug in bugs:
            for edit in bug.edits:
                plant(tree / edit.file, edit, bug.name)
            build(tree)
            seeds, what = seeds_until_found(tree, options.seeds)
            for edit in bug.edits:
                shutil.copy(ROOT / edit.file, tree / edit.file)
            missed += seeds is None
            print(f'{bug.name}: ' + (f'found after {seeds} seeds ({what})' if seeds else
                                     f'NOT FOUND in {options.seeds} seeds'), flush=True)
    print(f'{len(bugs) - missed} passed, {missed} failed')
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
