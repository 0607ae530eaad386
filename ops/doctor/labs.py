"""Labs: whether this host can make one, and whether the system itself can hold it to its limits."""

from __future__ import annotations

import uuid

from bellwork.db.settings import settings
from bellwork.ops.doctor.finding import Finding
from bellwork.tasks import providers
from bellwork.tasks.providers import MissingExtra
from bellwork.tasks.providers.errors import ProviderFailure

#: By whether podman makes them.
_MENDS = {
    False: "let this user make user namespaces (sysctl user.max_user_namespaces, a container's seccomp profile)",
    True: "see that `podman run --rm --network none IMAGE true` works as this user, with runc rather than crun",
}


def check_labs() -> Finding:
    """Make a lab and end it, where this host was chosen for labs or has made some."""
    if not providers.hosts_labs():
        return Finding("ok", "labs", "none were made on this host, and LABS_URL names no place for them")
    order = providers.LabOrder(f"doctor-{uuid.uuid4().hex}")
    try:
        host = providers.labs()
        host.create(order)
        host.release(order.id)
    except MissingExtra as missing:
        return Finding("fail", "labs", f"{missing.package!r} is missing, which makes them", missing.mend)
    except ProviderFailure as error:
        return Finding("fail", "labs", str(error), _MENDS[(settings().labs_url or "").startswith("podman:")])
    if loose := host.loose():
        said = f"{', '.join(loose)} of a lab cannot be limited as a whole here, only for each of its processes"
        return Finding("warn", "labs", said, "run workers as root, or hand them control groups (systemd: Delegate=yes)")
    return Finding("ok", "labs", f"can be made on {host.host}, and are held to their limits")
