"""What the test scripts of `edict` share: cases and what they expect, running the command, golden files, the count.

A script marks its cases with @test and ends with sys.exit(main(set_up)): all of them run in one fresh folder below
TMPDIR that `set_up` fills, or with main(each=True) each in a folder of its own that it is given by name. Words on the
command line pick cases by name. GOLDEN_UPDATE=1 writes golden files instead of comparing."""

import os
import subprocess
import sys
import tempfile

HERE = os.getcwd()
BUILD = os.path.abspath(os.environ.get("EDICT_BUILD", "build"))
EDICT = os.path.join(BUILD, "edict")
_tests, _failures = [], []


class Skip(Exception):
    """A case that this machine cannot run; its text says why."""


def test(function):
    _tests.append(function)
    return function


def expect(good, what, *detail):
    if not good:
        _failures.append(what)
        print(f"# {what}")
        for line in detail:
            print(f"#   {line!r}")


def edict(*words, **how):
    """Runs `edict`; `how` goes to subprocess.run. Both streams are texts."""
    how.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([EDICT, *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", timeout=60,
                          **how)


def expect_run(words, code, out=None, err=None, **how):
    """Runs; `out` and `err` are texts that must be in the stream; None: the stream is empty."""
    r = edict(*words, **how)
    name = "edict " + " ".join(words)
    expect(r.returncode == code, f"{name}: exit code {r.returncode}, not {code}", r.stdout, r.stderr)
    for stream, got, wanted in (("output", r.stdout or "", out), ("errors", r.stderr, err)):
        if wanted is None:
            expect(got == "", f"{name}: {stream} should be empty", got)
        else:
            expect(wanted in got, f"{name}: {stream} without {wanted!r}", got)
    return r


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def golden(name, text):
    """Compares with tests/golden/NAME; the first line that differs is shown."""
    path = os.path.join(HERE, "tests/golden", name)
    if os.environ.get("GOLDEN_UPDATE"):
        write(path, text)
        return
    wanted = read(path) if os.path.exists(path) else ""
    for number, (a, b) in enumerate(zip(wanted.split("\n"), text.split("\n")), 1):
        if a != b:
            expect(False, f"{path}:{number} differs", a, b)
            return
    expect(wanted == text, f"{path} is longer or shorter", text)


def junit_errors(text):
    """What the schema of JUnit reports finds wrong in one, see tests/junit."""
    schema = os.path.join(HERE, "tests/junit/junit-10.xsd")
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", schema, "-"], input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    return [] if done.returncode == 0 else done.stdout.decode(errors="replace").splitlines()


def _run(function, *arguments):
    """Passed, failed, skipped by one case. One that raises has failed, and no other."""
    _failures.clear()
    try:
        function(*arguments)
    except Skip as why:
        print(f"# skipped: {why}\nok # skip {function.__name__}")
        return 0, 0, 1
    except Exception as error:
        expect(False, f"{function.__name__}: {error!r}")
    print(("not ok " if _failures else "ok ") + function.__name__)
    return int(not _failures), int(bool(_failures)), 0


def main(set_up=None, each=False):
    """Runs the cases and prints the count; the exit code."""
    chosen = [f for f in _tests if not sys.argv[1:] or f.__name__ in sys.argv[1:]]
    counts = []
    with tempfile.TemporaryDirectory() as folder:
        if each:
            for number, function in enumerate(chosen):
                own = os.path.join(folder, str(number))
                os.mkdir(own)
                counts.append(_run(function, own))
        else:
            os.chdir(folder)
            # Without what they work on, cases prove nothing: none is run.
            made = _run(set_up) if set_up else (0, 0, 0)
            counts = [made] if made[1] else [_run(function) for function in chosen]
            os.chdir(HERE)
    passed, failed, skipped = (sum(c[i] for c in counts) for i in range(3)) if counts else (0, 0, 0)
    print(f"# passed {passed} failed {failed} skipped {skipped}")
    return failed > 0
