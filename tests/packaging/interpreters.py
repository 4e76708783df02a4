"""The interpreters of this machine that the wheel is for; as a program, prints which those are."""

import os
import subprocess
import sys
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")
ABILITIES = "import sys, venv, ensurepip; print(*sys.version_info[:2], sep='.')"


def interpreters() -> dict[str, str]:
    """Version to program, one each: the one that runs this, on the PATH, or below pyenv."""
    found = {"{}.{}".format(*sys.version_info): sys.executable}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    directories = [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    for version in VERSIONS:
        candidates = [directory / f"python{version}" for directory in directories]
        candidates += sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
        for candidate in candidates:
            if version not in found and _is_version(candidate, version):
                found[version] = str(candidate)
    return {version: found[version] for version in VERSIONS if version in found}


def _is_version(program: Path, version: str) -> bool:
    """Whether it starts; a shim of pyenv stands there for versions that it refuses to start."""
    if not os.access(program, os.X_OK):
        return False
    command = [str(program), "-c", ABILITIES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    return done.stdout.strip() == version


if __name__ == "__main__":
    for version, program in interpreters().items():
        sys.stdout.write(f"{version} {program}\n")
