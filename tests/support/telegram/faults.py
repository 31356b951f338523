# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""How a call can go wrong on command."""

import dataclasses
import threading


@dataclasses.dataclass
class Fault:
    """One of: lose_answer (carried out, then the connection is closed), drop (closed before it is
    carried out), silence (neither an answer nor an end), slow (seconds, then carried out), flood
    (429 with retry_after), error (an HTTP status with a description), garbage (carried out, and
    answered with what is no JSON)."""

    kind: str
    method: str = ''       # in any case; empty: every one
    times: int = 1
    seconds: float = 0     # of slow
    retry_after: int = 1   # of flood
    status: int = 500      # of error
    description: str = 'Internal Server Error'


KINDS = {'lose_answer', 'drop', 'silence', 'slow', 'flood', 'error', 'garbage'}


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._waiting = []

    def add(self, kind, method='', **details):
        """The next calls of the method go wrong in this way; more of them wait in their turn."""
        if kind not in KINDS:
            raise ValueError(f'no such fault: {kind}')
        with self._lock:
            self._waiting.append(Fault(kind, method.lower(), **details))

    def clear(self):
        with self._lock:
            self._waiting.clear()

    def take(self, method):
        """The fault that this call suffers, or nothing."""
        with self._lock:
            for fault in self._waiting:
                if fault.method in ('', method.lower()):
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None
