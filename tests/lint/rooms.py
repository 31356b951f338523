# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Who may include whom. Reads the #include lines of all C++ files and fails on an edge that the
tables do not list, on a library's header outside of its home, and on cycles."""

import fnmatch
import re
import sys

import tree

# Room → rooms below it. A room may always include itself.
ROOMS = {
    'base': '',
    'proto': 'base',
    'sandbox': 'base',
    'loop': 'base',
    'store': 'base loop',
    'net': 'base loop',
    'ipc': 'base loop proto',
    'workers/common': 'base loop net ipc proto sandbox',
    'workers/*': 'base loop net ipc proto sandbox workers/common',
    'gatewayd': 'base loop net ipc proto store sandbox',
    'cli': 'base loop net ipc proto store sandbox',
    'node': 'base loop net proto sandbox',
    # bench_frame measures the core without its sockets.
    'bench': 'base loop net ipc gatewayd/channels gatewayd/delivery gatewayd/methods gatewayd/observe gatewayd/server',
}

# The same inside gatewayd. Nouns announce through interfaces they own: they know neither server nor
# methods. The files of gatewayd/ itself (main, app) build everything and so may include everything.
CORE = {
    'config': '',
    'auth': 'config',
    'observe': '',
    'sessions': '',
    'supervisor': 'config',
    'media': 'supervisor',
    'delivery': 'sessions supervisor',
    'access': 'config delivery',
    'channels': 'access config sessions delivery supervisor media',
    'agents': 'config sessions delivery channels',
    'methods': 'access config auth observe sessions supervisor media delivery channels agents',
    'server': 'access config auth observe sessions supervisor delivery channels agents methods',
}
CORE_COMMON = {'gatewayd/version.h'}

# Library headers and the files that may include them.
HOMES = [
    ('uv.h', ['loop/*']),
    ('uv/*', ['loop/*']),
    ('libwebsockets.h', ['net/*']),
    ('lws_config.h', ['net/*']),
    ('openssl/ssl.h', ['net/*']),
    ('openssl/*', ['base/crypto.cc', 'bench/openssl.cc', 'net/*']),
    ('sqlite3.h', ['store/*']),
    ('rapidjson/*', ['base/json*']),
    ('simdjson.h', ['base/utf8.cc']),
    ('re2/*', ['base/regex.cc']),
    ('spdlog/*', ['base/log.cc']),
    ('fmt/*', ['base/log.cc']),
    ('CLI/*', ['cli/*']),
    ('curl/*', ['net/*']),
    ('google/protobuf/*', ['proto/*', 'ipc/*']),
    ('doctest/*', ['tests/*']),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def room_of(path):
    """'gatewayd/config' of gatewayd/config/load.cc, 'base' of base/fd.cc, 'cli' of cli/x/y.cc."""
    parts = path.split('/')
    if parts[0] in ('gatewayd', 'workers') and len(parts) > 2:
        return '/'.join(parts[:2])
    return parts[0]


def may_include(room, other):
    """Whether a file of room may include a header of the room other."""
    if room == other or room == 'tests':
        return True
    if other.startswith('gatewayd') and room.startswith('gatewayd'):
        if room == 'gatewayd':
            return True
        noun = room.partition('/')[2]
        return other.partition('/')[2] in CORE.get(noun, '').split()
    if room.startswith('gatewayd'):
        room = 'gatewayd'
    elif room not in ROOMS and room.startswith('workers/'):
        room = 'workers/*'
    return other in ROOMS.get(room, '').split()


def home_of(header):
    for pattern, homes in HOMES:
        if fnmatch.fnmatchcase(header, pattern):
            return homes
    return None


def known(room):
    if room.startswith('gatewayd/'):
        return room.partition('/')[2] in CORE
    return room in ROOMS or room == 'tests' or room.startswith('workers/')


def find_cycle(edges):
    """One cycle between rooms as a list, or None."""
    done, path = set(), []

    def visit(room):
        if room in path:
            return path[path.index(room):] + [room]
        if room in done:
            return None
        path.append(room)
        for other in sorted(edges.get(room, ())):
            if found := visit(other):
                return found
        done.add(path.pop())
        return None

    for room in sorted(edges):
        if found := visit(room):
            return found
    return None


def check(root=tree.ROOT):
    """Everything wrong, a line each."""
    problems, edges = [], {}
    for path in map(str, tree.files(root)):
        if not path.endswith(('.cc', '.h')):
            continue
        room = room_of(path)
        if not known(room):
            problems.append(f'{path}: the room {room} is not in tests/lint/rooms.py')
            continue
        for match in INCLUDE.finditer(text := tree.read(path, root)):
            line = text.count('\n', 0, match.start()) + 1
            ours, foreign = match.groups()
            if foreign:
                homes = home_of(foreign)
                if homes and not any(fnmatch.fnmatchcase(path, home) for home in homes):
                    problems.append(f'{path}:{line}: <{foreign}> stays in {", ".join(homes)}')
                continue
            if '/' not in ours:
                problems.append(f'{path}:{line}: "{ours}" wants its path from the root')
                continue
            other = room_of(ours)
            if ours in CORE_COMMON and room.startswith('gatewayd/'):
                continue
            if not may_include(room, other):
                problems.append(f'{path}:{line}: {room} may not include {other} ("{ours}")')
            elif room not in (other, 'tests', 'gatewayd'):
                edges.setdefault(room, set()).add(other)
    if cycle := find_cycle(edges):
        problems.append('rooms in a circle: ' + ' → '.join(cycle))
    return problems


if __name__ == '__main__':
    found = check()
    print('\n'.join(found) or 'every include is one that the tables allow')
    sys.exit(1 if found else 0)
