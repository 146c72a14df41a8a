"""A photo looked at by a process of its own, whose death is an answer: it is no photo that anybody can look at."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from ..foundation import log
from ..service_requests.lifecycle import PhotoRefusal
from .pictures.rendering import Rendered
from .refusals import Refused

# Of the function's minute.
WITHIN_S: Final = 40.0

Look = Callable[[bytes], Rendered]


def look_apart(look: Look, data: bytes) -> Rendered:
    """What `look` makes of it.

    Raises:
        Refused: as `look` does; also `damaged`, where it dies or does not come to an end.
    """
    told, teller = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_tell, args=(teller, look, data))
    process.start()
    teller.close()  # so that its end is heard when the process dies
    try:
        answer = told.recv() if told.poll(WITHIN_S) else Refused(PhotoRefusal.DAMAGED)
    except EOFError:
        answer = Refused(PhotoRefusal.DAMAGED)
    finally:
        process.kill()
        process.join()
    if isinstance(answer, Refused):
        raise answer
    rendered: Rendered = answer
    return rendered


def _tell(teller: Connection, look: Look, data: bytes) -> None:
    try:
        teller.send(look(data))
    except Refused as refused:
        teller.send(refused)
    except Exception as error:  # its message may quote anything, and would be printed
        log.failure(error)
