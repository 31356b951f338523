# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The files of the project, for the checks beside this one."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

_SKIPPED = ('node_modules', '__pycache__')


def files(root=ROOT):
    """Paths relative to root: what git tracks or would track, or everything where there is no git
    (a release archive)."""
    try:
        out = subprocess.run(
            ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=root,
            check=True, capture_output=True, text=True).stdout
        found = [pathlib.PurePosixPath(path) for path in out.split('\0') if path]
    except (OSError, subprocess.CalledProcessError):
        found = [pathlib.PurePosixPath(path.relative_to(root)) for path in root.rglob('*')]
    return sorted(path for path in found
                  if (root / path).is_file() and not path.parts[0].startswith('build')
                  and not any(part in _SKIPPED for part in path.parts))


def read(path, root=ROOT):
    return (root / path).read_text(encoding='utf-8', errors='replace')
