"""The image and compose.yaml agree with the code and with the page for operators."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.process import Role

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
ROLES = {role.value for role in Role}
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCS = (ROOT / "docs" / "deployment.md", ROOT / "docs" / "operations.md")


def services_by_role() -> dict[str, Any]:
    commands = {name: service.get("command", []) for name, service in COMPOSE["services"].items()}
    return {
        command[2]: COMPOSE["services"][name] for name, command in commands.items() if command[:2] == ["run", "--roles"]
    }


def test_compose_runs_every_role_after_the_migrations_and_the_rights_in_what_they_made() -> None:
    by_role = services_by_role()
    assert set(by_role) == ROLES
    after = {"migrate": "roles", "rights": "migrate"} | dict.fromkeys(by_role, "rights")
    for name, before in after.items():
        assert COMPOSE["services"][name]["depends_on"] == {before: {"condition": "service_completed_successfully"}}
    for name in ("roles", "backup"):
        assert COMPOSE["services"][name]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("service", sorted({*ROLES, "roles", "migrate", "rights", "backup", "proxy"}))
def test_a_container_is_caged_and_limited(service: str) -> None:
    told = COMPOSE["services"][service]
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory"} <= told["deploy"]["resources"]["limits"].keys()
    assert told["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_is_restarted_watched_and_given_time_to_end(role: str) -> None:
    service = services_by_role()[role]
    assert service["restart"] == "unless-stopped"
    assert "9464/ready" in service["healthcheck"]["test"][-1]
    assert service["stop_grace_period"] == "45s"
    assert service["user"] == "10001:10001"


def test_only_the_proxy_and_the_own_machines_dashboard_can_be_reached_from_outside() -> None:
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert published == {"proxy": ["80:80", "443:443"], "grafana": ["127.0.0.1:3000:3000"]}


def services_with(secret: str) -> set[str]:
    return {name for name, service in COMPOSE["services"].items() if secret in service.get("secrets", [])}


def test_the_owner_of_the_database_serves_migrations_and_backups_alone() -> None:
    assert services_with("database_owner_url") == {"migrate", "backup", "roles", "rights"}


def test_the_superuser_of_the_database_lays_rights_down_and_is_neither_role() -> None:
    assert services_with("postgres_password") == {"postgres", "roles", "rights"}
    # Without a name it is postgres. PostgreSQL takes nothing away from the one whom the database was laid out with.
    assert "POSTGRES_USER" not in COMPOSE["services"]["postgres"]["environment"]
    text = (DEPLOY / "postgres" / "roles.sh").read_text(encoding="utf-8")
    assert "--username postgres --dbname loanline" in text
    assert "--single-transaction" in text


def test_the_database_is_healthy_when_it_can_be_reached_and_not_while_it_is_laid_out() -> None:
    command = COMPOSE["services"]["postgres"]["healthcheck"]["test"]
    assert command[command.index("--host") + 1] == "127.0.0.1"


@pytest.mark.parametrize("service", ["migrate", "backup"])
def test_a_backup_is_made_and_restored_where_the_operator_keeps_it(service: str) -> None:
    mounted = [volume.split(":/")[1] for volume in COMPOSE["services"][service]["volumes"] if "BACKUPS" in volume]
    assert [place.split(":")[0] for place in mounted] == ["var/backups/loanline"]


def test_secrets_get_neither_into_the_repository_nor_into_an_image() -> None:
    assert {"/secrets/", ".env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    kept = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert kept[0] == "*"
    assert not {line for line in kept if line.startswith(("!secrets", "!.env"))}


def test_the_page_makes_every_secret_of_compose() -> None:
    made = set(re.findall(r"> secrets/(\w+)", DOCS[0].read_text(encoding="utf-8")))
    assert made == COMPOSE["secrets"].keys()


ADDRESSES = {
    "postgres_password": "super",
    "database_url": "postgresql+asyncpg://loanline_app:a-1_B@postgres/loanline",
    "database_owner_url": "postgresql+asyncpg://loanline_owner:c2@postgres/loanline",
}


def lay_rights_down(folder: Path, **secrets: str) -> "subprocess.CompletedProcess[str]":
    """roles.sh with a `psql` that tells what it was given."""
    for name, secret in (ADDRESSES | secrets).items():
        (folder / name).write_text(f"{secret}\n", encoding="utf-8")
    psql = folder / "psql"
    psql.write_text('#!/bin/sh\necho "$PGPASSWORD $APP $APP_PASSWORD $OWNER $OWNER_PASSWORD"\n', encoding="utf-8")
    psql.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "SECRETS": str(folder)}
    command = ["/bin/sh", DEPLOY / "postgres" / "roles.sh"]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


def test_each_role_gets_the_password_of_its_address(tmp_path: Path) -> None:
    done = lay_rights_down(tmp_path)
    assert (done.returncode, done.stdout) == (0, "super loanline_app a-1_B loanline_owner c2\n")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "postgresql+asyncpg://postgres/loanline",
        "postgresql+asyncpg://loanline_app:@postgres/loanline",
        "postgresql+asyncpg://loanline_app:p%40ss@postgres/loanline",
    ],
)
def test_an_address_whose_password_cannot_be_read_is_refused_without_being_shown(tmp_path: Path, address: str) -> None:
    done = lay_rights_down(tmp_path, database_url=address)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("database_url: ")
    assert "p%40ss" not in done.stderr


def test_every_secret_volume_and_network_that_is_used_is_declared() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
        assert set(service.get("networks", [])) <= COMPOSE["networks"].keys()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists()
            elif not source.startswith("$"):
                assert source in COMPOSE["volumes"]


def imported_at_the_top(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_the_image_holds_every_module_that_the_program_begins_with() -> None:
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    seen: set[str] = set()
    waiting = ["main"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting += [
            each
            for each in imported_at_the_top(ROOT / f"{name}.py")
            if (ROOT / f"{each}.py").exists() and each not in seen
        ]
    assert {f"{name}.py" for name in seen} <= kept
    assert {"bot", "handlers", "services", "locales", "requirements.lock", "deploy/backup.sh"} <= kept


def test_the_image_installs_what_is_locked_and_runs_without_rights() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    builder, final = text.split("\nFROM ")[-2:]
    assert "--require-hashes --requirement /tmp/requirements.lock" in builder
    assert "pip install" not in final
    assert "\nUSER loanline\n" in final
    assert final.index("USER loanline") < final.index("ENTRYPOINT")
