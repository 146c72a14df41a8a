import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.foundation.wording import faults_of
from chalicelib.service_requests.details import ServiceRequestNumber, Takes, what_does_not_belong
from chalicelib.service_requests.lifecycle import Action

TAKES = {
    Action.START: Takes(frozenset(), frozenset({"note"})),
    Action.ASK: Takes(frozenset({"question"}), frozenset({"note"})),
}
NUMBER = TypeAdapter(ServiceRequestNumber)


def told(**given):
    return [(fault.where, fault.detail) for fault in what_does_not_belong(given, TAKES)]


def test_what_an_action_lacks_and_what_it_does_not_take_are_told_each_at_its_place_in_both_languages():
    [(where, lacking)] = told(action="ask", note="n")
    assert where == ("question",)
    assert (lacking.fr, lacking.en) == ("« ask » demande ce champ.", "“ask” needs this field.")
    [(where, foreign)] = told(action="start", question="q")
    assert where == ("question",)
    assert (foreign.fr, foreign.en) == ("« start » ne prend pas ce champ.", "“start” does not take this field.")


def test_what_fits_is_not_told():
    assert told(action="ask", question="q", note="n") == told(action="start") == told(action="start", note=None) == []


@pytest.mark.parametrize("action", ["dance", None, 1, [], {}])
def test_what_belongs_to_an_action_that_is_none_is_nobodys_to_say(action):
    assert told(action=action, question="q") == told() == []


@pytest.mark.parametrize("written", ["7K3Q9XPTM3", "7k3q9-xptm3", " 7k3q9 xptm3 "])
def test_a_number_is_taken_as_it_is_read_over_a_telephone(written):
    assert NUMBER.validate_python(written) == "7K3Q9XPTM3"


@pytest.mark.parametrize("wrong", ["", "7K3Q9XPTM4", "x", "é"])
def test_what_is_no_number_is_told_with_an_example(wrong):
    with pytest.raises(ValidationError) as invalid:
        NUMBER.validate_python(wrong)
    [fault] = faults_of(invalid.value)
    assert fault.where == ()
    assert all("7K3Q9-XPTM3" in text for text in (fault.detail.fr, fault.detail.en))
