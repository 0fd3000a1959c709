"""The command line. What is asked for goes to standard output, everything else to standard error."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from embeddings.errors import TrainingError, YinjuError
from qa.types import Turn
from ui.settings import Settings, SettingsError, load_settings, make_writer

EXIT_BELOW_LIMIT = 1
EXIT_BAD_INPUT = 2

SEEDS = Path(__file__).resolve().parent.parent / "seeds" / "documents"

app = typer.Typer(
    name="yinju",
    help="引据 Yinju: ask your documents, get the passages that prove the answer.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Data = Annotated[Path | None, typer.Option("--data", help="Folder that holds the collections [.yinju].")]
Collection = Annotated[str | None, typer.Option("--collection", help="Name of the collection [default].")]
Model = Annotated[
    str | None,
    typer.Option("--model", help="`bundled`, or a sentence-transformers model by hub name or folder."),
]
LlmBaseUrl = Annotated[
    str | None,
    typer.Option("--llm-base-url", help="OpenAI-compatible endpoint that writes the answers [none]."),
]
LlmModel = Annotated[str | None, typer.Option("--llm-model", help="Name of the model there.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Question = Annotated[str, typer.Argument(help="The question, in Chinese or English.")]
Count = Annotated[int, typer.Option("-k", help="Number of passages.", min=1, max=100)]


def main() -> None:
    """Run the command line; an error that a user can mend is one line and exit code 2."""
    # The matrices of one question are small: a second thread costs more than it does. Read when numpy
    # is first imported, which only the commands do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except YinjuError as error:
        for line in str(error).splitlines():
            _say(line, label="error: ", colour="red")
        sys.exit(EXIT_BAD_INPUT)


def _say(text: str, *, label: str = "", colour: str | None = None) -> None:
    """A line to standard error; colours only where it is a terminal."""
    typer.secho(label, fg=colour, bold=True, nl=False, err=True)
    typer.echo(text, err=True)


@contextmanager
def _progress() -> Iterator[Any]:
    """A progress bar on standard error, as the callback that indexing and training want."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    with Progress(
        TextColumn("{task.description:>11}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bars:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


def _index(settings: Settings, paths: list[Path], *, rebuild: bool = False) -> None:
    # Imported where they are used, here and below, so that no command waits for what it does not use.
    from embeddings.models import BUNDLED, load_encoder  # noqa: PLC0415
    from qa.collection import collection_folder  # noqa: PLC0415
    from qa.indexing import index_paths  # noqa: PLC0415

    folder = collection_folder(settings.data, settings.collection)
    encoder = load_encoder(settings.model or BUNDLED)
    with _progress() as tell:
        report = index_paths(folder, paths, encoder, rebuild=rebuild, on_progress=tell)
    for skipped in report.skipped:
        _say(f"{skipped.path}: {skipped.reason}", label="skipped ", colour="yellow")
    for path, warnings in report.warnings.items():
        for warning in warnings:
            _say(f"{path}: {warning}", label="warning ", colour="yellow")
    _say(
        f"{report.documents} documents, {report.passages} passages in {folder} "
        f"({len(report.added)} added, {len(report.changed)} changed, {len(report.removed)} removed, "
        f"{report.unchanged} unchanged; {report.embedded} passages embedded; {report.seconds:.1f} s)"
    )


def _index_seeds_first(settings: Settings) -> None:
    """With no collection yet, the seeds are indexed, and that is said."""
    from qa.collection import collection_folder, is_indexed  # noqa: PLC0415

    if is_indexed(collection_folder(settings.data, settings.collection)):
        return
    _say(f"The collection {settings.collection!r} is not there yet: indexing the seed documents first.")
    _index(settings, [SEEDS])


@app.command()
def index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders or files; none: those indexed before, at first the seeds."),
    ] = None,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read and embed everything again.")] = False,
) -> None:
    """Bring a collection in step with folders of documents."""
    settings = load_settings(data=data, collection=collection, model=model)
    _index(settings, paths or _known_roots(settings), rebuild=rebuild)


