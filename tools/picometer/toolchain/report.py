"""What the user sees while something is fetched or built."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

_DETAIL_WIDTH = 60


class Report:
    """Says nothing; the base of reports that do."""

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Wrap a piece of work called `title`; yields a call that shows its latest detail."""
        yield lambda detail: None

    def have(self, title: str, where: object) -> None:
        """Say that `title` is there already, or is now."""


class TerminalReport(Report):
    """One line per step on stderr, with a spinner and the elapsed time while it runs."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr, highlight=False)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        started = time.monotonic()
        name = escape(title)
        with self._console.status(name) as status:

            def show(detail: str) -> None:
                elapsed = time.monotonic() - started
                latest = escape(detail.strip()[:_DETAIL_WIDTH])
                status.update(f"{name} [dim]{elapsed:.0f} s  {latest}[/]")

            yield show
        elapsed = time.monotonic() - started
        self._console.print(f"[green]done[/] {name} [dim]{elapsed:.1f} s[/]", soft_wrap=True)

    def have(self, title: str, where: object) -> None:
        self._console.print(
            f"[green]have[/] {escape(title):18} [dim]{escape(str(where))}[/]", soft_wrap=True
        )
