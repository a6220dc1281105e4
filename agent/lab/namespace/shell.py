"""What only the kernel can do for a namespace: part from a network, mount, set devices, addresses and queues up.

Everything here acts on the namespaces that the calling process is in. None of it is for the machine's own.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

#: unshare(2), mount(2): linux/sched.h, linux/mount.h.
CLONE_NEWNET = 0x40000000
MS_BIND = 4096
#: Seconds after which a command of the system is taken for hung. It has milliseconds of work; the machine may be busy.
COMMAND_PATIENCE_S = 20.0
#: Where `ip` and `tc` may be too: Debian's users have these folders in no PATH of theirs.
ROOTS_PROGRAMS = ("/usr/sbin", "/sbin")
#: linux/sockios.h and linux/if.h; linux/ethtool.h: requests that switch off what a driver does to packets on its own.
SIOCETHTOOL = 0x8946
SIOCGIFFLAGS = 0x8913
IFF_UP = 1
OFFLOADS = {
    "receive checksums": 0x15,
    "send checksums": 0x17,
    "scatter and gather": 0x19,
    "TCP segmentation": 0x1F,
    "generic segmentation": 0x24,
    "generic receive": 0x2C,
}


class StageError(Exception):
    """The stage cannot stand, or ended before its time. The message is one sentence with the remedy, where one is."""


class UnavailableError(StageError):
    """This system lets nobody have namespaces, or lacks a program for them."""


def search_path() -> str:
    """Where the system's programs are looked for: this process' PATH, and root's folders after it."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), *ROOTS_PROGRAMS])


def leave_network() -> None:
    """Put this process into a new network without anything in it but `lo`, which is down. Raises `OSError`."""
    _checked(_library().unshare(CLONE_NEWNET), "unshare")


def mount_memory(folder: str) -> None:
    """Cover a folder with an empty one in memory, in this mount namespace alone. Raises `OSError`."""
    _checked(_library().mount(b"lab", folder.encode(), b"tmpfs", 0, b"mode=0755,size=64m"), f"mount {folder}")


def put_over(source: Path, target: Path) -> None:
    """Show `source` in the place of a file that exists, in this mount namespace alone. Raises `OSError`."""
    _checked(_library().mount(bytes(source), bytes(target), None, MS_BIND, None), f"mount {target}")


def run_ip(lines: Iterable[str]) -> None:
    """Many commands of `ip`, one process. Raises `StageError` on the first that fails."""
    _run_batch(["ip", "-batch", "-"], lines)


def run_tc(lines: Iterable[str]) -> None:
    """Many commands of `tc`, one process. Raises `StageError` on the first that fails."""
    _run_batch(["tc", "-batch", "-"], lines)


def set_kernel(name: str, value: int) -> None:
    """Set a variable of this network, as sysctl(8) names it but with slashes. Raises `OSError`."""
    Path("/proc/sys", name).write_text(f"{value}\n", encoding="ascii")


def devices_up() -> set[str]:
    """The devices of this network that are in use. Systems may put others into each, tunnels that lead nowhere."""
    import fcntl  # not on Windows, where this module is read for its error

    up = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            told = fcntl.ioctl(asking, SIOCGIFFLAGS, struct.pack("40s", name.encode()))
            if int(struct.unpack_from("16xH", told)[0]) & IFF_UP:
                up.add(name)
    return up


def keep_packets_whole(device: str) -> None:
    """Switch off what turns many packets into one, or leaves a checksum to hardware that is not there.

    What a driver has no such thing for is left as it is.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for request in OFFLOADS.values():
            _switch_off(asking, device, request)


def _switch_off(asking: socket.socket, device: str, request: int) -> None:
    import fcntl  # not on Windows, where this module is read for its error

    value = ctypes.create_string_buffer(struct.pack("II", request, 0))
    asked = struct.pack("16sP", device.encode(), ctypes.addressof(value))
    try:
        fcntl.ioctl(asking, SIOCETHTOOL, asked)
    except OSError as error:
        if error.errno not in {95, 22}:  # EOPNOTSUPP, EINVAL
            raise


def _run_batch(command: list[str], lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    try:
        ended = subprocess.run(  # noqa: S603 -- our own words, to a program of the system
            command, input=text, capture_output=True, text=True, check=False, timeout=COMMAND_PATIENCE_S,
            env={**os.environ, "PATH": search_path()},
        )  # fmt: skip
    except FileNotFoundError:
        raise StageError(f"There is no program `{command[0]}`; install iproute2.") from None
    except subprocess.TimeoutExpired:
        raise StageError(f"`{command[0]}` did not end within {COMMAND_PATIENCE_S:.0f} s.") from None
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [f"exit status {ended.returncode}"]
        raise StageError(f"`{command[0]}` failed ({'; '.join(said[:2])}) in:\n{text}")


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
