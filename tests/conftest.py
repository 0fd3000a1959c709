"""What the tests share: the seeds indexed once, and small folders indexed on the spot."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embeddings.static_encoder import bundled_encoder
from qa.bot import Bot
from qa.indexing import index_paths
from tests.endpoints import Script, stub_endpoint

ROOT = Path(__file__).resolve().parent.parent
SEED_DOCUMENTS = ROOT / "seeds" / "documents"


@pytest.fixture(scope="session")
def seed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose default collection holds the five seed documents."""
    data = tmp_path_factory.mktemp("seeds") / "data"
    index_paths(data / "default", [SEED_DOCUMENTS], bundled_encoder())
    return data


@pytest.fixture(scope="session")
def seed_bot(seed_data: Path) -> Iterator[Bot]:
    """A bot over the seeds; for reading only."""
    bot = Bot(seed_data)
    yield bot
    bot.close()


@pytest.fixture
def stub() -> Iterator[Script]:
    """An OpenAI-compatible endpoint that says what a test tells it to."""
    with stub_endpoint() as script:
        yield script


@pytest.fixture
def bot_over(tmp_path: Path) -> Iterator[Callable[[dict[str, str | bytes]], Bot]]:
    """Makes a bot over a folder of small files, given as name -> content."""
    bots: list[Bot] = []

    def make(files: dict[str, str | bytes]) -> Bot:
        folder = tmp_path / "documents"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        index_paths(tmp_path / "data" / "default", [folder], bundled_encoder())
        bots.append(Bot(tmp_path / "data"))
        return bots[-1]

    yield make
    for bot in bots:
        bot.close()
