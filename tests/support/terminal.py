# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A program on a terminal that a test types into and looks at: tmux, with a socket of its own."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from support.gateway import clean_environment
from support.processes import Process, Timeout, wait_until


class Terminal(Process):
    """The process is tmux; what it shows goes when it goes."""

    def __init__(self, argv, columns, rows, *, env=None):
        self._room = tempfile.TemporaryDirectory(prefix='gatewayd-tmux-')
        room = pathlib.Path(self._room.name)
        self._tmux = [shutil.which('tmux'), '-S', room / 'socket', '-u']
        self._pane_pid = None
        (room / 'tmux.conf').write_text('set -g status off\nset -g remain-on-exit on\n', encoding='utf-8')
        self._env = dict(clean_environment() if env is None else env, LC_ALL='C.UTF-8', TERM='xterm-256color')
        self._env.pop('TMUX', None)
        super().__init__([*self._tmux, '-f', room / 'tmux.conf', '-D'], env=self._env)
        try:
            wait_until((room / 'socket').exists, 10, 'tmux listens')
            self._pane_pid = int(self._do('new-session', '-d', '-x', columns, '-y', rows, '-P', '-F',
                                          '#{pane_pid}', *argv))
        except BaseException:
            self.kill()
            raise

    def _do(self, *arguments):
        # The program gets the PATH of whoever asks for it, not that of the server.
        done = subprocess.run([*map(str, self._tmux), *map(str, arguments)], env=self._env,
                              capture_output=True, text=True, encoding='utf-8', timeout=10, check=False)
        if done.returncode != 0:
            raise Timeout(f'tmux {arguments[0]}: {done.stderr}')
        return done.stdout

    def type(self, text):
        self._do('send-keys', '-l', '--', text)

    def type_line(self, text):
        self.type(text)
        self._do('send-keys', 'Enter')

    def screen(self):
        """Its rows, from the top, without the blanks at their ends."""
        return [row.rstrip() for row in self._do('capture-pane', '-p').splitlines()]

    def wait(self, predicate, what, seconds=10):
        """As wait_until; a failure shows the screen."""
        try:
            return wait_until(predicate, seconds, what)
        except Timeout as failure:
            raise Timeout(f'{failure}; on the screen:\n' + '\n'.join(self.screen())) from None

    def wait_shown(self, part, seconds=10):
        """The first row that contains part."""
        return self.wait(lambda: next((row for row in self.screen() if part in row), None),
                         f'{part!r} is shown', seconds)

    def kill(self):
        # The program leads a session of its own.
        if self._pane_pid is not None:
            try:
                os.killpg(self._pane_pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._pane_pid = None
        super().kill()
        self._room.cleanup()
