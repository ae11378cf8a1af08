"""Small file systems of a test's own."""

import contextlib
import os
import subprocess
import tempfile


@contextlib.contextmanager
def tmpfs(folder, size):
    os.makedirs(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def why_no_mount():
    """Empty if a tmpfs can be mounted."""
    if os.geteuid() != 0:
        return "not root: tmpfs cannot be mounted"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.stderr.strip()
