import pytest

from clickpipes_mcp.cloud.quantities import count, memory_gb, millicores


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (125, 125),
        (250.0, 250),
        ("125m", 125),
        ("2", 2000),
        ("0.5", 500),
        ("2000", 2000),
        (0, None),
        ("0m", None),
        (None, None),
        (True, None),
        ("lots", None),
        ("5Gi", None),
        ([], None),
    ],
)
def test_cpu_is_read_in_millicores(value, expected):
    assert millicores(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 0.5),
        (8, 8.0),
        ("512Mi", 0.5),
        ("1Gi", 1.0),
        ("1.5 Gi", 1.5),
        ("1G", 0.931),
        ("4", 4.0),
        ("1073741824", 1.0),
        (536870912, 0.5),
        (0, None),
        ("", None),
        (None, None),
        ("1Xi", None),
        ({}, None),
    ],
)
def test_memory_is_read_in_gigabytes(value, expected):
    assert memory_gb(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3), ("3", 3), (0, None), (None, None), ("3m", None)]
)
def test_counts_are_read_unless_they_are_not_settled(value, expected):
    assert count(value) == expected
