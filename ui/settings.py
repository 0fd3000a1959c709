"""Settings: flags, then ``YINJU_*`` variables, then one TOML file, read once at the entry point."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from embeddings.errors import YinjuError
from qa.layout import DEFAULT_COLLECTION

if TYPE_CHECKING:
    from qa.generation.endpoint import Writer

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
        llm_base_url: address of an OpenAI-compatible endpoint that writes the answers; None for none.
        llm_model: name of the model there.
        llm_api_key: its key, where it wants one; never a flag, which others could see.
        llm_timeout: seconds to wait for its next word.
    """

    model_config = SettingsConfigDict(
        env_prefix="YINJU_", toml_file=SETTINGS_FILE, frozen=True, extra="forbid", env_ignore_empty=True
    )

    data: Path = Path(".yinju")
    collection: str = DEFAULT_COLLECTION
    model: str | None = None
    host: str = "127.0.0.1"
    port: int = 7860
    llm_base_url: str | None = None
    llm_model: str | None = None
    llm_api_key: SecretStr | None = None
    llm_timeout: float = Field(default=30.0, gt=0)

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


def make_writer(settings: Settings) -> "Writer | None":
    """The LLM that the settings name, None where they name none.

    Raises:
        SettingsError: only one of address and model is set.
        GenerationError: the address or the key cannot be used, or the package for it is missing.
    """
    if settings.llm_base_url is None and settings.llm_model is None:
        return None
    if settings.llm_base_url is None or settings.llm_model is None:
        raise SettingsError(
            "An LLM needs both an address and the name of a model",
            "Set YINJU_LLM_BASE_URL and YINJU_LLM_MODEL, or neither.",
        )
    from qa.generation.endpoint import Endpoint, Writer  # noqa: PLC0415 - only where it is used

    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key is not None else ""
    return Writer(Endpoint(settings.llm_base_url, settings.llm_model, key, settings.llm_timeout))
