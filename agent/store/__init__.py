"""The CSV files under results/: they survive a crash, are read back strictly, and never hold the volunteer."""

from __future__ import annotations

import errno
from pathlib import Path

from agent.language import N_, _

#: What to do about the faults of a disk, by the operating system's number for them.
REMEDIES = {
    errno.ENOSPC: N_("the disk is full; free some space and start again"),
    errno.EDQUOT: N_("your quota on this disk is used up; free some space and start again"),
    errno.EFBIG: N_("the file may not grow further; raise the limit on file size or free some space"),
    errno.EACCES: N_("this user may not use it; correct its permissions or choose another results folder"),
    errno.EPERM: N_("this user may not use it; correct its permissions or choose another results folder"),
    errno.EROFS: N_("the disk is read-only; choose another results folder"),
    errno.ENOTDIR: N_("there is a file where a folder should be; choose another results folder"),
    errno.EEXIST: N_("there is a file where a folder should be; choose another results folder"),
}
OTHER_REMEDY = N_("look at the disk, or choose another results folder")


class StoreError(Exception):
    """The results folder cannot be used as it is. The message is one sentence: the file, what is wrong, what to do."""

    @classmethod
    def from_os(cls, path: Path, error: OSError) -> StoreError:
        """The sentence for an error of the operating system at `path`."""
        remedy = _(REMEDIES.get(error.errno or 0, OTHER_REMEDY))
        reason = error.strerror or type(error).__name__
        return cls(_("{path} cannot be used ({reason}): {remedy}.").format(path=path, reason=reason, remedy=remedy))
