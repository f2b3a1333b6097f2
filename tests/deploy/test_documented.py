"""docs/deployment.md says what the program reads, and deploy/ fits the program."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from demo.settings import MEGA, Settings

CHECKOUT = Path(__file__).parents[2]
TEXT = (CHECKOUT / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(IPH_\w+)` \| (.*?) \| .+ \|$", TEXT, re.MULTILINE))
    shown = {
        f"IPH_{field.name.upper()}": str(field.default).lower()
        if isinstance(field.default, bool)
        else str(field.default)
        for field in fields(Settings)
    }
    assert {name: default.strip() for name, default in rows.items()} == shown


def test_variables_of_the_library_are_named() -> None:
    read = set()
    for file in (CHECKOUT / "iph_core").rglob("*.py"):
        read |= set(re.findall(r'"(IPH_[A-Z_]+)"', file.read_text(encoding="utf-8")))
    assert read and all(f"`{name}`" in TEXT for name in read)


def test_nginx_takes_a_little_more_than_the_replicas() -> None:
    config = (CHECKOUT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    (most,) = re.findall(r"client_max_body_size (\d+)m;", config)
    assert (
        Settings().max_upload_mb * MEGA < int(most) * 2**20 < 1.2 * Settings().max_upload_mb * MEGA
    )


def test_the_addresses_of_health_exist() -> None:
    from demo.health import create_health_router

    class Nothing:
        settings = Settings()

    paths = {route.path for route in create_health_router(Nothing(), None).routes}  # type: ignore[arg-type]
    assert {"/iph/health/live", "/iph/health/ready", "/iph/metrics"} <= paths
    assert all(f"`{path}`" in TEXT for path in ("/iph/health/live", "/iph/metrics"))


def test_the_container_copies_what_there_is_and_is_not_root() -> None:
    lines = (CHECKOUT / "deploy" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert copied and all((CHECKOUT / name).exists() for name in copied)
    last_stage = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER iph" in last_stage and any("HEALTHCHECK" in line for line in last_stage)
