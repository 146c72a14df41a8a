"""The first promise, on the functions' own handlers: whatever fails, nothing is lost, doubled or out of order.

A short part of what `make prove` does at length. A seed that fails here is run alone by `make prove SEED=…`.
"""

import pytest

from tests.support.faults.run import RATES, SUBMISSIONS, Workers, workers


@pytest.fixture(scope="module")
def one_worker():
    with workers(1) as found:
        yield found


@pytest.mark.parametrize("seed", range(4))
def test_each_reaches_its_units_in_order_and_is_applied_once_whatever_fails(one_worker: Workers, seed):
    result = one_worker.begin(seed).result()
    assert not result.wrong, f"{result.reproduce}\n" + "\n".join(result.wrong)
    assert result.service_requests > SUBMISSIONS / 2
    assert sum(result.faults.values()) > result.calls * RATES[seed % len(RATES)] / 3


# Those that fail at the first seed; `make prove` takes out each in turn.
@pytest.mark.parametrize("safeguard", ["lowest-first", "consumers-rule"])
def test_without_a_safeguard_it_would_be_noticed(one_worker: Workers, safeguard):
    _, result = one_worker.first_wrong(range(8), safeguard)
    assert result is not None
    assert safeguard in result.reproduce
