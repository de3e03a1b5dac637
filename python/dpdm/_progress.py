"""How far a call is, on standard error or in a notebook."""
from __future__ import annotations

import sys
import time
from typing import Any, Callable, Optional, Union

Progress = Union[None, bool, Callable[[str, str, int, int, str], Any]]


class _Bar:
    """One line, rewritten a few times a second; a new one for each thing that is done."""

    def __init__(self) -> None:
        self.what, self.begun, self.first, self.shown = "", 0.0, 0, 0.0
        self.display = self._notebook()

    @staticmethod
    def _notebook() -> Any:
        try:
            shell = sys.modules["IPython"].get_ipython()
            if shell is None or type(shell).__name__ != "ZMQInteractiveShell":
                return None
            from IPython.display import display
            return display("", display_id=True)
        except (KeyError, AttributeError, ImportError):
            return None

    def __call__(self, what: str, unit: str, done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if what != self.what:
            self.end()
            self.what, self.begun, self.first, self.shown = what, now, done, 0.0
        if now - self.shown < 0.2 and done < total:
            return
        self.shown = now
        rate = (done - self.first) / (now - self.begun) if now > self.begun else 0
        left = f", {(total - done) / rate:.0f} s left" if rate > 0 and done < total else ""
        filled = 20 * done // total if total else 20
        line = f"{what} [{'#' * filled}{'.' * (20 - filled)}] {done}/{total} {unit}{left}  {note}"
        if self.display is not None:
            self.display.update({"text/plain": line}, raw=True)
        else:
            sys.stderr.write("\r\x1b[2K" + line)
            sys.stderr.flush()

    def end(self) -> None:
        if self.what and self.display is None:
            sys.stderr.write("\n")
        self.what = ""


def bar(progress: Progress) -> tuple[Optional[Callable[..., Any]], Callable[[], None]]:
    """The function to tell and the one to end with. None: a bar in terminals and notebooks, silence elsewhere."""
    if callable(progress):
        return progress, lambda: None
    made = _Bar()
    if progress is False or (progress is None and made.display is None and not sys.stderr.isatty()):
        return None, lambda: None
    return made, made.end
