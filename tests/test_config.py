"""Settings: a file and the environment become one value; every mistake is named at once, and no secret is told."""

from __future__ import annotations

import traceback
from datetime import date, time
from pathlib import Path

import pytest

from intakebot.config.settings import Settings
from intakebot.errors import BadSettings
from intakebot.settings_file import demo_file, find_file, load

SECRETS = """
demo_password = "hunter-two"
[mailbox]
host = "mail.example.org"
user = "complaints"
password = "swordfish"
prot = 993
[smarthost]
host = "out.example.org"
password = "opensesame"
security = "ssl"
"""


def problems(file: Path, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as refused:
        load(file, environ or {})
    for problem in refused.value.problems:
        assert problem in str(refused.value)
    return refused.value.problems


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "intakebot.toml"


def test_the_made_up_landlord_is_used_when_nothing_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(None, {})
    assert settings.demo
    assert settings.landlord.name == "Larkmere Homes"


def test_a_file_is_found_where_it_is_named_and_else_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_file(None, {}) == demo_file()
    Path("intakebot.toml").write_text("")
    assert find_file(None, {}) == Path("intakebot.toml")
    assert find_file(None, {"INTAKEBOT_CONFIG": "b.toml"}) == Path("b.toml")
    assert find_file(Path("a.toml"), {"INTAKEBOT_CONFIG": "b.toml"}) == Path("a.toml")


def test_an_empty_file_is_a_real_landlord_with_safe_settings(file: Path) -> None:
    file.write_text("")
    settings = load(file, {})
    assert not settings.demo
    assert settings.acknowledge == "officer"
    assert settings.effective_database_url.startswith("sqlite:///")
    assert not settings.smtp.accept_any_recipient


def test_every_wrong_setting_is_named_at_once_with_its_key_and_what_is_allowed(file: Path) -> None:
    file.write_text(
        """
smtp_port = 70000
acknowledge = "sometimes"
workers = 99
colour = "green"
database_url = "mysql://x"
[mail]
address = "nobody"
automatic_answers_per_day = "many"
[landlord]
reference_prefix = "toolong"
[landlord.categories.gardening]
title = "gardens"
responsible_for = "lawns"
[hours]
opens = 25:00:00
""".replace("25:00:00", '"late"')
    )
    said = problems(file, {"INTAKEBOT_HTTP_PORT": "web", "INTAKEBOT_SMTP__TIMEOUT": "1", "INTAKEBOT_COLOR": "green"})
    expected = {
        "smtp_port in": "65535",
        "acknowledge in": "'automatic' or 'officer'",
        "workers in": "less than or equal to 64",
        "colour in": "no such setting",
        "mail.address in": "complaints@example.org",
        "mail.automatic_answers_per_day in": "integer",
        "landlord.reference_prefix in": "pattern",
        "landlord.categories.gardening": "'repairs'",
        "hours.opens in": "time",
        "INTAKEBOT_HTTP_PORT": "integer",
        "INTAKEBOT_SMTP__TIMEOUT": "greater than or equal to 5",
        "INTAKEBOT_COLOR": "no such setting",
    }
    for key, allowed in expected.items():
        (one,) = [problem for problem in said if problem.startswith(key)]
        assert allowed in one
        assert str(file) in one or key.startswith("INTAKEBOT_")
    assert len(said) == len(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("database_url = 'mysql://x'", "must begin with sqlite:// or postgresql://"),
        ("[hours]\nopens = 17:00:00\ncloses = 09:00:00", "opens must be earlier than hours.closes"),
        (
            "[routing]\ndefault_team = 'x'\n[routing.teams.a]\nname='A'\nmanager='m@example.org'",
            "default_team must be one of: a",
        ),
        ("[routing.teams.a]\nname='A'\nmanager='nobody'", "must be a mail address"),
        ("[routing.teams.a]\nname='A'\nmanager='m@example.org'\ncategories=['gardens']", "'repairs'"),
        ("[mailbox]\nhost='x'", "mailbox.user"),
        ("[calendar]\nextra_holidays=['someday']", "date"),
        ("mail = 'complaints@example.org'", "mail in"),
    ],
)
def test_mistakes_between_settings_are_named_too(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    assert any(said in problem for problem in problems(file))


def test_the_environment_goes_over_the_file_and_reaches_nested_keys(file: Path) -> None:
    file.write_text(
        "smtp_port = 25\nworkers = 2\n[mail]\naddress = 'a@example.org'\nname = 'A'\n[smarthost]\nhost = 'x'\n"
    )
    settings = load(
        file,
        {
            "INTAKEBOT_SMTP_PORT": "2525",
            "INTAKEBOT_MAIL__ADDRESS": "b@example.org",
            "INTAKEBOT_SMARTHOST__PASSWORD": "opensesame",
            "INTAKEBOT_ROUTING__TEAMS__REPAIRS__NAME": "Repairs",
            "INTAKEBOT_ROUTING__TEAMS__REPAIRS__MANAGER": "m@example.org",
            "INTAKEBOT_ROUTING__DEFAULT_TEAM": "repairs",
            "INTAKEBOT_DEMO": "true",
            "OTHER": "x",
            "INTAKEBOT_TEST_DATABASE_URL": "not a setting",
        },
    )
    assert (settings.smtp_port, settings.workers, settings.demo) == (2525, 2, True)
    assert (settings.mail.address, settings.mail.name) == ("b@example.org", "A")
    assert settings.smarthost is not None
    assert settings.smarthost.password.get_secret_value() == "opensesame"
    assert settings.routing.teams["repairs"].name == "Repairs"


def test_lists_and_tables_in_the_environment_are_json(file: Path) -> None:
    file.write_text("")
    settings = load(
        file,
        {
            "INTAKEBOT_MAIL__OTHER_ADDRESSES": '["x@example.org", "y@example.org"]',
            "INTAKEBOT_CALENDAR__EXTRA_HOLIDAYS": '["2026-12-29"]',
            "INTAKEBOT_HOURS": '{"opens": "08:00", "closes": "18:00"}',
        },
    )
    assert settings.mail.other_addresses == ("x@example.org", "y@example.org")
    assert settings.calendar.extra_holidays == (date(2026, 12, 29),)
    assert settings.hours.closes == time(18)


@pytest.mark.parametrize("value", ["x@example.org", "[x@example.org", '{"a": 1}', '["nobody"]'])
def test_a_wrong_list_in_the_environment_is_named_by_its_variable(file: Path, value: str) -> None:
    file.write_text("")
    (problem,) = problems(file, {"INTAKEBOT_MAIL__OTHER_ADDRESSES": value})
    assert problem.startswith("INTAKEBOT_MAIL__OTHER_ADDRESSES")


@pytest.mark.parametrize("name", ["INTAKEBOT_SMTP_PORT__X", "INTAKEBOT___", "INTAKEBOT_", "INTAKEBOT_MAIL__"])
def test_a_variable_that_leads_nowhere_is_named(file: Path, name: str) -> None:
    file.write_text("")
    assert any(name in problem for problem in problems(file, {name: "1"}))


def test_no_secret_is_told_by_an_error_or_by_the_settings(file: Path) -> None:
    file.write_text(SECRETS)
    environ = {"INTAKEBOT_MAILBOX__PORT": "swordfish-port", "INTAKEBOT_SMARTHOST__USER": "u"}
    said = " ".join(problems(file, environ))
    for secret in ("hunter-two", "swordfish", "opensesame"):
        assert secret not in said
    file.write_text(SECRETS.replace("prot = 993\n", "").replace('"ssl"', '"tls"'))
    shown = repr(load(file, {"INTAKEBOT_DATABASE_URL": "postgresql://bot:letmein@db.example.org/cases"}))
    for secret in ("hunter-two", "swordfish", "opensesame", "letmein"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"smtp_port = ", "is not valid TOML"),
        (b"a = 1\na = 2", "is not valid TOML"),
        (b"\xff\xfe", "is not valid TOML"),
    ],
)
def test_a_file_that_is_not_toml_is_named_with_the_place(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    (problem,) = problems(file)
    assert str(file) in problem
    assert said in problem


def test_a_file_that_is_not_there_or_not_a_file_is_named(tmp_path: Path) -> None:
    assert "does not exist" in problems(tmp_path / "nothing.toml")[0]
    assert "cannot be read" in problems(tmp_path)[0]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_goes_through_one_driver(file: Path, scheme: str) -> None:
    file.write_text(f"database_url = '{scheme}://u@h/d'")
    settings = load(file, {})
    assert settings.effective_database_url == "postgresql+psycopg://u@h/d"
    assert not settings.uses_sqlite
    assert settings.blobs_in_database


def test_where_originals_are_kept_follows_the_database_unless_said(file: Path) -> None:
    file.write_text("blobs = 'database'")
    assert load(file, {}).blobs_in_database
    assert not load(file, {"INTAKEBOT_BLOBS": "folder", "INTAKEBOT_DATABASE_URL": "postgresql://h/d"}).blobs_in_database


def test_settings_cannot_be_changed(file: Path) -> None:
    file.write_text("")
    with pytest.raises(ValueError, match="frozen"):
        load(file, {}).smtp_port = 1  # type: ignore[misc]


def test_what_is_derived(file: Path) -> None:
    file.write_text("[mail]\naddress = 'Complaints@Landlord.Example'\nother_addresses = ['H@b.example']\n")
    settings = load(file, {})
    assert settings.mail.domain == "landlord.example"
    assert settings.mail.all_addresses == ("complaints@landlord.example", "h@b.example")
    assert settings.base_url == "http://127.0.0.1:8080"
    assert load(file, {"INTAKEBOT_PUBLIC_URL": "https://c.example/"}).base_url == "https://c.example"


def test_every_setting_has_a_plain_form_for_the_documents() -> None:
    assert Settings.model_json_schema()["properties"]


def test_the_reach_of_awaabs_law_is_a_table_of_dates(file: Path) -> None:
    file.write_text(
        '[[hazards.scope]]\nsince = 2025-10-27\nsignificant = ["damp_mould"]\n'
        '[[hazards.scope]]\nsince = 2027-02-01\nsignificant = ["all"]\nemergency = ["fire"]\n'
    )
    first, later = load(file, {}).hazards.periods
    assert (first.since, first.significant, first.emergency) == (date(2025, 10, 27), {"damp_mould"}, {"all"})
    assert (later.significant, later.emergency) == ({"all"}, {"fire"})
    assert load(demo_file(), {}).hazards.periods == Settings().hazards.periods
    file.write_text('[[hazards.scope]]\nsignificant = ["mould", "crowding_space"]\n')
    said = problems(file, {})
    assert len(said) == 3
    assert any("since" in one and "required" in one for one in said)
    assert sum("must be one of: all, amenities" in one for one in said) == 2
    file.write_text("[hazards]\nscope = []\n")
    assert load(file, {}).hazards.periods == Settings().hazards.periods


def test_labels_of_reports_that_overlap_are_all_named(file: Path) -> None:
    table = '[[reports.labels]]\nsince = 2024-04-01\nlabels = [{label = "A", categories = ["rents", "asb"]}, %s]\n'
    right = table % '{label = "B", categories = ["other"]}'
    wrong = table % '{label = "A", categories = ["rents"]}, {label = "C", categories = ["asb"]}'
    file.write_text(right)
    assert [one.label for one in load(file, {}).reports.labels[0].labels] == ["A", "B"]
    file.write_text(right + wrong)
    (said,) = problems(file)
    assert said.startswith("reports.labels in")
    for mistake in ("two of them begin on 2024-04-01", "rents stands under", "asb stands under", "'A' stands twice"):
        assert mistake in said


OAUTH = """
[oauth]
token_url = "https://login.example.org/tenant/oauth2/v2.0/token"
client_id = "our-id"
client_secret = "swordfish"
"""
BY_OAUTH = """
[mailbox]
host = "imap.example.org"
user = "complaints@landlord.example"
sign_in = "oauth"
[smarthost]
host = "smtp.example.org"
user = "complaints@landlord.example"
sign_in = "oauth"
"""


def test_mailbox_and_smarthost_sign_in_by_oauth_with_one_section(file: Path) -> None:
    file.write_text(BY_OAUTH + OAUTH.replace('client_secret = "swordfish"', ""))
    settings = load(file, {"INTAKEBOT_OAUTH__CLIENT_SECRET": "opensesame"})
    assert settings.oauth is not None
    assert settings.oauth.client_secret.get_secret_value() == "opensesame"
    assert settings.oauth.scope == "https://outlook.office365.com/.default"
    assert "opensesame" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"complaints@landlord.example"\nsign', '"c@l.example"\npassword = "opensesame"\nsign', "take one of them out"),
        (
            'sign_in = "oauth"\n[smarthost]',
            "[smarthost]",
            'mailbox.password must be set, or mailbox.sign_in be "oauth"',
        ),
        (
            'sign_in = "oauth"\n[smarthost]',
            'sign_in = "oauth"\nsecurity = "none"\n[smarthost]',
            "mailbox.security must",
        ),
        ('smtp.example.org"\nuser = "complaints@landlord.example"', 'smtp.example.org"', "smarthost.user must be set"),
        ("https://login", "http://login", "oauth.token_url in FILE: must be an address that begins with https://"),
        ("https://login", "https://[login", "oauth.token_url in FILE: must be an address that begins with https://"),
        ('"swordfish"', '""', "oauth.client_secret in FILE: must be set; keep it in the environment"),
        (OAUTH, "", 'mailbox.sign_in is "oauth", which needs the section [oauth]'),
        (BY_OAUTH, "", '[oauth] is used by nothing; set mailbox.sign_in or smarthost.sign_in to "oauth"'),
    ],
)
def test_what_is_wrong_with_sign_in_by_oauth_is_said_plainly(file: Path, old: str, new: str, words: str) -> None:
    text = BY_OAUTH + OAUTH
    assert old in text
    file.write_text(text.replace(old, new))
    said = problems(file)
    assert any(words.replace("FILE", str(file)) in problem for problem in said), said
    assert "swordfish" not in str(said) and "opensesame" not in str(said)


