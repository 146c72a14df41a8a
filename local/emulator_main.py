"""The process that plays AWS: ministack, with what it lacks to be stopped, killed and started again without loss.

Runs in the emulator's own environment (`.venv-cloud`); `emulator.py` starts it. It leans on ministack's internals,
which promise nothing: therefore `requirements.txt` beside this file pins its version, and a system test stops, kills
and restarts it.
"""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NoReturn

SAVE_EVERY: Final = 10.0  # seconds; what a kill -9 can lose
# They grow without bound and nobody misses them after a kill; with them a save would take longer and longer.
NOT_SAVED_WHILE_RUNNING: Final = frozenset({"cloudwatch", "cloudwatch_logs", "cloudtrail"})


def forget_stream_positions(services: Path) -> None:
    """Let streams be read from their beginning.

    ministack restores how far it had read but not what there was to read: records written after a restart would lie
    before the position and never be relayed.
    """
    state = services / "lambda.json"
    if state.exists():
        saved = json.loads(state.read_text(encoding="utf-8"))
        saved["payload"].pop("dynamodb_stream_positions", None)
        state.write_text(json.dumps(saved), encoding="utf-8")


def empty(directory: Path) -> None:
    """Remove what functions left behind, but for what one that starts at this moment puts there."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)


def save_now_and_then() -> None:
    """Save the state while it runs: ministack itself does so only at its end."""
    from ministack import app
    from ministack.core.persistence import save_state

    while True:
        time.sleep(SAVE_EVERY)
        states = app._build_persistence_save_dict()  # noqa: SLF001 - there is no public way
        # On the loop that serves requests: nothing changes while it is copied, and all is of the same moment.
        copying = _copies(states)
        try:
            copied = asyncio.run_coroutine_threadsafe(copying, app._MAIN_LOOP).result()  # noqa: SLF001
        except RuntimeError:  # it has just been stopped, and saves by itself
            copying.close()
            return
        # Tables before queues, should we be killed in between: what a table calls delivered must be on its queue.
        for name in sorted(copied, key=lambda name: (name == "sqs", name != "dynamodb")):
            save_state(name, copied[name])


async def _copies(states: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    return {name: get_state() for name, get_state in states.items() if name not in NOT_SAVED_WHILE_RUNNING}


def end_with_parent() -> None:
    """Stop in good order once standard input closes, which it does when whoever started this process dies."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def let_functions_die_alone() -> None:
    """Keep the death of one function's process from ending all others.

    One that is killed while it starts makes ministack end every process of that function, those that are starting too,
    which then fail the same way, and again. And let them start one after the other: each unpacks a package and imports
    it, and many at once only wait for one another.
    """
    from ministack.core.lambda_runtime import Worker

    invoke, spawn, one_at_a_time = Worker.invoke, Worker._spawn, threading.Lock()  # noqa: SLF001

    def invoke_alone(self: Any, *args: Any, **options: Any) -> Any:
        try:
            return invoke(self, *args, **options)
        except Exception as error:
            self._proc = None
            return {"status": "error", "error": f"the process ended: {error}"}

    def spawn_in_turn(self: Any) -> None:
        with one_at_a_time:
            spawn(self)

    Worker.invoke, Worker._spawn = invoke_alone, spawn_in_turn  # noqa: SLF001


def unpack_once(packages: Path) -> None:
    """Let all processes of a function share one unpacked package, compiled by the first of them.

    Each would have 1 600 files of its own, which in a storm is a hundred times that: most of a process's start, and a
    minute to remove at the end.
    """
    from ministack.core import lambda_runtime

    class SharedPackage(zipfile.ZipFile):
        def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
            with Path(str(self.filename)).open("rb") as file:
                unpacked = packages / hashlib.file_digest(file, "sha256").hexdigest()
            if not unpacked.exists():
                packages.mkdir(exist_ok=True)
                partly = tempfile.mkdtemp(dir=packages)
                super().extractall(partly, members, pwd)
                Path(partly).rename(unpacked)
            for entry in unpacked.iterdir():
                (Path(path) / entry.name).symlink_to(entry)

    shared = vars(zipfile) | {"ZipFile": SharedPackage}
    lambda_runtime.zipfile = SimpleNamespace(**shared)


def end_when_saved(temporary: Path) -> None:
    """End once all is saved: the last that ministack does after it has answered, for three seconds, what it was asked.

    It would go on to wait for every function that still runs, up to its timeout, though nobody hears its answer and
    nothing that it does is kept.
    """
    import hypercorn.asyncio

    serve = hypercorn.asyncio.serve

    async def serve_and_end(*args: Any, **options: Any) -> None:
        await serve(*args, **options)
        end(temporary, 0)

    hypercorn.asyncio.serve = serve_and_end


def end(temporary: Path, status: int) -> NoReturn:
    empty(temporary)
    sys.stderr.flush()
    os._exit(status)


def main() -> None:
    forget_stream_positions(Path(os.environ["STATE_DIR"]))
    temporary = Path(os.environ["TMPDIR"])
    empty(temporary)
    from ministack.app import main as ministack

    let_functions_die_alone()
    unpack_once(temporary / "packages")
    end_when_saved(temporary)
    threading.Thread(target=save_now_and_then, daemon=True).start()
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]  # it parses arguments of its own
    try:
        ministack()
    except BaseException:
        traceback.print_exc()
    end(temporary, 1)


if __name__ == "__main__":
    main()
