"""Submissions and marks cross no network in clear, unless the instructor says so."""

import pytest

from autograder.errors import CourseError
from autograder.grade.cluster import Cluster
from tests.support.harness import ASSIGNMENT, command, hand_in

OPEN = [
    "tcp://10.0.0.5:8786", "tcp://scheduler:8786", "10.0.0.5:8786", "scheduler", "ws://10.0.0.5:1", "ucx://10.0.0.5:1",
    "tcp://localhost.example.org:8786", "tcp://[2001:db8::1]:8786", "tcp://0.0.0.0:8786", "tcp://127.0.0.1.example.org:1",
    "tcp://x:tls://y", "tcp://127.0.0.1:1@10.0.0.5:8786", "TCP://10.0.0.5:1", "",
]  # fmt: skip
PRIVATE = [
    "tls://10.0.0.5:8786",
    "wss://scheduler:1",
    "tcp://127.0.0.1:8786",
    "tcp://localhost:8786",
    "tcp://[::1]:8786",
    "127.0.0.1:8786",
]


@pytest.mark.parametrize("address", OPEN)
def test_an_open_address_is_refused(address):
    with pytest.raises(CourseError, match="--open-network"):
        Cluster(address)
    assert Cluster(address, open_network=True).address == address


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_one_is_not(address):
    assert Cluster(address).address == address


def test_the_command_refuses_in_one_line(small_course):
    hand_in(small_course, "ada", "{}")
    done = command("grade", ASSIGNMENT, "--course", small_course, "--cluster", "tcp://10.0.0.5:8786")
    assert done.code == 2 and done.err.count("\n") == 1 and "tls://" in done.err
    assert not (small_course / "gradebook.db").exists()