def test_no_secret_stands_in_what_went_before_an_error(file: Path) -> None:
    """Whoever prints the error with its causes prints no password."""
    file.write_text(BY_OAUTH.replace("[mailbox]", '[mailbox]\npassword = "opensesame"') + OAUTH)
    with pytest.raises(BadSettings) as failure:
        load(file, {"INTAKEBOT_OAUTH__SCOPE": ""})
    printed = "".join(traceback.format_exception(failure.value))
    assert "take one of them out" in printed
    assert "swordfish" not in printed and "opensesame" not in printed


def test_what_is_wrong_with_a_section_is_not_laid_to_a_variable_that_is_right(file: Path) -> None:
    file.write_text('[mailbox]\nuser = "complaints@landlord.example"\n')
    (said,) = problems(file, {"INTAKEBOT_MAILBOX__HOST": "imap.example.org"})
    assert said == f'mailbox in {file}: mailbox.password must be set, or mailbox.sign_in be "oauth"'


def test_a_client_secret_is_read_without_the_spaces_it_was_copied_with(file: Path) -> None:
    file.write_text(BY_OAUTH + OAUTH.replace("swordfish", " swordfish "))
    oauth = load(file, {}).oauth
    assert oauth is not None and oauth.client_secret.get_secret_value() == "swordfish"


def test_a_token_may_be_fetched_from_this_very_machine_without_tls(file: Path) -> None:
    file.write_text(BY_OAUTH + OAUTH.replace("https://login.example.org", "http://localhost:8081"))
    settings = load(file, {})
    assert settings.oauth is not None and settings.oauth.token_url.startswith("http://localhost:8081/")
