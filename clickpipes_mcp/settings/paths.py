"""Places on this machine that a setting names."""

from pathlib import Path


def existing(path: Path, *, is_directory: bool) -> Path:
    """The place, with the home directory written out.

    Raises:
        ValueError: There is no such file or directory.
    """
    place = path.expanduser()
    if not (place.is_dir() if is_directory else place.is_file()):
        raise ValueError(f"must be {'a directory' if is_directory else 'a file'} that exists")
    return place
