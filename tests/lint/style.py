# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""House rules that a script can see: licence lines, guards, sizes, nothing of one machine in the
tree, a README in every room, no link that leads nowhere."""

import re
import sys

import tree

MAX_LINES = 500
README_LINES = 60
ROOMS = re.compile(r'^(?:[a-z_]+|gatewayd/[a-z_]+|workers/[a-z_]+|proto/gateway)$')
WITH_SPDX = ('.cc', '.h', '.py', '.proto', '.mjs', '.in', 'meson.build')
CODE = ('.cc', '.h', '.py', '.mjs', '.ts')

# What only one machine or one registry has. Written so that this file does not match itself.
PATHS = re.compile(r'(?<![\w.~-])/(?:home|root|work|build|Users)/[\w.-]+')
HOSTS = re.compile(r'"resolved": *"http' r's?:|registry\.npm' r'js|deb\.deb' r'ian\.org|'
                   r'snapshot\.deb' r'ian')
# Literal suffixes have no other short way in.
USING_NAMESPACE = re.compile(r'^\s*using namespace (?!std::\w*literals;)', re.MULTILINE)
UNFINISHED = re.compile(r'\bTO' r'DO\b(?!\((?:security|perf|cleanup|test)\): )')
LINK = re.compile(r'\[[^\]]+\]\(([^)\s]+)\)')


def is_script(path, text):
    return '.' not in path.rpartition('/')[2] and text.startswith('#!')


def line_of(text, match):
    return text.count('\n', 0, match.start()) + 1


def check_text(path, text):
    """Everything wrong with one file, a line each."""
    problems = []
    if path.endswith(WITH_SPDX) or is_script(path, text):
        head = text[:400]
        if 'SPDX-FileCopyrightText: The gatewayd authors' not in head or \
                'SPDX-License-Identifier: MIT' not in head:
            problems.append(f'{path}: begins without the two SPDX lines')
    if path.endswith('.h') and not text.startswith('#pragma once\n'):
        problems.append(f'{path}: a header begins with #pragma once')
    for pattern, what in ((PATHS, 'a path of one machine'), (HOSTS, 'the address of a registry')):
        if match := pattern.search(text):
            problems.append(f'{path}:{line_of(text, match)}: {what}: {match.group()}')
    if path.endswith(('.cc', '.h')) and not path.startswith('tests/'):
        if match := USING_NAMESPACE.search(text):
            problems.append(f'{path}:{line_of(text, match)}: using namespace outside of tests')
    if path.endswith(CODE):
        if (lines := text.count('\n')) > MAX_LINES:
            problems.append(f'{path}: {lines} lines; is there a second noun in it?')
        if match := UNFINISHED.search(text):
            problems.append(f'{path}:{line_of(text, match)}: write TO' 'DO(kind): sentence, with '
                            'kind = security, perf, cleanup or test')
    return problems


def check_readmes(paths, root):
    problems = []
    rooms = {path.rpartition('/')[0] for path in paths if path.endswith(('.cc', '.h', '.proto'))}
    for room in sorted(rooms):
        if not ROOMS.match(room):
            continue
        readme = f'{room}/README.md'
        # The core's own files are told by ARCHITECTURE.md.
        if readme not in paths and room not in ('gatewayd', 'tests'):
            problems.append(f'{room}: has no README.md')
        elif readme in paths and (lines := tree.read(readme, root).count('\n')) > README_LINES:
            problems.append(f'{readme}: {lines} lines; a screen is {README_LINES}')
    return problems


def check_links(path, text, root):
    """Relative links of a document that lead nowhere."""
    problems = []
    for match in LINK.finditer(text):
        target = match.group(1).partition('#')[0]
        if target and '://' not in target and \
                not (root / path).parent.joinpath(target).exists():
            problems.append(f'{path}:{line_of(text, match)}: leads nowhere: {target}')
    return problems


def check(root=tree.ROOT):
    problems = []
    paths = [str(path) for path in tree.files(root)]
    for path in paths:
        text = tree.read(path, root)
        problems += check_text(path, text)
        if path.endswith('.md'):
            problems += check_links(path, text, root)
    return problems + check_readmes(set(paths), root)


if __name__ == '__main__':
    found = check()
    print('\n'.join(found) or 'the tree keeps the house rules')
    sys.exit(1 if found else 0)
