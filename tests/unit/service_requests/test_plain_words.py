"""What anybody understands of where a service request stands."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.foundation.languages import Text
from chalicelib.service_requests.lifecycle import Action, RefusalReason, Resolution, Status
from chalicelib.service_requests.plain_words import so_far
from chalicelib.service_requests.timeline import Change
from tests.support.examples import CITIZEN, NOW, entry_id, submitted, unit_actor

MONTREAL = ZoneInfo("America/Toronto")
UNIT = Text(fr="Arrondissement de Ville-Marie", en="Borough of Ville-Marie")
VM = unit_actor("VM")
EXPECTED = datetime(2026, 1, 12, 22, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=1), NOW + timedelta(days=20)
STANDS = {
    "submitted": (
        "Nous avons reçu la demande et la transmettons à : Arrondissement de Ville-Marie.",
        "We have received the request and are sending it to: Borough of Ville-Marie.",
    ),
    "queued": (
        "La demande est transmise à : Arrondissement de Ville-Marie.",
        "The request has been sent to: Borough of Ville-Marie.",
    ),
    "acknowledged": (
        "La demande est acceptée par : Arrondissement de Ville-Marie.",
        "The request is accepted by: Borough of Ville-Marie.",
    ),
    "in_progress": (
        "Le travail est commencé. Responsable : Arrondissement de Ville-Marie.",
        "Work has started. Responsible: Borough of Ville-Marie.",
    ),
    "reopened": (
        "La demande est rouverte. Responsable : Arrondissement de Ville-Marie.",
        "The request is reopened. Responsible: Borough of Ville-Marie.",
    ),
}
ASKED = (
    "Une question attend une réponse; le délai est suspendu jusque-là. Responsable : Arrondissement de Ville-Marie.",
    "A question awaits an answer; the clock is stopped until then. Responsible: Borough of Ville-Marie.",
)
HELD = (
    "Nous avons reçu la demande. Une personne la vérifie avant de la transmettre.",
    "We have received the request. Somebody looks at it before it is sent on.",
)
CLOSED = [
    (
        {"action": Action.RESOLVE, "resolution": Resolution.FIXED},
        "C'est fait : terminé le 6 janvier 2026.",
        "Done on January 6, 2026.",
    ),
    (
        {"action": Action.RESOLVE, "resolution": Resolution.NOTHING_FOUND},
        "Vérifié le 6 janvier 2026 : il n'y avait rien à faire sur place.",
        "Checked on January 6, 2026: there was nothing to be done there.",
    ),
    (
        {"action": Action.REFUSE, "reason": RefusalReason.NOT_OURS},
        "Demande fermée le 6 janvier 2026 : ce n'est pas du ressort de la Ville.",
        "Closed on January 6, 2026: this is not the city's to do.",
    ),
    (
        {"action": Action.REFUSE, "reason": RefusalReason.POLICY},
        "Demande fermée le 6 janvier 2026 : la Ville n'intervient pas dans ce cas.",
        "Closed on January 6, 2026: the city does not act in such a case.",
    ),
    (
        {"action": Action.REFUSE, "reason": RefusalReason.INCOMPLETE},
        "Demande fermée le 6 janvier 2026 : il manquait des renseignements.",
        "Closed on January 6, 2026: information was missing.",
    ),
    (
        {"action": Action.WITHDRAW, "by": CITIZEN},
        "Demande annulée le 6 janvier 2026.",
        "Cancelled on January 6, 2026.",
    ),
    (
        {"action": Action.DUPLICATE, "duplicate_of": "0000000000"},
        "Déjà signalé : le suivi se fait avec la demande 0000000000.",
        "Already reported: follow service request 0000000000.",
    ),
]


def lived(*actions, **details):
    state = submitted().model_copy(update={"expected_at": EXPECTED})
    for action in actions:
        by = CITIZEN if action in (Action.WITHDRAW, Action.REOPEN) else VM
        resolution = Resolution.FIXED if action is Action.RESOLVE else None
        change = Change(**{"action": action, "by": by, "resolution": resolution} | details)
        state = state.after(change, at=SOON, entry_id=entry_id())
    return state


OPEN = {
    "submitted": lived(),
    "queued": lived().model_copy(update={"delivery": {"VM": 1}}),
    "acknowledged": lived(Action.ACKNOWLEDGE),
    "in_progress": lived(Action.START),
    "reopened": lived(Action.RESOLVE, Action.REOPEN),
}


def said(state, at=SOON):
    words = so_far(state, UNIT, at, MONTREAL)
    return words.fr, words.en


def held(state):
    return state.model_copy(update={"held": True})


@pytest.mark.parametrize("status", OPEN)
def test_what_is_open_says_where_it_stands_and_by_when(status):
    state = OPEN[status]
    assert state.seen_status == status
    fr, en = STANDS[status]
    assert said(state) == (f"{fr} Prévu au plus tard le 12 janvier 2026.", f"{en} Expected by January 12, 2026.")


@pytest.mark.parametrize("status", OPEN)
def test_what_is_late_says_so(status):
    fr, en = STANDS[status]
    assert said(OPEN[status], LATER) == (
        f"{fr} C'était prévu au plus tard le 12 janvier 2026 : nous sommes en retard.",
        f"{en} It was expected by January 12, 2026: we are late.",
    )


@pytest.mark.parametrize("status", OPEN)
def test_what_has_no_date_promises_none(status):
    assert said(OPEN[status].model_copy(update={"expected_at": None}), LATER) == STANDS[status]


@pytest.mark.parametrize("at", [SOON, LATER])
@pytest.mark.parametrize("is_held", [False, True])
def test_what_waits_for_an_answer_says_so_and_is_not_late(at, is_held):
    state = lived(Action.ASK)
    assert said(held(state) if is_held else state, at) == ASKED


@pytest.mark.parametrize("at", [SOON, LATER])
@pytest.mark.parametrize("status", OPEN)
def test_what_is_held_is_looked_at_first_and_promises_no_date(status, at):
    assert said(held(OPEN[status]), at) == HELD


@pytest.mark.parametrize("at", [SOON, LATER])
@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize(("closing", "fr", "en"), CLOSED)
def test_what_is_closed_says_why_and_since_when_whether_it_was_held_or_not(closing, fr, en, is_held, at):
    state = lived().after(Change(**{"by": VM} | closing), at=SOON, entry_id="x")
    assert said(held(state) if is_held else state, at) == (fr, en)


def test_what_was_closed_twice_says_how_it_was_closed_last():
    refused = Change(action=Action.REFUSE, by=VM, reason=RefusalReason.INCOMPLETE)
    state = lived(Action.RESOLVE, Action.REOPEN).after(refused, at=SOON, entry_id="x")
    assert said(state)[1] == "Closed on January 6, 2026: information was missing."


def test_a_late_report_that_moved_nothing_does_not_change_what_is_said():
    resolve = Change(action=Action.RESOLVE, by=VM, resolution=Resolution.FIXED, occurred_at=SOON)
    stale = Change(action=Action.REFUSE, by=VM, reason=RefusalReason.POLICY, occurred_at=NOW)
    state = lived().after(resolve, at=SOON, entry_id="x").after(stale, at=LATER, entry_id="y")
    assert said(state)[1] == "Done on January 6, 2026."


@pytest.mark.parametrize(
    ("day", "fr", "en"),
    [
        (datetime(2026, 5, 1, 16, tzinfo=UTC), "1er mai 2026", "May 1, 2026"),
        (datetime(2026, 8, 2, 3, tzinfo=UTC), "1er août 2026", "August 1, 2026"),
        (datetime(2026, 12, 25, 16, tzinfo=UTC), "25 décembre 2026", "December 25, 2026"),
    ],
)
def test_a_day_is_the_citys_as_people_write_it(day, fr, en):
    state = lived(Action.START).model_copy(update={"expected_at": day})
    assert f"le {fr}." in said(state)[0]
    assert f"by {en}." in said(state)[1]


def test_everything_said_reads_as_sentences():
    closed = [lived().after(Change(**{"by": VM} | closing), at=SOON, entry_id="x") for closing, _, _ in CLOSED]
    states = [*OPEN.values(), lived(Action.ASK), *closed]
    assert {state.seen_status for state in states} == set(Status)
    for state in [*states, *map(held, states)]:
        for text in (*said(state), *said(state, LATER)):
            assert re.fullmatch(r"[A-ZÉ](.*[^ ])?\.", text)
            assert not re.search(r"\.\S| {2}|[{}]|\bNone\b", text)
        for french in (said(state)[0], said(state, LATER)[0]):
            assert not re.search(r"\S:|\s;", french), "a space before a colon, none before a semicolon"
        for english in (said(state)[1], said(state, LATER)[1]):
            assert not re.search(r"\s[:;]", english)