def _known_roots(settings: Settings) -> list[Path]:
    from qa.catalogue import Catalogue  # noqa: PLC0415
    from qa.collection import collection_folder  # noqa: PLC0415
    from qa.layout import CATALOGUE_FILE  # noqa: PLC0415

    file = collection_folder(settings.data, settings.collection) / CATALOGUE_FILE
    if not file.exists():
        return [SEEDS]
    catalogue = Catalogue(file)
    try:
        return [Path(root) for root in catalogue.roots()] or [SEEDS]
    finally:
        catalogue.close()


@app.command()
def serve(
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [7860].", min=0, max=65535)] = None,
    llm_base_url: LlmBaseUrl = None,
    llm_model: LlmModel = None,
) -> None:
    """Serve the chat page and the HTTP API."""
    settings = load_settings(
        data=data,
        collection=collection,
        model=model,
        host=host,
        port=port,
        llm_base_url=llm_base_url,
        llm_model=llm_model,
    )
    _index_seeds_first(settings)
    from ui.server import run  # noqa: PLC0415 - Gradio takes seconds to import

    run(settings, announce=_say)


@app.command()
def ask(
    question: Question,
    k: Count = 5,
    history: Annotated[
        Path | None,
        typer.Option(
            help='JSON file with the conversation so far, oldest first: [{"role": "user" or "assistant", '
            '"content": "..."}].'
        ),
    ] = None,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    llm_base_url: LlmBaseUrl = None,
    llm_model: LlmModel = None,
    llm: Annotated[bool, typer.Option("--llm/--no-llm", help="Have the LLM write, where one is set.")] = True,
    as_json: Json = False,
) -> None:
    """Answer a question with cited sentences, or refuse and say why."""
    from qa.bot import Bot  # noqa: PLC0415
    from ui.render import answer_text  # noqa: PLC0415

    settings = load_settings(
        data=data, collection=collection, model=model, llm_base_url=llm_base_url, llm_model=llm_model
    )
    writer = make_writer(settings) if llm else None
    with closing(Bot(settings.data, model=settings.model, writer=writer)) as bot:
        turns = [] if history is None else _read_history(history)
        _index_seeds_first(settings)
        answer = bot.ask(question, k=k, collection=settings.collection, history=turns)
    if as_json:
        from ui.schemas import AskResponse  # noqa: PLC0415

        _print_json(AskResponse.of(answer).model_dump(mode="json"))
    else:
        typer.echo(answer_text(answer))


