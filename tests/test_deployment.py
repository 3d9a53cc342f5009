"""What stands in deploy/, compose.yaml and the two pages for operators agrees with the code and with itself."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.monitoring.metrics import Metrics
from bot.process import Role
from bot.settings import PREFIX, SECRETS, Settings
from bot.web.entrance import LINGERING_S, SLOWEST_BODY_S

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
ROLES = {role.value for role in Role}
TELEGRAM = {"149.154.160.0/20", "91.108.4.0/22"}
DOCS = (ROOT / "docs" / "deployment.md", ROOT / "docs" / "operations.md")
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
UNITS = sorted((DEPLOY / "systemd").glob("loanline*"))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "loanline.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RUNBOOK = DOCS[1].read_text(encoding="utf-8")

Unit = dict[str, list[tuple[str, str]]]


def read_unit(path: Path) -> Unit:
    """The sections of a systemd unit with their lines in order; a name may stand more than once."""
    sections: Unit = {}
    lines: list[tuple[str, str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(\w+)]", line):
            lines = sections.setdefault(heading[1], [])
            continue
        name, equals, value = line.partition("=")
        assert equals, f"{path.name}: {line!r} is no setting"
        lines.append((name, value))
    return sections


def values(unit: Unit, section: str, name: str) -> list[str]:
    return [value for each, value in unit.get(section, []) if each == name]


def settings_of_environment() -> set[str]:
    names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return names | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}


def named_metrics(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:loanline|process|node)_[a-z0-9_]+", expression))


# Settings.


@pytest.mark.parametrize(
    "path", [*FILES, *DOCS, ROOT / "compose.yaml", ROOT / "Dockerfile"], ids=lambda path: path.name
)
def test_every_variable_that_is_named_is_a_setting(path: Path) -> None:
    named = set(re.findall(r"\bLOANLINE_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))) - {
        "LOANLINE_X",
        "LOANLINE_X_FILE",
    }
    assert named <= settings_of_environment()


@pytest.mark.parametrize("service", ["web", "worker", "scheduler", "sender", "migrate", "backup"])
def test_a_service_of_compose_has_settings_that_the_bot_accepts(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in COMPOSE["services"][service]["environment"].items():
        secret = tmp_path / Path(value).name
        secret.write_text("x", encoding="utf-8")
        monkeypatch.setenv(name, str(secret) if name.endswith("_FILE") else value)
    settings = Settings()
    assert settings.updates == "webhook"
    assert settings.internal_port == 9464


def test_the_files_of_systemd_have_settings_that_the_bot_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANLINE_WEBHOOK_SECRET", "x")
    for name in ("loanline", "web"):
        for line in (DEPLOY / "systemd" / "env" / f"{name}.env").read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                monkeypatch.setenv(*line.split("=", 1))
    assert Settings().internal_port == 9464


# systemd.


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_can_be_read_and_names_only_units_that_exist(path: Path) -> None:
    unit = read_unit(path)
    assert "Unit" in unit
    ours = {each.name for each in UNITS} | {f"loanline@{role}.service" for role in ROLES}
    for name, value in unit["Unit"] + unit.get("Install", []):
        if name in ("After", "Requires", "Wants", "PartOf", "WantedBy"):
            assert {each for each in value.split() if each.startswith("loanline")} <= ours


@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_a_service_is_caged_and_finds_its_secrets(path: Path) -> None:
    unit = read_unit(path)
    for name, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "User": "loanline",
        "UMask": "0077",
    }.items():
        assert values(unit, "Service", name) == [value]
    credentials = {value.split(":")[0] for value in values(unit, "Service", "LoadCredential")}
    wanted = {value.split("=%d/")[1] for value in values(unit, "Service", "Environment") if "=%d/" in value}
    assert wanted == credentials


@pytest.mark.parametrize(("owner", "url"), [("no", "database_url"), ("yes", "database_owner_url")])
def test_a_command_gets_the_secrets_of_the_services_and_the_owners_when_told(
    tmp_path: Path, owner: str, url: str
) -> None:
    stand_in = tmp_path / "systemd-run"
    stand_in.write_text('#!/bin/sh\nfor each; do printf "%s\\n" "$each"; done\n', encoding="utf-8")
    stand_in.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "OWNER": owner}
    command = ["/bin/sh", DEPLOY / "systemd" / "command.sh", "quarantine", "--retry", "7"]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()
    assert f"--property=LoadCredential=database_url:/etc/loanline/secrets/{url}" in told
    assert told[-4:] == ["loanline", "quarantine", "--retry", "7"]
    loaded = {line.split("=")[2].split(":")[0] for line in told if line.startswith("--property=LoadCredential=")}
    assert {name for line in told for name in re.findall(r"\$CREDENTIALS_DIRECTORY/(\w+)", line)} == loaded


def test_each_role_has_a_file_with_an_internal_port_of_its_own() -> None:
    ports = {}
    for role in ROLES:
        text = (DEPLOY / "systemd" / "env" / f"{role}.env").read_text(encoding="utf-8")
        assert f"ROLES={role}\n" in text
        ports[role] = re.findall(r"LOANLINE_INTERNAL_PORT=(\d+)", text)
    assert len({port for found in ports.values() for port in found}) == len(ROLES)
    everything = (DEPLOY / "systemd" / "env" / "all.env").read_text(encoding="utf-8")
    assert set(re.findall(r"ROLES=(\S+)", everything)[0].split(",")) == ROLES


# Reverse proxies.


@pytest.mark.parametrize("name", ["nginx/loanline.conf", "caddy/Caddyfile"])
def test_a_proxy_lets_in_telegram_and_gateways_and_nothing_of_the_inside(name: str) -> None:
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.strip().startswith("#"))
    assert text.count("{") == text.count("}")
    assert set(re.findall(r"149[\d./]+|91[\d./]+", text)) == TELEGRAM
    assert {"/telegram", "/payments/"} == set(re.findall(r"(?:location =? ?|path )(/[a-z]+/?)", text)) - {"/"}
    for inner in ("/health", "/ready", "/metrics", "9464"):
        assert inner not in text
    assert "404" in text
    # nginx knows it from 1.25.1 on, which distributions do not have yet, and Telegram speaks HTTP/1.1.
    assert "http2 on" not in text


def test_the_bot_and_not_caddy_gives_up_a_body_that_comes_slowly() -> None:
    """Caddy would answer 200 then, and Telegram would not bring the update again."""
    given = re.search(r"read_body (\d+)s", (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8"))
    assert given
    assert float(given[1]) > SLOWEST_BODY_S + LINGERING_S


# Watching.


def test_every_figure_of_the_alerts_exists() -> None:
    known = Metrics().names()
    for rule in RULES:
        named = {name for name in named_metrics(rule["expr"]) if not name.startswith("node_")}
        assert named <= known, rule["alert"]


def test_every_figure_of_the_dashboard_exists_and_every_figure_is_on_it() -> None:
    metrics = Metrics()
    shown = {name for panel in PANELS for target in panel["targets"] for name in named_metrics(target["expr"])}
    assert shown <= metrics.names()
    for family in metrics.registry.collect():
        if family.name.startswith("loanline_"):
            assert {name for name in shown if name.startswith(family.name)}, f"{family.name} is on no panel"


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    assert {"uid", "title", "schemaVersion", "panels", "templating", "time"} <= DASHBOARD.keys()
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_urgent_it_is_and_has_its_section_in_the_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert re.fullmatch(r"\d+[smh]", rule["for"])
    assert rule["annotations"]["summary"].endswith(".")
    section = re.search(rf"^### {rule['alert']}\n\n(.*?)(?=^##)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert section
    assert len(section[1].split()) > 10
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_the_runbook_has_no_section_for_an_alert_that_is_gone() -> None:
    assert set(re.findall(r"^### (Loanline\w+)$", RUNBOOK, re.MULTILINE)) == {rule["alert"] for rule in RULES}


def test_prometheus_reads_the_alerts_and_finds_every_role() -> None:
    told = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert [(DEPLOY / "prometheus" / name).exists() for name in told["rule_files"]] == [True]
    found = told["scrape_configs"][0]["dns_sd_configs"][0]
    assert (set(found["names"]), found["port"]) == (ROLES, 9464)


def test_every_place_in_the_two_pages_that_is_linked_exists() -> None:
    for page in DOCS:
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)]*)\)", text):
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}, link


# Backups.


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """A folder with a backup of long ago, one that somebody put there by hand, and a `python` that notes its calls."""
    folder = tmp_path / "backups"
    for name in ("2020-01-01T033000Z", "before-the-move"):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (0, 0))
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(
        '#!/bin/sh\necho "$2" >> "$CALLS"\n[ "$2" = backup ] && mkdir -p "$3"\n[ "$2" != "$BROKEN" ]\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    return folder


def back_up(folder: Path, broken: str = "") -> tuple[int, list[str]]:
    calls = folder.parent / "calls"
    environment = {
        "PATH": f"{folder.parent / 'bin'}:/usr/bin:/bin",
        "BACKUPS": str(folder),
        "CALLS": str(calls),
        "BROKEN": broken,
    }
    done = subprocess.run(["/bin/sh", DEPLOY / "backup.sh"], env=environment, check=False)
    return done.returncode, calls.read_text(encoding="utf-8").split()


def test_a_verified_backup_ends_what_is_too_old_and_leaves_what_is_not_its_own(backups: Path) -> None:
    assert back_up(backups) == (0, ["backup", "verify-backup"])
    left = {path.name for path in backups.iterdir()}
    assert "2020-01-01T033000Z" not in left
    assert "before-the-move" in left
    assert len(left) == 2


@pytest.mark.parametrize(("broken", "calls"), [("backup", ["backup"]), ("verify-backup", ["backup", "verify-backup"])])
def test_a_backup_that_fails_leaves_the_old_ones(backups: Path, broken: str, calls: list[str]) -> None:
    code, called = back_up(backups, broken)
    assert code != 0
    assert called == calls
    assert (backups / "2020-01-01T033000Z").exists()
