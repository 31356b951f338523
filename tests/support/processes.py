# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Child processes that cannot be left behind: each leads a process group that is killed at the end,
and dies with whoever started it."""

import ctypes
import os
import signal
import subprocess
import threading
import time

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


class Timeout(Exception):
    pass


def wait_until(predicate, seconds, what):
    """Returns the first true value of predicate(). For what has no event to wait for."""
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f'{what}: not within {seconds} s')
        time.sleep(0.01)


class Process:
    """A program whose output is kept line by line."""

    def __init__(self, argv, *, env=None, cwd=None, cpu=None, stdin=None, user=None):
        def prepare():
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if cpu is not None:
                os.sched_setaffinity(0, {cpu})

        self.argv = [str(a) for a in argv]
        self.lines = []
        self._changed = threading.Condition()
        self._popen = subprocess.Popen(
            self.argv, env=env, cwd=cwd, stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, user=user,
            preexec_fn=prepare, text=True, errors='replace')
        self.stdin = self._popen.stdin
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def pid(self):
        return self._popen.pid

    @property
    def exit_code(self):
        """None while it runs."""
        return self._popen.poll()

    def _read(self):
        for line in self._popen.stdout:
            with self._changed:
                self.lines.append(line.rstrip('\n'))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_line(self, predicate, seconds, what):
        """The first line, past or future, for which predicate(line) is true."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self._changed:
            while True:
                for line in self.lines[seen:]:
                    if predicate(line):
                        return line
                seen = len(self.lines)
                left = deadline - time.monotonic()
                if left <= 0 or (self.exit_code is not None and not self._reader.is_alive()):
                    raise Timeout(f'{what}: not said within {seconds} s (exit code '
                                  f'{self.exit_code}); it said:\n' + self.output())
                self._changed.wait(min(left, 0.2))

    def output(self):
        return '\n'.join(self.lines)

    def signal(self, number):
        self._popen.send_signal(number)

    def wait(self, seconds):
        """The exit code."""
        try:
            code = self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Timeout(f'{self.argv[0]} did not end within {seconds} s; it said:\n' +
                          self.output()) from None
        self._reader.join(1)
        return code

    def terminate(self, seconds=10):
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        """Ends the whole group, whatever state it is in."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()
        self._reader.join(1)
        self._popen.stdout.close()


def children_of(pid):
    """(pid, program) of the direct children."""
    found = []
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/children', encoding='ascii') as file:
            for child in file.read().split():
                try:
                    with open(f'/proc/{child}/comm', encoding='utf-8') as comm:
                        found.append((int(child), comm.read().strip()))
                except (FileNotFoundError, ProcessLookupError):
                    pass  # it ended in the meantime
    return found


def has_ended(pid):
    """Also when nobody has reaped it yet: what became an orphan waits for that, maybe for long."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] in 'ZX'
    except (FileNotFoundError, ProcessLookupError):
        return True
