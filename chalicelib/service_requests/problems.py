"""What can stand in the way of doing something with a service request."""

from typing import Any

from ..catalogue import Stopper
from ..foundation.languages import Text
from ..foundation.problems import Fault, InvalidInput, Problem


class NotFound(Problem):
    status = 404
    slug = "service-request-not-found"
    title = Text(fr="Demande introuvable", en="No such service request")

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Aucune demande de ce numéro ici. Vérifiez-le : dix symboles, par exemple 7K3Q9-XPTM3.",
                en="There is no service request of this number here. Check it: ten symbols, such as 7K3Q9-XPTM3.",
            )
        )


class Stopped(InvalidInput):
    """An answer says that it is too urgent for the counter, or somebody else's (`kind`); `phone` is whom to call."""

    slug = "stopped"
    title = Text(fr="Téléphonez au lieu d'écrire", en="Call instead of writing")

    def __init__(self, stopper: Stopper, faults: list[Fault], **extensions: Any) -> None:
        super().__init__(faults, **extensions | {"kind": stopper.kind, "phone": stopper.phone})
        self.detail = stopper.say


class WrongToken(Problem):
    status = 403
    slug = "wrong-tracking-token"
    title = Text(
        fr="Il faut le jeton de suivi de cette demande", en="This takes the tracking token of this service request"
    )

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Envoyez comme Tracking-Token le jeton reçu avec la demande; pour la seule vue publique, aucun.",
                en="Send as Tracking-Token the token received with the service request; for the public view, none.",
            )
        )


class KeyReused(Problem):
    status = 422
    slug = "idempotency-key-reused"
    title = Text(
        fr="Cette Idempotency-Key a servi à un autre envoi", en="This Idempotency-Key was used for something else"
    )

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Une clé vaut pour un envoi et ses répétitions à l'identique. Prenez une nouvelle clé.",
                en="A key stands for one submission and its identical repeats. Take a new key.",
            )
        )


class UpdateIdReused(Problem):
    status = 409
    slug = "update-id-reused"
    title = Text(fr="Cet update_id a servi à un autre compte rendu", en="This update_id was used for another report")

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Un update_id vaut pour un compte rendu et ses répétitions à l'identique. Prenez-en un nouveau.",
                en="An update_id stands for one report and its identical repeats. Take a new one.",
            )
        )


class NotHere(Problem):
    status = 409
    slug = "transferred"
    title = Text(fr="Cette demande est passée à une autre unité", en="This service request has gone to another unit")

    def __init__(self, unit: str) -> None:
        super().__init__(
            Text(fr=f"L'unité « {unit} » s'en occupe.", en=f"Unit “{unit}” has it."),
            unit=unit,
        )


class IsDuplicate(Problem):
    status = 409
    slug = "duplicate-of-a-duplicate"
    title = Text(fr="L'autre demande est elle-même un double", en="The other service request is a duplicate itself")

    def __init__(self, original: str) -> None:
        super().__init__(
            Text(fr=f"Donnez l'originale : {original}.", en=f"Give the original: {original}."),
            duplicate_of=original,
        )


class NotHeld(Problem):
    status = 409
    slug = "not-held"
    title = Text(fr="Cette demande n'est pas retenue", en="This service request is not held")

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="On n'écarte que ce qui a été retenu comme faisant partie d'une rafale.",
                en="Only what was held as part of a burst is set aside.",
            )
        )


class NotSupportable(Problem):
    status = 409
    slug = "not-supportable"
    title = Text(fr="Cette demande ne peut plus être appuyée", en="This service request can no longer be supported")
