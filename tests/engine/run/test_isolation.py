"""The wall's policy as data, the ladder, and what a machine without a wall says."""

import os
import struct
import subprocess
import sys

import pytest

from autograder.errors import MachineError
from autograder.run import isolation, sandbox_rules
from tests.support.harness import ASSIGNMENT, command, hand_in

NEVER = [
    "fork",
    "vfork",
    "execve",
    "execveat",
    "kill",
    "tkill",
    "tgkill",
    "rt_sigqueueinfo",
    "pidfd_open",
    "pidfd_send_signal",
    "pidfd_getfd",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "sendto",
    "sendmsg",
    "io_uring_setup",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "memfd_create",
    "shmget",
    "msgget",
    "semget",
    "mq_open",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "utimensat",
    "setxattr",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "mknod",
    "mknodat",
    "open_by_handle_at",
    "name_to_handle_at",
    "setuid",
    "setgid",
    "capset",
    "setrlimit",
    "sched_setaffinity",
    "setpriority",
    "init_module",
    "kexec_load",
    "reboot",
    "swapon",
    "syslog",
    "personality",
    "mlock",
    "mlockall",
    "timer_create",
    "setns",
    "fsopen",
    "move_mount",
    "landlock_restrict_self",
    "seccomp",
    "clone3",
    "openat2",
]


@pytest.fixture
def fresh(monkeypatch):
    """Probe anew, here and for the next test."""
    isolation.fence.cache_clear()
    yield monkeypatch
    isolation.fence.cache_clear()


def test_no_dangerous_call_is_on_the_list():
    allowed = set(sandbox_rules.PLAIN) | {rule.name for rule in sandbox_rules.CONDITIONAL}
    assert not allowed & set(NEVER)
    assert len(sandbox_rules.PLAIN) == len(set(sandbox_rules.PLAIN)) > 80


@pytest.mark.parametrize("architecture", sandbox_rules.ARCHITECTURES)
@pytest.mark.parametrize("files", [True, False])
def test_the_filter_is_compiled_for_each_architecture(architecture, files):
    program = sandbox_rules.system_call_filter(architecture, files=files)
    assert len(program) % 8 == 0 and len(program) // 8 > 40
    audit = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[architecture]  # AUDIT_ARCH_* of linux/audit.h
    constants = {struct.unpack("<HBBI", program[i : i + 8])[3] for i in range(0, len(program), 8)}
    assert audit in constants


def test_without_files_the_filter_is_another_one():
    assert sandbox_rules.system_call_filter(files=False) != sandbox_rules.system_call_filter()


def test_nothing_of_the_course_is_readable(course):
    paths = [os.path.realpath(path) for path in sandbox_rules.readable(isolation.WORKER_FOLDER)]
    for secret in (course.solutions, course.source, course.graders, course.mistakes, course.submitted):
        assert not any(str(secret).startswith(path.rstrip("/") + "/") or str(secret) == path for path in paths), secret
    assert os.path.expanduser("~") not in paths and "/" not in paths and "/usr" not in paths and "/etc" not in paths


def test_bubblewraps_arguments(tmp_path):
    line = sandbox_rules.bubblewrap(
        "bwrap",
        ["python", "x"],
        ["/lib", *sandbox_rules.DEVICES],
        str(tmp_path),
        scratch_bytes=1 << 20,
        see_processes=False,
    )
    text = " ".join(line)
    for needed in (
        "--unshare-user",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop ALL",
        "--remount-ro /",
    ):
        assert needed in text
    assert line[-3:] == ["--", "python", "x"] and "--proc" not in line and "--bind" not in line
    scratch = line.index("--tmpfs")
    assert line[scratch - 2 : scratch + 2] == ["--size", str(1 << 20), "--tmpfs", str(tmp_path)]
    assert line.index("--remount-ro") > scratch
    others = {"scratch_bytes": 1, "see_processes": True}
    assert "--proc" in sandbox_rules.bubblewrap("bwrap", ["python"], [], str(tmp_path), **others)


LADDER = {
    "": (isolation.FULL, isolation.STRONG, isolation.COMPUTE_ONLY),  # what this machine has
    "bubblewrap": (isolation.STRONG, isolation.COMPUTE_ONLY),
    "bubblewrap,landlock": (isolation.COMPUTE_ONLY,),
    "seccomp": (isolation.NONE,),
    "bubblewrap, Landlock, seccomp": (isolation.NONE,),
}


