"""What can stand in the way of doing something with a photo."""

from ..foundation.languages import Text
from ..foundation.problems import Problem


class PhotoNotFound(Problem):
    """There is none, or it is not there yet, or not for this caller: the same answer, which tells none of these."""

    status = 404
    slug = "photo-not-found"
    title = Text(fr="Photo introuvable", en="No such photo")

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Aucune photo à voir ici sous ce photo_id. Relisez la demande : elle dit ce qu'il en est.",
                en="There is no photo to be seen here under this photo_id. Read the service request: it tells.",
            )
        )
