"""The process that plays AWS: ministack, with what it lacks to be stopped, killed and started again without loss.

Runs in the emulator's own environment (`.venv-cloud`); `emulator.py` starts it. It leans on ministack's internals,
which promise nothing: therefore `requirements.txt` beside this file pins its version, and a system test stops, kills
and restarts it.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

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
    """Remove what functions that were killed left behind: an unpacked package each."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)


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


def main() -> None:
    forget_stream_positions(Path(os.environ["STATE_DIR"]))
    temporary = Path(os.environ["TMPDIR"])
    empty(temporary)
    from ministack.app import main as ministack

    let_functions_die_alone()
    threading.Thread(target=save_now_and_then, daemon=True).start()
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]  # it parses arguments of its own
    status = 1
    try:
        ministack()
        status = 0
    except BaseException:
        traceback.print_exc()
    empty(temporary)
    # All is saved. A thread that waits for a function's answer would keep this process up to the function's timeout.
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
