# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Rows with a goal, printed as one table a section."""

import dataclasses


@dataclasses.dataclass
class Row:
    what: str
    measured: str  # the numbers themselves, for people
    value: float   # what is judged
    goal: float | None = None  # None: shown, not judged
    stretch: float | None = None
    at_most: bool = True       # False: at least
    unit: str = ''             # of value; '' is a ratio
    is_estimate: bool = False  # shown beside its goal, not judged

    def verdict(self):
        if self.goal is None:
            return ''
        if self.is_estimate:
            return 'estimate'
        if self._reaches(self.stretch):
            return 'stretch'
        return 'goal' if self._reaches(self.goal) else 'MISSED'

    def _reaches(self, bound):
        return self.value <= bound if self.at_most else self.value >= bound


def number(value):
    if value >= 1000:
        return f'{value:,.0f}'
    if value >= 100:
        return f'{value:.0f}'
    return f'{value:.2f}'


def bound(row, value):
    return '' if value is None else ('≤ ' if row.at_most else '≥ ') + number(value)


def print_table(title, rows):
    cells = [('', 'measured (medians)', 'value', 'goal', 'stretch', '')]
    for row in rows:
        unit = f' {row.unit}' if row.unit else ''
        cells.append((row.what, row.measured, number(row.value) + unit,
                      bound(row, row.goal), bound(row, row.stretch), row.verdict()))
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    print(f'\n{title}')
    for row in cells:
        print('  ' + '  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(),
              flush=True)
