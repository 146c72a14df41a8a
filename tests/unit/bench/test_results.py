"""The table says what was measured, and whether it is what was aimed at."""

from bench.money import Prices
from bench.processes import cpu_s
from bench.results import Line, table
from bench.storm import BURST, BURST_S, MEAN, WEEK_S, arrivals
from bench.timing import Measured, ratio


def test_a_goal_is_for_the_ratio_or_else_for_the_amount():
    assert Line("a", "", ratio=1.2, goal=1.25).met is True
    assert Line("a", "", ratio=1.3, goal=1.25, amount=1.0).met is False
    assert Line("a", "", amount=9.0, goal=10).met is True
    assert Line("a", "", ratio=3.0).met is None


def test_the_table_has_a_row_a_line_under_its_title():
    rows = table([("Cold", [Line("import", "3 ms", "2 ms", ratio=1.5, goal=1.25)])]).splitlines()
    assert rows[2].startswith("| **Cold** |")
    assert rows[3] == "| import | 3 ms | 2 ms | 1.50 | ≤ 1.25 | **no** |"


def test_what_disturbs_a_round_disturbs_both_sides_of_its_ratio():
    assert ratio(Measured([2.0, 20.0, 2.2]), Measured([1.0, 10.0, 1.1])) == 2.0


def test_the_cpu_of_a_process_is_read_whatever_its_name():
    fields = " ".join(["S", *["0"] * 10, "150", "50", *["0"] * 20])
    assert cpu_s(f"7 (a ) name) {fields}") == 2.0


def test_the_week_has_the_citys_mean_and_a_burst_a_hundred_times_it():
    times = arrivals()
    burst = [at for at in times if WEEK_S / 2 <= at <= WEEK_S / 2 + BURST_S]
    assert len(times) == round(MEAN * WEEK_S) + round(MEAN * BURST * BURST_S)
    assert len(burst) >= MEAN * BURST * BURST_S


def test_prices_are_dated():
    assert Prices.read().date
