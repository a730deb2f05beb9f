"""Time, in one place: SOURCE_DATE_EPOCH makes every output reproducible (reproducible-builds.org)."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from secloop.model.errors import UsageError


def moment() -> datetime:
    """Return the present moment in UTC, or the one SOURCE_DATE_EPOCH gives. Raises: UsageError if that is no number."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(UTC)
    if not epoch.isdigit():
        raise UsageError(f"SOURCE_DATE_EPOCH is not a number of seconds: {epoch!r}", "Set it to e.g. 1790000000")
    return datetime.fromtimestamp(int(epoch), UTC)


def now() -> str:
    """Return the present moment as RFC 3339 in UTC, whole seconds."""
    return moment().strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    """Return the present day (UTC) as ISO date."""
    return moment().date().isoformat()
