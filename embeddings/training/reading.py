"""Training the network of ``embeddings.reader``: the same computation in torch, its loss and its loop.

For every question a handful of passages is drawn: its own, and those that a search finds but that do not
answer it. The loss is the negative log-likelihood of the answering sentence among all their sentences and the
choice that none answers; where the own passages are left out, or do not answer, that choice is right. Beside
it, with a smaller weight, the first and last token of the answer in its sentence.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn
from torch.nn import functional

from embeddings.reader import (
    CONTEXT_AFTER,
    DILATIONS,
    LEAST_MAXIMUM,
    QUESTION_FEATURES,
    QUESTION_TAPS,
    REACH,
    SENTENCE_FEATURES,
    TAPS,
    TOKEN_FEATURES,
    WEIGHTS_FILE,
    Inputs,
    Question,
    SentenceTokens,
    frequent_tokens,
    reader_inputs,
)
from embeddings.static_encoder import StaticEncoder
from embeddings.token_shapes import Shape, TokenShapes

_EVEN = 0.5


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """The knobs of a run.

    Attributes:
        width: of every layer. frequent: how many of the most frequent tokens get vectors of their own.
        epochs: passes over the questions. batch: questions in a step. learning_rate: largest, of AdamW.
        passages: most passages of a question beside its own.
        away: share of questions whose own passages are left out.
        dropout: of the vectors of tokens. word_dropout: share of tokens whose own vector is left out.
        span_weight: of the loss of first and last token.
    """

    width: int = 64
    frequent: int = 2000
    epochs: float = 2.0
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    passages: int = 3
    away: float = 0.2
    dropout: float = 0.25
    word_dropout: float = 0.2
    span_weight: float = 0.25
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a question is answered: a passage, a sentence of it, its first and last token, -1 if unknown."""

    passage: int
    sentence: int
    first: int = -1
    last: int = -1


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to learn from.

    Attributes:
        question: as the reader sees it.
        own: numbers of the passages of the document that it was asked of.
        others: numbers of other passages that a search finds for it, best first.
        coverage: of every sentence of each of these passages.
        target: the answer; None where the document does not tell it.
    """

    question: Question
    own: tuple[int, ...]
    others: tuple[int, ...]
    coverage: dict[int, NDArray[np.float32]]
    target: Target | None


@dataclass(frozen=True, slots=True)
class Collection:
    """Passages as token ids and idf of their sentences, and what is asked of them."""

    passages: list[list[tuple[NDArray[np.int32], NDArray[np.float32]]]]
    asked: list[Asked]

    def inputs(
        self, encoder: StaticEncoder, shapes: TokenShapes, asked: Asked, numbers: Sequence[int]
    ) -> Inputs:
        """The inputs of the network for some passages."""
        passages = [
            [
                SentenceTokens(ids, idf, float(coverage))
                for (ids, idf), coverage in zip(self.passages[number], asked.coverage[number], strict=True)
            ]
            for number in numbers
        ]
        return reader_inputs(encoder, shapes, asked.question, passages)


class KnownTokens:
    """What a network is told of a token by itself."""

    def __init__(self, encoder: StaticEncoder, frequent: Sequence[str]) -> None:
        self.encoder = encoder
        self.shapes = TokenShapes(encoder.tokenizer)
        self._rows = frequent_tokens(encoder, frequent)

    def of(self, ids: NDArray[np.int32]) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors (n, dimension), rows among the frequent tokens (n,) and shapes (n,)."""
        told = (self.encoder.token_vectors(ids), self._rows[ids], self.shapes.shapes(ids))
        vectors, rows, shapes = (torch.from_numpy(each) for each in told)
        return vectors, rows, shapes


