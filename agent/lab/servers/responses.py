"""Every kind of service that speaks HTTP, with what it says to a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.lab.http_messages import Request, Response
from agent.lab.servers.ooni_helper import helper_answer
from agent.lab.servers.settings import Setting
from agent.lab.servers.sites import SITES

RESPONSES: Mapping[str, Callable[[Setting, Request], Response]] = {**SITES, "test_helper": helper_answer}
