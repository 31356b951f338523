# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""needed.py PROGRAM LIBRARY...: fails when the program is linked with one of the libraries. The core
stays without what only its workers need, libcurl above all."""

import os
import re
import subprocess
import sys


def needed(program):
    """The libraries that the loader brings in for the program itself, as readelf names them."""
    out = subprocess.run(['readelf', '-d', program], check=True, capture_output=True, text=True,
                         env={**os.environ, 'LC_ALL': 'C'}).stdout
    return re.findall(r'\(NEEDED\)\s+Shared library: \[(.+?)\]', out)


def forbidden(libraries, names):
    return [library for library in libraries if any(library.startswith(name) for name in names)]


if __name__ == '__main__':
    program, names = sys.argv[1], sys.argv[2:]
    libraries = needed(program)
    if not libraries:
        sys.exit(f'{program}: no NEEDED entry: not a dynamic program')
    if found := forbidden(libraries, names):
        sys.exit(f'{program} is linked with {", ".join(found)}')
    print(f'{program}: {len(libraries)} libraries, none of {", ".join(names)}')
