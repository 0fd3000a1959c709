"""Settings: flags, then ``YINJU_*`` variables, then one TOML file, read once at the entry point."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from embeddings.errors import YinjuError
from qa.layout import DEFAULT_COLLECTION

SETTINGS_FILE = "yinju.toml"


class SettingsError(YinjuError):
    """A setting has a value that cannot be used."""


class Settings(BaseSettings):
    """What can be set, with its default.

    Attributes:
        data: folder that holds the collections.
        collection: the collection to work on.
        model: ``bundled``, or a sentence-transformers model by hub name or folder; None takes the one
            the collection was indexed with.
        host: address to listen on.
        port: TCP port to listen on.
    """

    model_config = SettingsConfigDict(
        env_prefix="YINJU_", toml_file=SETTINGS_FILE, frozen=True, extra="forbid", env_ignore_empty=True
    )

    data: Path = Path(".yinju")
    collection: str = DEFAULT_COLLECTION
    model: str | None = None
    host: str = "127.0.0.1"
    port: int = 7860

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic passes them by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before variables before the TOML file of the working folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: Any) -> Settings:
    """Settings with the given flags; a flag of None was not given.

    Raises:
        SettingsError: a value does not fit, or the TOML file cannot be read or names an unknown setting.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The setting {name!r} does not fit ({first['msg']})",
            f"Correct the flag, the variable YINJU_{name.upper()} or the entry in {SETTINGS_FILE}.",
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{SETTINGS_FILE} cannot be read ({error})", "Correct the file or remove it."
        ) from error
