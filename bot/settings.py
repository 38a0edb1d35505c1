"""What an operator can set: environment variables, one TOML file, and files for secrets.

Strongest first: options of the command, `TOCSIN_*` variables, `TOCSIN_*_FILE` variables
that name a file with a secret, and the TOML file (`TOCSIN_CONFIG`, or `tocsin.toml` in
the home). Reading them writes nothing.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.installed import points
from chat.errors import BadInput
from chat.plugging import GROUP
from integrations.audit import targets
from security import keys, names

PREFIX = "TOCSIN_"
SECRETS = ("database_url", "key")
"""Settings that may stand in a file of their own, named by `TOCSIN_<NAME>_FILE`."""

DEFAULT_HOME = Path(".tocsin")
_LEAST_MEMORY = 16 * 1024 * 1024


class Settings(BaseSettings):
    """Every setting; a description says what is accepted, after “must be”.

    Attributes:
        home: Holds the database, the key and attached files.
        public_url: What links begin with; None when people reach host and port directly.
        log_style: Lines for people, or JSON for machines.
        operations_channel: Channel in the default team that hears of the audit trail's head
            each day; empty for none.
        incident_platform: Where the channel of an incident is made that no chat platform
            started; empty for the only platform that is connected, or our own chat.
        keep_executions_days: Days after which an execution that has ended is forgotten, with
            its output, its approvals and its files; the audit trail keeps what was done.
        telemetry_url: Where usage counts are sent; None, the default, sends nothing.
        output_limit: Characters of an action's standard output, and of its standard error, that
            are kept with its result; the rest goes to a file.
        action_memory_limit: Bytes of memory of its own an action's process may use; 0: no limit.
        allowed_networks: Private networks that HTTP requests of actions may go to.
        audit_log: Where each audit record goes as a line of JSON; empty for nowhere.
        audit_syslog: Who is sent each audit record by syslog; empty for nobody.
        audit_statsd: Who counts audit records; empty for nobody.
        audit_statsd_tags: Whether that daemon understands DogStatsD's tags.
        team: Name of the team that is made at the first start and meant by default.
        archive_on_close: Whether an incident's own channel is archived when it is closed, and
            brought back when it is restarted.
        newcomer_role: Role in that team of people from a connected chat platform whom nobody
            has made an account for; empty, the default, leaves them strangers.
        key: The installation's key; None keeps it in the home, made at the first start.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    home: Path = Field(DEFAULT_HOME, description="a directory")
    database_url: str = Field(
        "",
        repr=False,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
    )
    host: str = Field(
        "127.0.0.1", min_length=1, pattern=r"^\S+$", description="an address to listen at"
    )
    port: int = Field(8420, ge=0, le=65535, description="a whole number from 0 to 65535")
    public_url: str | None = Field(
        None, description="an address such as https://tocsin.example.org, without ? and #"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="one of debug, info, warning, error"
    )
    log_style: Literal["plain", "json"] = Field("plain", description="plain or json")
    operations_channel: str = Field(
        "", max_length=80, description="a channel's name of at most 80 characters"
    )
    incident_platform: str = Field("", max_length=40, description="a connected chat platform")
    export_enabled: bool = Field(default=True, description="true or false")
    keep_executions_days: int = Field(
        180, ge=1, le=36_500, description="a whole number of days from 1 to 36500"
    )
    telemetry_url: str | None = Field(
        None, description="an address such as https://telemetry.example.org/collect"
    )
    audit_log: str = Field("", description="a file to add lines to, or - for standard output")
    audit_syslog: str = Field("", description=targets.SYSLOG)
    audit_statsd: str = Field("", description=targets.STATSD)
    audit_statsd_tags: bool = Field(default=False, description="true or false")
    team: str = Field("main", description="1 to 40 of a-z, 0-9, “.”, “-”, “_”")
    archive_on_close: bool = Field(default=False, description="true or false")
    newcomer_role: str = Field(
        "", description="empty, or the name of a role such as viewer or responder"
    )
    key: SecretStr | None = Field(None, description="64 hexadecimal digits")

    output_limit: int = Field(
        256 * 1024, ge=1024, le=16 * 1024 * 1024, description="a number of characters from 1024 up"
    )
    action_memory_limit: int = Field(
        1024**3, ge=0, description="a number of bytes from 16777216 up, or 0 for no limit"
    )
    allowed_networks: str = Field(
        "", description="networks such as 10.0.0.0/8, with spaces or commas between them"
    )

    @property
    def key_path(self) -> Path:
        """Where the installation's key is when `key` is not set."""
        return self.home / "key"

    @property
    def executions_path(self) -> Path:
        """Where each execution has a folder for its files."""
        return self.home / "executions"

    @property
    def environments_path(self) -> Path:
        """Where the Pythons of packs with requirements are."""
        return self.home / "environments"

    def installation_key(self) -> bytes:
        """The key, made in the home at first use unless `key` is set.

        Raises:
            BadInput: The key file holds none, or others may read it.
            Unavailable: It cannot be read or written.
        """
        if self.key is not None:
            return keys.parse_key(self.key.get_secret_value().encode(), where="key")
        return keys.home_key(self.key_path)

    def url(self, port: int | None = None) -> str:
        """What links to our pages begin with, without a slash at the end.

        Args:
            port: The one that is really listened at; None takes the one that is set.
        """
        if self.public_url is not None:
            return self.public_url
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", "*"} else self.host  # noqa: S104 - compared, not bound
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port if port is None else port}"

    def shown(self) -> dict[str, str]:
        """Every setting as text, secrets masked."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: mask(name, value) for name, value in values.items()}

    @model_validator(mode="before")
    @classmethod
    def _database_in_home(cls, values: dict[str, Any]) -> dict[str, Any]:
        if not values.get("database_url"):
            home = Path(str(values.get("home", DEFAULT_HOME)))
            return {**values, "database_url": f"sqlite:///{home / 'tocsin.db'}"}
        return values

    @field_validator("log_level", "log_style", "team", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("allowed_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for each in value.replace(",", " ").split():
            ip_network(each, strict=False)
        return value

    @field_validator("action_memory_limit", mode="before")
    @classmethod
    def _no_limit(cls, value: Any) -> Any:
        return 0 if isinstance(value, str) and value.strip().casefold() == "none" else value

    @field_validator("action_memory_limit")
    @classmethod
    def _enough_memory(cls, value: int) -> int:
        if 0 < value < _LEAST_MEMORY:
            raise ValueError("too little for any program")
        return value

    @field_validator("audit_log")
    @classmethod
    def _file(cls, value: str) -> str:
        if value and ("\0" in value or Path(value).expanduser().is_dir()):
            raise ValueError("no file")
        return value

    @field_validator("audit_syslog", "audit_statsd")
    @classmethod
    def _target(cls, value: str, info: ValidationInfo) -> str:
        read = targets.place if info.field_name == "audit_statsd" else targets.receiver
        try:
            if value:
                read(value)
        except BadInput as error:
            raise ValueError(error.message) from error
        return value

    @field_validator("home")
    @classmethod
    def _directory(cls, value: Path) -> Path:
        home = value.expanduser()
        if home.exists() and not home.is_dir():
            raise ValueError("not a directory")
        return home

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "sqlite":
            path = value.removeprefix("sqlite:///")
            if path == value or not path or path.startswith(":memory:") or "?" in path:
                raise ValueError("not a file")
        elif parts.scheme != "postgresql" or not parts.path.strip("/"):
            raise ValueError("not a database we know")
        return value

    @field_validator("public_url", "telemetry_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("not a web address")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("more than an address")
        return value.strip().rstrip("/")

    @field_validator("team")
    @classmethod
    def _team_name(cls, value: str) -> str:
        try:
            return names.handle(value, "team")
        except BadInput as error:
            raise ValueError(error.message) from error

    @field_validator("newcomer_role")
    @classmethod
    def _role_name(cls, value: str) -> str:
        try:
            return names.handle(value, "role") if value else ""
        except BadInput as error:
            raise ValueError(error.message) from error

    @field_validator("key")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            if value is not None:
                keys.parse_key(value.get_secret_value().encode(), where="key")
        except BadInput as error:
            raise ValueError(error.message) from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options, variables, secrets in files, the TOML file; no `.env`, no secrets folder."""
        del dotenv_settings, file_secret_settings
        return (
            init_settings,
            env_settings,
            SecretFiles(settings_cls),
            TomlFile(settings_cls, config_path()),
        )


