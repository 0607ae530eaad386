"""Labs in containers of Podman, which are made of images: what a template's `base_image` names.

calls      calls of the command `podman`        adapter    a host of such labs
container  one lab: its container and its home  judge      a container beside it, for each thing that is judged
"""

from __future__ import annotations

from bellwork.tasks.providers.labs.podman.adapter import Podman

__all__ = ["Podman"]