class _Block(nn.Module):
    def __init__(self, width: int, taps: int, dilation: int) -> None:
        super().__init__()
        self.dw = nn.Conv1d(
            width, width, taps, padding=dilation * (taps // 2), dilation=dilation, groups=width
        )
        self.ln = nn.LayerNorm(width)
        self.a = nn.Linear(width, 2 * width)
        self.b = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        buffer = x.new_zeros(int(places[-1]) + REACH + 1, x.shape[1]).index_copy(0, places, x)
        seen = self.dw(buffer.T[None])[0].T[places]
        seen = self.b(functional.relu(self.a(self.ln(seen))))
        added: Tensor = x + self.dropout(seen)
        return added


class ReaderNetwork(nn.Module):
    """The twin of :meth:`embeddings.reader.Reader.run`; the parameters bear the names of its tensors."""

    def __init__(self, dimension: int, settings: ReaderSettings) -> None:
        super().__init__()
        d = settings.width
        self.proj = nn.Linear(dimension, d, bias=False)
        self.emb = nn.Embedding(settings.frequent + 1, d, padding_idx=0)
        self.cls = nn.Embedding(len(Shape), d)
        for table in (self.emb, self.cls):
            nn.init.normal_(table.weight, std=0.1)
        self.qn, self.pn, self.out = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)
        self.q1, self.q2 = _Block(d, QUESTION_TAPS, 1), _Block(d, QUESTION_TAPS, 1)
        self.qatt = nn.Linear(d, 2)
        self.wa, self.wm = nn.Linear(d, d, bias=False), nn.Linear(d, d, bias=False)
        self.wf, self.ws = nn.Linear(TOKEN_FEATURES, d), nn.Linear(2 * d, d)
        self.blocks = nn.ModuleList(_Block(d, TAPS, dilation) for dilation in DILATIONS)
        self.ctx = nn.Linear(2 * d, d)
        self.span = nn.Linear(d, 2)
        self.sent = nn.Sequential(nn.Linear(2 * d + SENTENCE_FEATURES, 64), nn.ReLU(), nn.Linear(64, 1))
        self.lin = nn.Linear(SENTENCE_FEATURES, 1)
        self.null = nn.Sequential(nn.Linear(2 * d + QUESTION_FEATURES, 32), nn.ReLU(), nn.Linear(32, 1))
        self.tau = nn.Parameter(torch.tensor(8.0))
        self.dropout = nn.Dropout(settings.dropout)
        self.word_dropout = settings.word_dropout

    def _embed(self, vectors: Tensor, rows: Tensor, shapes: Tensor) -> Tensor:
        if self.training:
            rows = rows * (torch.rand(rows.shape) > self.word_dropout)
        embedded: Tensor = self.proj(vectors) + self.emb(rows) + self.cls(shapes)
        return embedded

    def forward(self, inputs: Inputs, known: KnownTokens) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the sentences (s,), of nothing (), and of first and last tokens (n, 2)."""
        of = torch.from_numpy
        vectors, rows, shapes = known.of(inputs.question_ids)
        asked = self.qn(self._embed(self.dropout(vectors), rows, shapes))
        places = torch.arange(len(asked)) + REACH
        asked = self.q2(self.q1(asked, places), places)
        summed = (self.qatt(asked).softmax(0).T @ asked).flatten()
        aligned = (of(inputs.cosines) * self.tau).softmax(1) @ asked
        vectors, rows, shapes = known.of(inputs.ids)
        x = self._embed(self.dropout(vectors), rows, shapes)
        x = (
            self.pn(x)
            + self.wa(aligned)
            + self.wm(x * aligned)
            + self.wf(of(inputs.tokens))
            + self.ws(summed)
        )
        passage_of, sentence_of = of(inputs.passage_of), of(inputs.sentence_of)
        places = torch.arange(len(x)) + REACH * (passage_of + 1)
        for at, block in enumerate(self.blocks):
            x = block(x, places)
            if at == CONTEXT_AFTER:
                around = [_means(x, groups)[groups] for groups in (sentence_of, passage_of)]
                x = x + self.ctx(torch.cat(around, 1))
        x = self.out(x)
        sentences = of(inputs.sentences)
        means = _means(x, sentence_of, len(sentences))
        maxima = x.new_full((len(sentences), x.shape[1]), LEAST_MAXIMUM).scatter_reduce(
            0, sentence_of[:, None].expand_as(x), x, "amax", include_self=False
        )
        logits = self.sent(torch.cat([means, maxima, sentences], 1))[:, 0] + self.lin(sentences)[:, 0]
        nothing = self.null(torch.cat([summed, of(inputs.about)]))[0]
        return logits, nothing, self.span(x)


def _means(x: Tensor, groups: Tensor, count: int | None = None) -> Tensor:
    count = int(groups[-1]) + 1 if count is None else count
    sums = x.new_zeros(count, x.shape[1]).index_add(0, groups, x)
    return sums / x.new_zeros(count).index_add(0, groups, torch.ones(len(x))).clamp(min=1)[:, None]


def most_frequent(collections: Sequence[Collection], encoder: StaticEncoder, count: int) -> list[str]:
    """The tokens that stand most often in questions and passages; one in a question counts three times."""
    counts = np.zeros(encoder.vocabulary, np.int64)
    for collection in collections:
        for asked in collection.asked:
            np.add.at(counts, asked.question.ids, 3)
        for passage in collection.passages:
            for ids, _ in passage:
                np.add.at(counts, ids, 1)
    frequent = np.argsort(-counts, kind="stable")[:count]
    return [encoder.tokenizer.id_to_token(int(token)) or "" for token in frequent]


def _drawn(asked: Asked, rng: Random, settings: ReaderSettings) -> tuple[list[int], Target | None]:
    """Passages for one step, in random order, and the target among them."""
    others = asked.others
    if asked.target is None:
        numbers = rng.sample(asked.own, min(2, len(asked.own)))
        numbers += others[: rng.randint(0, settings.passages)]
        target = None
    elif rng.random() < settings.away and len(others) > 1:
        target = None
        numbers = list(
            others[: settings.passages]
            if rng.random() < _EVEN
            else rng.sample(others, min(settings.passages, len(others)))
        )
    else:
        target = asked.target
        numbers = [target.passage]
        beside = [number for number in asked.own if number != target.passage]
        if beside and rng.random() < _EVEN:
            numbers.append(rng.choice(beside))
        for _ in range(rng.randint(0, settings.passages)):
            if others:
                numbers.append(others[min(int(rng.expovariate(0.5)), len(others) - 1)])
        numbers = list(dict.fromkeys(numbers))
    rng.shuffle(numbers)
    return numbers, target


def _loss(
    network: ReaderNetwork,
    inputs: Inputs,
    known: KnownTokens,
    right: int | None,
    span: tuple[int, int] | None,
    weight: float,
) -> Tensor:
    logits, nothing, spans = network(inputs, known)
    everything = torch.logsumexp(torch.cat([logits, nothing[None]]), 0)
    if right is None:
        loss: Tensor = everything - nothing
        return loss
    loss = everything - logits[right]
    if span is not None:
        inside = torch.from_numpy(np.flatnonzero(inputs.sentence_of == right))
        for column, token in enumerate(span):
            of_sentence = spans[inside, column]
            loss = loss + weight * (torch.logsumexp(of_sentence, 0) - of_sentence[token])
    return loss


def train_reader(
    collections: Sequence[Collection],
    encoder: StaticEncoder,
    settings: ReaderSettings,
    on_progress: Callable[[int, int, float], None],
) -> tuple[ReaderNetwork, list[str]]:
    """Train on questions with their passages.

    Args:
        collections: what to learn from.
        encoder: gives the vectors of the tokens.
        settings: of the run.
        on_progress: called with the step, the steps in all and the running loss.

    Returns:
        The network, and the tokens that have vectors of their own.

    Raises:
        ValueError: there is no question.
    """
    if not any(collection.asked for collection in collections):
        raise ValueError("there is no question to learn from")
    torch.manual_seed(settings.seed)
    rng = Random(settings.seed)  # noqa: S311 - no secret
    tokens = most_frequent(collections, encoder, settings.frequent)
    known = KnownTokens(encoder, tokens)
    network = ReaderNetwork(encoder.dimension, settings)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    every = [(collection, asked) for collection in collections for asked in collection.asked]
    steps = max(1, int(len(every) * settings.epochs / settings.batch))
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / 100) * max(0.02, 1 - step / steps)
    )
    order = _forever(len(every), rng)
    running = 0.0
    network.train()
    for step in range(steps):
        optimiser.zero_grad()
        total = 0.0
        for _ in range(settings.batch):
            collection, asked = every[next(order)]
            numbers, target = _drawn(asked, rng, settings)
            inputs = collection.inputs(encoder, known.shapes, asked, numbers)
            if not len(inputs.ids) or not len(inputs.question_ids):
                continue
            right, span = None, None
            if target is not None:
                before = numbers[: numbers.index(target.passage)]
                right = sum(len(collection.passages[number]) for number in before) + target.sentence
                span = (target.first, target.last) if target.first >= 0 else None
            loss = _loss(network, inputs, known, right, span, settings.span_weight) / settings.batch
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        rate.step()
        running = total if not step else 0.98 * running + 0.02 * total
        on_progress(step + 1, steps, running)
    network.eval()
    return network, tokens


def _forever(count: int, rng: Random) -> Iterator[int]:
    while True:
        order = list(range(count))
        rng.shuffle(order)
        yield from order


def save_reader(
    folder: Path,
    network: ReaderNetwork,
    tokens: Sequence[str],
    encoder: StaticEncoder,
    settings: ReaderSettings,
) -> None:
    """Write the weights in half precision, with what :class:`embeddings.reader.Reader` needs to know."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: value.detach().numpy().astype(np.float16) for name, value in network.state_dict().items()
    }
    about = {
        "encoder": encoder.fingerprint,
        "tokens": json.dumps(list(tokens), ensure_ascii=False),
        "settings": json.dumps(asdict(settings)),
    }
    save_file(weights, folder / WEIGHTS_FILE, metadata=about)
