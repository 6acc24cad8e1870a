"""Times as people type them."""

import click
import pytest

from fluoro.cli.times import LengthOfTime, PointInTime, window


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("90", 90),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("250ms", 0.25),
        ("7d", 604_800),
        (" 2W ", 1_209_600),
    ],
)
def test_lengths_of_time(text, seconds):
    assert LengthOfTime().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "m", "15x", "-5m", "1h 30m", "nan", "inf"])
def test_no_lengths_of_time(text):
    with pytest.raises(click.BadParameter, match="no length of time"):
        LengthOfTime().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1716580000.5", 1716580000.5),
        ("0", 0),
        ("2024-05-24T19:46:40Z", 1716580000),
        ("2024-05-24T21:46:40+02:00", 1716580000),
    ],
)
def test_points_in_time(text, seconds):
    assert PointInTime().convert(text, None, None) == seconds


def test_a_time_without_a_zone_is_local():
    local = PointInTime().convert("2024-05-24T12:00", None, None)
    utc = PointInTime().convert("2024-05-24T12:00Z", None, None)

    assert abs(local - utc) <= 14 * 3600


@pytest.mark.parametrize("text", ["", "yesterday", "nan", "2024-13-01", "12:30", "-1"])
def test_no_points_in_time(text):
    with pytest.raises(click.BadParameter, match="no time"):
        PointInTime().convert(text, None, None)


def test_a_window_ends_where_it_is_told_and_reaches_back():
    assert window(60, None, 1000.0) == (940.0, 1000.0)
    assert window(60, 500.0, 1000.0) == (500.0, 1000.0)


def test_a_reversed_window_is_a_usage_error():
    with pytest.raises(click.UsageError, match="--start lies after --end"):
        window(60, 2000.0, 1000.0)