def _read_history(file: Path) -> list[Turn]:
    from pydantic import ValidationError  # noqa: PLC0415

    from qa.errors import QuestionError  # noqa: PLC0415
    from ui.schemas import History, turns_of  # noqa: PLC0415

    try:
        return turns_of(History.validate_json(file.read_bytes()))
    except OSError as error:
        raise QuestionError(
            f"{file} cannot be read ({error.strerror or error})", "Check its name."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise QuestionError(
            f"{file} is no conversation ({f'{place}: ' if place else ''}{first['msg']})",
            'Write a JSON list of {"role": "user" or "assistant", "content": "..."}.',
        ) from error


@app.command()
def search(
    question: Question,
    k: Count = 5,
    mode: Annotated[str, typer.Option(help="hybrid, lexical or dense.")] = "hybrid",
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Find the passages for a question and say why each was found."""
    from qa.bot import Bot  # noqa: PLC0415
    from qa.types import Mode  # noqa: PLC0415
    from ui.render import hits_text  # noqa: PLC0415

    if mode not in set(Mode):
        raise typer.BadParameter(f"{mode!r} is none of {', '.join(Mode)}", param_hint="--mode")
    settings = load_settings(data=data, collection=collection, model=model)
    _index_seeds_first(settings)
    with closing(Bot(settings.data, model=settings.model)) as bot:
        hits = bot.search(question, k=k, collection=settings.collection, mode=Mode(mode))
    if as_json:
        from ui.schemas import SearchResponse  # noqa: PLC0415

        _print_json(SearchResponse.of(question, hits).model_dump(mode="json"))
    else:
        typer.echo(hits_text(hits))


@app.command()
def status(data: Data = None, collection: Collection = None, as_json: Json = False) -> None:
    """Tell what a collection holds."""
    from ui.status import status_report, status_text  # noqa: PLC0415

    settings = load_settings(data=data, collection=collection)
    report = status_report(settings.data, settings.collection)
    if as_json:
        _print_json(report.model_dump(mode="json"))
    else:
        typer.echo(status_text(report))


@app.command("eval")
def evaluate(
    gold: Annotated[
        Path | None,
        typer.Argument(
            help="Gold questions (.jsonl) on the documents of the collection, or a BEIR folder or a "
            "SQuAD-style .json, which are indexed in a temporary collection."
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only questions of this split, such as test.")] = None,
    mode: Annotated[str, typer.Option(help="hybrid, lexical or dense.")] = "hybrid",
    compare: Annotated[
        str | None,
        typer.Option(
            help="Modes, or reports saved with --json, to compare: lexical,hybrid or old.json,new.json."
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write one self-contained HTML page.")] = None,
    run: Annotated[Path | None, typer.Option(help="Write a TREC run file.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(help="Exit with 1 if a figure of the last run is lower: recall@5=0.9. May be repeated."),
    ] = None,
    from_feedback: Annotated[
        bool,
        typer.Option(
            "--from-feedback",
            help="First review what readers said; what you confirm is added to GOLD [gold.jsonl of the "
            "collection].",
        ),
    ] = False,
    depth: Annotated[int, typer.Option(help="Passages judged for each question.", min=5, max=100)] = 20,
    llm: Annotated[
        bool, typer.Option("--llm", help="Have the LLM of the settings write, and check it.")
    ] = False,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Measure retrieval, answers and refusals on gold questions, and compare ways of retrieving."""
    from ui.evaluation.command import (  # noqa: PLC0415
        carry_out,
        check_writable,
        make_plan,
    )
    from ui.evaluation.limits import fallen_below, parse_limit  # noqa: PLC0415

    settings = load_settings(data=data, collection=collection, model=model)
    with _writer(settings, wanted=llm) as writer:
        limits = [parse_limit(text) for text in fail_under or ()]
        plan = make_plan(compare, mode)
        for file in filter(None, (report, run)):
            check_writable(file)
        if from_feedback:
            gold = _review(settings, gold)
            if not gold.exists():
                return
        if plan.modes and gold is not None and gold.suffix.lower() == ".jsonl":
            _index_seeds_first(settings)
        with _progress() as tell:
            outputs = carry_out(
                plan, settings, gold, split=split, depth=depth, on_progress=tell, writer=writer
            )
    _write_files(outputs, run, report)
    if as_json:
        from ui.evaluation.saved import report_json  # noqa: PLC0415

        _print_json(report_json(outputs.report))
    else:
        from ui.evaluation.tables import print_report  # noqa: PLC0415

        print_report(outputs.report)
    below = list(fallen_below(outputs.report.runs[-1], limits))
    for sentence in below:
        _say(sentence, label="too low: ", colour="red")
    if below:
        raise typer.Exit(EXIT_BELOW_LIMIT)


@contextmanager
def _writer(settings: Settings, *, wanted: bool) -> Iterator[Any]:
    """The LLM that was asked for, closed in the end; None where none was."""
    if not wanted:
        yield None
        return
    writer = make_writer(settings)
    if writer is None:
        raise SettingsError(
            "No LLM is set", "Set YINJU_LLM_BASE_URL and YINJU_LLM_MODEL, or leave --llm out."
        )
    with closing(writer):
        yield writer


def _write_files(outputs: Any, run: Path | None, report: Path | None) -> None:
    """The files that `yinju eval` was asked for, each of them named."""
    from ui.evaluation.command import write_runs, write_text  # noqa: PLC0415

    if run is not None:
        for file in write_runs(run, outputs):
            _say(f"Wrote {file}.")
    if report is not None:
        from ui.evaluation.page import report_page  # noqa: PLC0415 - matplotlib takes a second to import

        write_text(report, report_page(outputs.report))
        _say(f"Wrote {report}.")


def _review(settings: Settings, gold: Path | None) -> Path:
    """Have the user decide on what readers said, and give the file that the gold questions are in."""
    from qa.bot import Bot  # noqa: PLC0415
    from qa.collection import collection_folder  # noqa: PLC0415
    from qa.feedback import FeedbackStore  # noqa: PLC0415
    from qa.layout import GOLD_FILE  # noqa: PLC0415
    from ui.review import review  # noqa: PLC0415

    folder = collection_folder(settings.data, settings.collection)
    file = gold or folder / GOLD_FILE
    with closing(Bot(settings.data, model=settings.model)) as bot:
        summary = review(bot, settings.collection, FeedbackStore(folder), file, ask=_typed, say=_say)
    _say(
        f"{summary.taken} questions added to {file} with evidence, {summary.unanswerable} as unanswerable; "
        f"{summary.discarded} discarded, {summary.waiting} waiting."
    )
    return file


def _typed(prompt: str) -> str:
    """A line from standard input, asked for on standard error; standard output is for results."""
    typer.echo(prompt, nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


@app.command()
def train(
    source: Annotated[
        Path, typer.Argument(help="Documents to tune a model on (folder or file), or a folder of corpora.")
    ],
    output: Annotated[Path, typer.Argument(help="Folder to write the model into.")],
    gold: Annotated[
        Path | None, typer.Option(help="Gold questions (.jsonl) on the documents, to learn and measure by.")
    ] = None,
    start: Annotated[
        str, typer.Option("--from", help="Model to tune: `bundled`, or a folder that this command wrote.")
    ] = "bundled",
    batches: Annotated[
        int | None,
        typer.Option(help="Training steps [150 for tuning on documents, 14000 from scratch].", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Write the model even where it is worse.")] = False,
    as_json: Json = False,
) -> None:
    """Tune the embedding model on documents, or train it from scratch on a folder of corpora.

    A tuned model is measured on what was held out, and written only if it is no worse than the model that
    it started from and than one that it would replace. From scratch, a model in OUTPUT is replaced only if
    the new one is no worse on the corpora's validation sets, and the figures are printed as JSON.
    """
    from embeddings.training.corpora import is_corpora  # noqa: PLC0415

    given = {} if batches is None else {"batches": batches}
    if is_corpora(source):
        if gold is not None or start != "bundled":
            raise TrainingError(
                f"{source} is a folder of corpora, which a model is trained on from scratch",
                "Leave --gold and --from out, or name a folder of documents.",
            )
        _say(f"{source} is a folder of corpora: training a model from scratch.")
        _train(source, output, force=force, seed=seed, **given)
    else:
        _say(f"{source} is taken for documents: tuning {_named(start)} on them.")
        _tune(source, output, gold=gold, start=start, force=force, as_json=as_json, seed=seed, **given)


def _named(model: str) -> str:
    return "the bundled model" if model == "bundled" else f"the model in {model}"


def _train(corpora: Path, output: Path, *, force: bool, **given: Any) -> None:
    from pydantic import TypeAdapter  # noqa: PLC0415

    from embeddings.training import TrainingReport, TrainingSettings  # noqa: PLC0415
    from embeddings.training import train as train_model  # noqa: PLC0415

    with _progress() as tell:
        settings = TrainingSettings(**given)
        report = train_model(corpora, output, settings=settings, force=force, on_progress=tell)
    _print_json(TypeAdapter(TrainingReport).dump_python(report, mode="json"))


def _tune(
    documents: Path, output: Path, *, gold: Path | None, start: str, force: bool, as_json: bool, **given: Any
) -> None:
    from pydantic import TypeAdapter  # noqa: PLC0415

    from embeddings.training.settings import TuningSettings  # noqa: PLC0415
    from qa.tuning.tune import TuningReport, tune_on_documents  # noqa: PLC0415
    from ui.tuning import print_tuning  # noqa: PLC0415

    with _progress() as tell:
        report = tune_on_documents(
            documents,
            output,
            gold=gold,
            model=start,
            settings=TuningSettings(**given),
            force=force,
            on_progress=tell,
        )
    for skipped in report.skipped:
        _say(f"{skipped.path}: {skipped.reason}", label="skipped ", colour="yellow")
    print_tuning(report)
    if as_json:
        _print_json(TypeAdapter(TuningReport).dump_python(report, mode="json"))
    if report.refused is not None:
        _say(report.refused, label="error: ", colour="red")
        raise typer.Exit(EXIT_BAD_INPUT)
    _say(f"Wrote {output}: use it with `yinju index --model {output}`. ({report.seconds:.0f} s)")


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