@pytest.mark.parametrize("without", LADDER)
def test_the_ladder(fresh, without):
    fresh.setenv(isolation.WITHOUT, without)
    found = isolation.fence()
    assert found.level in LADDER[without]
    for name in filter(None, (part.strip() for part in without.lower().split(","))):
        assert name in {missing.lower() for missing, _ in found.missing}
    assert found.holds == (found.level != isolation.NONE) == bool(found.filter)


def test_a_layer_that_is_there_but_does_nothing_does_not_count(fresh, tmp_path):
    """A `bwrap` that merely runs the command: the probe looks at what it does."""
    fake = tmp_path / "bwrap"
    fake.write_text('#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done\nshift\nexec "$@"\n')
    fake.chmod(0o755)
    fresh.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = isolation.fence()
    assert found.level != isolation.FULL and not found.bubblewrap
    assert "is visible" in dict(found.missing)["bubblewrap"]


def test_a_bubblewrap_that_is_refused(fresh, tmp_path):
    """As AppArmor does it on Ubuntu 24.04; the advice names the profile."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    switch = tmp_path / "apparmor_restrict_unprivileged_userns"
    switch.write_text("1\n")
    fresh.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    fresh.setattr(isolation, "_APPARMOR", switch)
    found = isolation.fence()
    assert "uid map" in dict(found.missing)["bubblewrap"]
    assert any("userns," in hint for hint in isolation.advice(found))


def test_no_wall_no_strangers(fresh):
    fresh.setenv(isolation.WITHOUT, "seccomp")
    with pytest.raises(MachineError, match="--trust-submissions"):
        isolation.require()
    assert isolation.require(trusted=True).level == isolation.NONE


@pytest.mark.slow
def test_the_command_refuses_and_trusts(small_course, fresh, course, pixel_lesson):
    from json import dumps

    from autograder.commands import demo

    path = hand_in(small_course, "ada", dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson))))
    fresh.setenv(isolation.WITHOUT, "seccomp")
    refused = command("grade", "--course", small_course)
    assert refused.code == 2 and "--trust-submissions" in refused.err and "Traceback" not in refused.err
    assert not (small_course / "gradebook.db").exists()
    trusted = command("grade", "--course", small_course, "--trust-submissions", "--json", small_course / "out.json")
    assert trusted.code == 0 and "isolation: none" in trusted.out
    assert trusted.document["sandbox"]["level"] == "none" and any(
        "seccomp" in line for line in trusted.document["sandbox"]["missing"]
    )
    own = command("check", path, "--course", small_course)
    assert own.code == 0, own.err


@pytest.mark.slow
@pytest.mark.parametrize("without", ["bubblewrap,landlock", "bubblewrap", "landlock"])
def test_right_answers_are_right_at_every_level(fresh, course, pixel_lesson, tmp_path, without):
    from json import dumps

    from autograder.commands import demo
    from autograder.grade.grader_process import Desk

    path = tmp_path / "pixel_similarity.ipynb"
    path.write_text(dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson))))
    fresh.setenv(isolation.WITHOUT, without)
    desk = Desk(course, pixel_lesson.assignment)
    try:
        report = desk.grade(path)
    finally:
        desk.close()
    assert report.sandbox["level"] in LADDER.get(without, (isolation.FULL, isolation.STRONG))
    assert report.score == report.max_score and not report.notes


@pytest.mark.slow
def test_doctor_names_the_level():
    done = command("doctor", "--course", command.__globals__["ROOT"])
    assert f"isolation: {isolation.fence().level}" in done.out, done.out


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Landlock is Linux's")
def test_reports_carry_the_level(small_course, course, pixel_lesson):
    from json import dumps

    from autograder.commands import demo

    hand_in(small_course, "ada", dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson))))
    done = command("grade", ASSIGNMENT, "--course", small_course, "--json", small_course / "out.json")
    assert done.document["sandbox"]["level"] == isolation.fence().level


@pytest.mark.slow
def test_no_variable_of_the_environment_gives_trust(small_course, fresh):
    """Neither this command nor nbgrader's, nor the device: only the instructor's own word does."""
    fresh.setenv(isolation.WITHOUT, "seccomp")
    fresh.setenv("AUTOGRADER_TRUSTED", "1")
    hand_in(small_course, "ada", "{}")
    refused = command("grade", "--course", small_course)
    assert refused.code == 2 and "--trust-submissions" in refused.err
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], cwd=small_course, capture_output=True, text=True
    )
    assert done.returncode and "can't wall off" in done.stderr and not (small_course / "autograded").exists()
    settings = small_course / "course_config.py"
    text = settings.read_text()
    settings.unlink()  # a link to the course's own
    settings.write_text(text + "\nc.Autograder.trust_submissions = True\n")
    assert command("grade", "--course", small_course).code == 1  # it is held, since it is no notebook
