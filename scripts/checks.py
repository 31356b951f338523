# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Every check of gatewayd in one run; scripts/test starts it.

A step that fails does not stop the others. What a step says goes to build/logs/, its end is printed
when it fails. The last line counts every case of every build, and each step without cases as one.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / 'build'
LOGS = BUILD / 'logs'
JOBS = len(os.sched_getaffinity(0))

GCC = ('gcc', 'g++')
CLANG = ('clang-19', 'clang++-19')
SANITIZE = ['-Db_sanitize=address,undefined', '-Db_lundef=false', '-Doptimization=1']

# A finding ends the program, and so the test; leaks stay findings.
SANITIZER_ENVIRONMENT = {
    'ASAN_OPTIONS': 'detect_leaks=1:abort_on_error=0:halt_on_error=1:strict_string_checks=1',
    'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
}

# Seconds a step may take before it is ended and counts as failed.
BUILD_LIMIT = 1500
TESTS_LIMIT = 900
SHORT_LIMIT = 300
SOAK_LIMIT = 4 * 3600


@dataclasses.dataclass
class Variant:
    """One configuration of the tree, built in build/<name>."""

    name: str
    compilers: tuple
    arguments: list
    timeout_multiplier: int = 1
    environment: dict = dataclasses.field(default_factory=dict)

    @property
    def directory(self):
        return BUILD / self.name


VARIANTS = {
    'gcc': Variant('gcc', GCC, []),
    'clang': Variant('clang', CLANG, []),
    'san': Variant('san', CLANG, SANITIZE, 4, SANITIZER_ENVIRONMENT),
    'fuzz': Variant('fuzz', CLANG, [*SANITIZE, '-Dfuzz=true',
                                    '-Dcpp_args=-fsanitize=fuzzer-no-link'],
                    1, SANITIZER_ENVIRONMENT),
}


class Score:
    """What passed and what failed so far."""

    def __init__(self):
        self.passed = 0
        self.failed = []

    def step(self, name, ok):
        if ok:
            self.passed += 1
        else:
            self.failed.append(name)
        return ok


