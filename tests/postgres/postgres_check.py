#!/usr/bin/env python3
"""Postgres: conditions of decisions run by a server of its own, in a folder that is removed.

`make check-postgres` runs it where PostgreSQL is installed (Debian: postgresql); `make check` does not need it."""

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

SCRIPT = sys.argv[1]


def programs():
    """The folder of initdb and pg_ctl, the newest version."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which("initdb")
    if not path:
        sys.exit("postgres_check: initdb is not there; on Debian it comes with the package postgresql")
    return os.path.dirname(path)


def unprivileged():
    """A server does not run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def main():
    folder, who = programs(), unprivileged()
    script = subprocess.run([SCRIPT], stdout=subprocess.PIPE, check=True).stdout
    with tempfile.TemporaryDirectory(prefix="edict-postgres-") as place:
        if who:
            os.chown(place, who["user"], who["group"])
        data = os.path.join(place, "data")
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": place}

        def run(*words, **more):
            return subprocess.run([os.path.join(folder, words[0]), *words[1:]], cwd=place, env=environment, **who, **more)

        run("initdb", "-D", data, "-U", "edict", "-A", "trust", "-E", "UTF8", "--no-sync", check=True, stdout=subprocess.DEVNULL)
        run("pg_ctl", "-D", data, "-w", "-l", os.path.join(place, "log"), "-o", f"-k {place} -c listen_addresses= -c fsync=off",
            "start", check=True, stdout=subprocess.DEVNULL)
        try:
            out = run("psql", "-h", place, "-U", "edict", "-X", "-q", "-A", "-t", "postgres", input=script, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT)
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop", check=True, stdout=subprocess.DEVNULL)
    lines = out.stdout.decode("utf-8", "replace").splitlines()
    differs = [line for line in lines if line.startswith("DIFFERS")]
    compared = [line.split("|") for line in lines if line.startswith("COMPARED")]
    good = out.returncode == 0 and not differs and len(compared) == 1 and int(compared[0][1]) > 200 and int(compared[0][3]) > 1000
    for line in (differs or lines)[:10] if not good else []:
        print(f"# {line}")
    if compared:
        print(f"# {compared[0][1]} tables, {compared[0][2]} refused, {compared[0][3]} rows shown")
    print("ok" if good else "not ok", "postgres finds the rows that are shown")
    print(f"# passed {int(good)} failed {int(not good)} skipped 0")
    return 0 if good else 1


sys.exit(main())
