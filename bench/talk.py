"""Control the bench's processes, by one line of JSON for each command."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Self

from e2e.services import ROOT


class Told:
    """`python -m MODULE`, spoken to over its input and output. A context manager."""

    def __init__(self, module: str, env: Mapping[str, str] | None = None) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=None if env is None else dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._popen.stdin is not None and self._popen.stdout is not None
        self._input, self._output = self._popen.stdin, self._popen.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._input.close()
        try:
            self._popen.wait(5)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def do(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Have it done, and return the answer. Raises RuntimeError when the process has ended."""
        self.ask(what, **arguments)
        return self.answer()

    def ask(self, what: str, **arguments: Any) -> None:
        """Have it done, for who asks others as well before `answer` is waited for."""
        self._input.write(json.dumps({"do": what, **arguments}) + "\n")
        self._input.flush()

    def answer(self) -> dict[str, Any]:
        """Return the answer to what was asked. Raises RuntimeError when the process has ended."""
        line = self._output.readline()
        if not line:
            raise RuntimeError("a process of the bench has ended, see what it wrote above")
        answer: dict[str, Any] = json.loads(line)
        return answer
