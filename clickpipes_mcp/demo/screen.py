"""A terminal whose reader may leave before the end, as `head` does."""

import os
from io import UnsupportedOperation

from rich.console import Console
from typing_extensions import override


class Screen(Console):
    """A console that goes quiet, instead of ending the program, once nobody reads it any more."""

    is_unread = False

    @override
    def on_broken_pipe(self) -> None:
        self.quiet = self.is_unread = True
        try:
            descriptor = self.file.fileno()
        except UnsupportedOperation:
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)  # what is still buffered has to go somewhere
        os.close(nowhere)