class TomlFile(TomlConfigSettingsSource):
    """The TOML file without its tables about chat platforms, which are their own to judge."""

    def __call__(self) -> dict[str, Any]:
        """What it sets, by name."""
        platforms = {point.name for point in points(GROUP)}
        return {name: value for name, value in super().__call__().items() if name not in platforms}


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets in files that `TOCSIN_<NAME>_FILE` names, as container platforms mount them."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """The file's content without spaces around it; None where there is no such file."""
        del field
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if field_name not in SECRETS or not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError):
            return None, field_name, False  # `bot.settings_check` says so

    def __call__(self) -> dict[str, Any]:
        """Every secret that is in a file."""
        given = {name: self.get_field_value(None, name)[0] for name in SECRETS}
        return {name: value for name, value in given.items() if value is not None}


def config_path() -> Path:
    """The TOML file, which need not be there unless `TOCSIN_CONFIG` names it."""
    named = os.environ.get(f"{PREFIX}CONFIG")
    if named:
        return Path(named).expanduser()
    home = Path(os.environ.get(f"{PREFIX}HOME") or DEFAULT_HOME).expanduser()
    return home / "tocsin.toml"


def mask(name: str, value: object) -> str:
    """A setting's value as it may be shown.

    Args:
        name: The setting's.
        value: As given or as read, right or wrong.
    """
    if value is None:
        return ""
    if name == "key":
        return "(secret)"
    if name in {"database_url", "audit_syslog"}:
        return re.sub(r"(?<=//)([^/@:]*):.*@", r"\1:***@", str(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