def run(name, argv, *, limit, environment=None):
    """Runs argv into build/logs/<name>.log. Returns (ended well, seconds, the log's path)."""
    log = LOGS / (name.replace(' ', '-') + '.log')
    started = time.monotonic()
    with log.open('w', encoding='utf-8') as out:
        process = subprocess.Popen(
            [str(a) for a in argv], cwd=ROOT, env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            ok = process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            out.write(f'\nended: it took longer than {limit} s\n')
            ok = False
        finally:
            # Also what a step may have left running; nobody else is in its group.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    return ok, time.monotonic() - started, log


def report(name, verdict, seconds):
    print(f'{name:<18}{verdict:<26}{seconds:6.0f} s', flush=True)


def print_tail(log, lines=60):
    text = log.read_text(encoding='utf-8', errors='replace').splitlines()
    print(f'--- the end of {log.relative_to(ROOT)}')
    print('\n'.join(text[-lines:]))
    print('---', flush=True)


def simple_step(score, name, argv, *, limit, environment=None):
    """A step without cases of its own: it counts as one."""
    ok, seconds, log = run(name, argv, limit=limit, environment=environment)
    report(name, 'ok' if ok else 'FAILED', seconds)
    if not ok:
        print_tail(log)
    return score.step(name, ok)


def configure(variant):
    """Sets the build directory up, anew when it was made with other arguments. Afterwards it knows
    of all targets and tests that the tree has."""
    compiler = [f'CC=ccache {variant.compilers[0]}', f'CXX=ccache {variant.compilers[1]}']
    arguments = ['-Dwerror=true', *variant.arguments]
    stamp = variant.directory / '.arguments'
    wanted = '\n'.join(compiler + arguments)
    argv = ['env', *compiler, 'meson', 'setup', variant.directory, *arguments]
    if (variant.directory / 'build.ninja').exists():
        if stamp.exists() and stamp.read_text() == wanted:
            argv = ['ninja', '-C', variant.directory, 'build.ninja']
        else:
            shutil.rmtree(variant.directory)
    ok, seconds, log = run(f'{variant.name} setup', argv, limit=SHORT_LIMIT)
    if not ok:
        report(f'{variant.name} setup', 'FAILED', seconds)
        print_tail(log)
        return False
    stamp.write_text(wanted)
    return True


def build(score, variant, targets=()):
    if not configure(variant):
        return score.step(f'{variant.name} setup', False)
    return simple_step(score, f'{variant.name} build',
                       ['ninja', '-C', variant.directory, '-k', '0', '-j', JOBS, *targets],
                       limit=BUILD_LIMIT)


def introspect(variant, what):
    out = subprocess.run(['meson', 'introspect', f'--{what}', variant.directory], cwd=ROOT,
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)


DOCTEST = re.compile(r'\[doctest\] test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed')
UNITTEST = re.compile(r'^Ran (\d+) tests? in ', re.MULTILINE)
SKIPPED = re.compile(r'^(?:OK|FAILED) \(.*\bskipped=(\d+)', re.MULTILINE)
FAILED_CASE = re.compile(r'^(?:TEST CASE:\s+|(?:FAIL|ERROR): )(.+)$', re.MULTILINE)


def count(entry):
    """(cases passed, names of what failed) of one line of testlog.json."""
    said = re.sub(r'\x1b\[[0-9;]*m', '', entry.get('stdout', '') + entry.get('stderr', ''))
    if entry['result'] == 'SKIP':
        return 0, []
    ok = entry['result'] == 'OK'
    cases = [tuple(map(int, found)) for found in DOCTEST.findall(said)]
    skipped = sum(map(int, SKIPPED.findall(said)))
    passed = sum(found[1] for found in cases) + sum(map(int, UNITTEST.findall(said))) - skipped
    if ok:
        return (passed if passed or skipped else 1), []
    failed = list(dict.fromkeys(name.strip() for name in FAILED_CASE.findall(said)))
    if not cases:
        passed = max(0, passed - len(failed))
    return passed, [f'{entry["name"]}: {name}' for name in failed] or [entry['name']]


def tests(score, variant, suites, limit=TESTS_LIMIT):
    name = f'{variant.name} tests'
    present = {suite.rpartition(':')[2] for test in introspect(variant, 'tests')
               for suite in test['suite']}
    for suite in suites:
        if suite not in present:
            print(f'{variant.name}: there are no tests in suite {suite}')
            score.step(f'{name}: suite {suite} is empty', False)
    suites = [suite for suite in suites if suite in present]
    if not suites:
        return
    base = f'testlog-{"-".join(suites)}'
    json_log = variant.directory / 'meson-logs' / f'{base}.json'
    json_log.unlink(missing_ok=True)
    argv = ['meson', 'test', '-C', variant.directory, '--no-rebuild', '--print-errorlogs',
            '--num-processes', JOBS, '--logbase', base,
            '--timeout-multiplier', variant.timeout_multiplier]
    for suite in suites:
        argv += ['--suite', suite]
    ok, seconds, log = run(f'{name} {" ".join(suites)}', argv, limit=limit,
                           environment={**variant.environment,
                                        'GATEWAYD_BUILD': str(variant.directory)})
    passed, failed = 0, []
    if json_log.exists():
        for line in json_log.read_text(encoding='utf-8').splitlines():
            more, bad = count(json.loads(line))
            passed += more
            failed += [f'{variant.name}: {case}' for case in bad]
    if not ok and not failed:
        failed.append(f'{name}: ended badly, see {log.relative_to(ROOT)}')
    score.passed += passed
    score.failed += failed
    report(name, f'{passed} passed, {len(failed)} failed', seconds)
    if failed:
        print_tail(log, 120)


def tracked(*patterns):
    out = subprocess.run(['git', 'ls-files', '-z', *patterns], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout
    return [path for path in out.split('\0') if path and (ROOT / path).exists()]


def step_format(score, options):
    simple_step(score, 'format', ['clang-format-19', '--dry-run', '-Werror',
                                  *tracked('*.cc', '*.h')], limit=SHORT_LIMIT)


def step_gcc(score, options):
    if build(score, VARIANTS['gcc']):
        tests(score, VARIANTS['gcc'],
              ['unit', 'lint'] if options.quick else ['unit', 'lint', 'sim', 'process'])


def step_clang(score, options):
    if build(score, VARIANTS['clang']):
        tests(score, VARIANTS['clang'], ['unit'])


def step_san(score, options):
    if build(score, VARIANTS['san']):
        tests(score, VARIANTS['san'], ['unit', 'sim-short', 'process'])


def step_fuzz(score, options):
    """Each target for a few seconds: that it builds and survives its seeds, not a search."""
    variant = VARIANTS['fuzz']
    if not configure(variant):
        score.step('fuzz setup', False)
        return
    # Of this configuration nothing but the targets is wanted.
    home = str(ROOT / 'tests' / 'fuzz')
    programs = [pathlib.Path(target['filename'][0]).relative_to(variant.directory)
                for target in introspect(variant, 'targets')
                if target['type'] == 'executable' and target['defined_in'].startswith(home)]
    if build(score, variant, programs):
        tests(score, variant, ['fuzz'])


def step_interop(score, options):
    if not simple_step(score, 'interop packages', ['scripts/setup', 'tests/interop'],
                       limit=SHORT_LIMIT):
        return
    # A build directory from before may not know of Node yet.
    directory = VARIANTS['gcc'].directory
    if directory.exists():
        run('gcc setup', ['meson', 'setup', '--reconfigure', directory], limit=SHORT_LIMIT)
    if build(score, VARIANTS['gcc']):
        tests(score, VARIANTS['gcc'], ['interop'])


def step_soak(score, options):
    if build(score, VARIANTS['gcc']):
        tests(score, VARIANTS['gcc'], ['soak'], limit=SOAK_LIMIT)


def step_tidy(score, options):
    """The programs' own sources; tests may look at what was moved from."""
    if build(score, VARIANTS['clang']):
        simple_step(score, 'tidy', ['run-clang-tidy-19', '-quiet', '-j', JOBS, '-p',
                                    VARIANTS['clang'].directory,
                                    r'^(?!.*(/build/|/tests/)).*\.cc$'],
                    limit=BUILD_LIMIT * 2)


STEPS = {
    'format': step_format,
    'gcc': step_gcc,
    'clang': step_clang,
    'san': step_san,
    'fuzz': step_fuzz,
    'interop': step_interop,
    'soak': step_soak,
    'tidy': step_tidy,
}
ALWAYS = ['format', 'gcc', 'clang', 'san', 'fuzz']


def chosen(options):
    if options.only:
        return [name for name in STEPS if name in options.only]
    steps = ['format', 'gcc'] if options.quick else list(ALWAYS)
    return steps + [name for name in ('interop', 'soak') if getattr(options, name)]


def arguments():
    parser = argparse.ArgumentParser(
        prog='scripts/test', formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Builds gatewayd and runs its checks.',
        epilog='steps: format, gcc (unit, sim, process, lint), clang (unit), san (unit, sim, '
               'process\nunder ASan and UBSan), fuzz (a few seconds each); on demand interop, soak, tidy')
    parser.add_argument('--quick', action='store_true', help='format, gcc build, unit and lint')
    parser.add_argument('--interop', action='store_true',
                        help='also the tests with published clients (npm)')
    parser.add_argument('--soak', action='store_true', help='also the long tests')
    parser.add_argument('--only', nargs='+', choices=STEPS, metavar='STEP', help='just these steps')
    return parser.parse_args()


def main():
    options = arguments()
    LOGS.mkdir(parents=True, exist_ok=True)
    score = Score()
    started = time.monotonic()
    for name in chosen(options):
        try:
            STEPS[name](score, options)
        except Exception as error:  # A broken step is a failed one; the others still run.
            print(f'{name}: {error!r}')
            score.step(f'{name}: {error}', False)
    report('all', '', time.monotonic() - started)
    if score.failed:
        print('\nFailed:')
        for name in score.failed:
            print(f'  {name}')
    print(f'{score.passed} passed, {len(score.failed)} failed')
    return 1 if score.failed else 0


if __name__ == '__main__':
    sys.exit(main())
