"""Real servers of Debian's packages, in namespaces of their own on TARGET: what fingerprints are tried against."""
import contextlib
import pathlib
import subprocess
import time

from two_hosts import TARGET, inside

HERE = pathlib.Path(__file__).resolve().parent

# Mounts go with the namespaces; all that is written goes to tmpfs.
ENTER = """set -e
hostname localhost
mount --make-rprivate /
mount -t proc proc "$0/proc"
mount -t sysfs sysfs "$0/sys"
mount --rbind /dev "$0/dev"
for dir in tmp run root var/lib var/log var/tmp; do mount -t tmpfs tmpfs "$0/$dir"; done
chmod 1777 "$0/tmp" "$0/var/tmp"
cp "$1" "$0/tmp/start"
exec chroot "$0" /bin/bash /tmp/start
"""


def listening():
    """(protocol, port) that something listens on by IPv4."""
    found = set()
    for protocol, flag in (("TCP", "-tlnH"), ("UDP", "-ulnH")):
        lines = subprocess.run(inside(TARGET, "ss", flag), capture_output=True, text=True, check=True).stdout.splitlines()
        found |= {(protocol, int(line.split()[3].rsplit(":", 1)[1])) for line in lines}
    return found


@contextlib.contextmanager
def servers(expected, seconds=90):
    """Starts them, and waits until (protocol, port) that are expected listen; those that don't are in the error."""
    made = subprocess.run([HERE / "servers_root"], capture_output=True, text=True)
    if made.returncode != 0:
        raise RuntimeError(f"servers_root: exit {made.returncode}\n{made.stderr}")
    root = made.stdout.strip()
    process = subprocess.Popen(inside(TARGET, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "bash", "-c", ENTER,
                                      root, HERE / "servers_start"), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + seconds
        while missing := expected - listening():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"servers that don't listen after {seconds} s: {sorted(missing)}")
            time.sleep(0.2)
        yield
    finally:
        process.kill()
        process.wait()
