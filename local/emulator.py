"""The emulator of AWS as a child process: start, wait until ready, stop."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .stages import REGION, ROOT

PYTHON: Final = ROOT / ".venv-cloud" / "bin" / "python"
READY_WITHIN: Final = 60.0
STOPPED_WITHIN: Final = 60.0  # it saves its state first


class EmulatorError(Exception):
    """The emulator did not start or did not live."""


class Emulator:
    """ministack on a loopback port, its state in a directory. A context: running inside, stopped and saved after."""

    def __init__(self, port: int, state: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = state / "emulator.log"
        self._environment = {
            # Nothing else of ours: the functions inherit it, and a developer's AWS profile is not their business.
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(state),
            # Without AUTH no signature is verified and no policy evaluated; the default bind is the whole network.
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
            "TMPDIR": str(state / "tmp"),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }

    def __enter__(self) -> Self:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "local.emulator_main"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,  # its end tells the child that we are gone, however we went
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours to handle: it would also hit every function in mid-work
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def check(self) -> None:
        """See that it lives.

        Raises:
            EmulatorError: it does not.
        """
        if self._process.poll() is not None:
            raise EmulatorError(f"The local cloud died. {self._last_words()}")

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            self.check()
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/ready", timeout=2) as answer:  # noqa: S310
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        raise EmulatorError(f"The local cloud did not start. {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
        return "\n".join([f"The end of {self.log}:", *lines])

    def _stop(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            print("The emulator does not stop; ended by force.", file=sys.stderr)
            self._process.kill()
            self._process.wait()
