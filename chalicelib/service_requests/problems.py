"""What can stand in the way of doing something with a service request."""

from ..foundation.languages import Text
from ..foundation.problems import Problem


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


class WrongToken(Problem):
    status = 403
    slug = "wrong-tracking-token"
    title = Text(
        fr="Ce jeton de suivi n'ouvre pas cette demande", en="This tracking token does not open this service request"
    )

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Envoyez le jeton reçu avec la demande, ou n'en envoyez pas pour la vue publique.",
                en="Send the token received with the service request, or none for the public view.",
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
