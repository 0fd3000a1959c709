"""A small network that reads sentences with a question: which of them answers it, and where in it?

It sees every token of some passages by its static vector, by the words of the question that it resembles
(soft alignment, as in Chen et al. 2017, *Reading Wikipedia to answer open-domain questions*), by its rarity
and its shape. Four layers of depthwise convolution (Chollet 2017) let a token see its neighbours, and means
over its sentence and its passage the rest. The sentences of all passages are scored together with one more
choice, that none of them answers (Clark and Gardner 2018). A hundred thousand multiplications for each token:
half a dozen passages take some milliseconds on one core, without any framework.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from embeddings.errors import ModelError
from embeddings.static_encoder import StaticEncoder, bundled_encoder
from embeddings.token_shapes import TokenShapes

READER_MODEL = Path(__file__).parent / "reader_model"
WEIGHTS_FILE = "reader.safetensors"

REACH = 8
"""Tokens on either side that a layer sees at most: two taps times the largest dilation."""

TAPS = 5
DILATIONS = (1, 2, 4, 1)
QUESTION_TAPS = 3
CONTEXT_AFTER = 1
"""The layer after which a token is told the means of its sentence and its passage."""

TOKEN_FEATURES = 9
SENTENCE_FEATURES = 7
QUESTION_FEATURES = 2

LEAST_MAXIMUM = -5.0
"""What a sentence without tokens has in place of the largest value of each channel."""

_EXACT = 0.995
"""Cosine from which two tokens are the same."""

UNREADABLE = -20.0
"""Logit where there is nothing to read."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the reader sees it.

    Attributes:
        ids: int32 (m,), tokens of the reader's encoder.
        idf: float32 (m,), rarity of each in the collection.
        characters: the characters it asks about, with weights that add up to 1.
        english: whether it is in English.
    """

    ids: NDArray[np.int32]
    idf: Values
    characters: Mapping[str, float]
    english: bool


@dataclass(frozen=True, slots=True)
class SentenceTokens:
    """A sentence as the reader sees it: int32 (t,) and float32 (t,) as for a question.

    ``coverage`` is the share of the question's words and characters, by rarity, that it holds.
    """

    ids: NDArray[np.int32]
    idf: Values
    coverage: float


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the network is given for one question and the n tokens of the s sentences of some passages.

    Attributes:
        question_ids: int32 (m,).
        about: float32 (QUESTION_FEATURES,), length of the question and whether it is in English.
        ids: int32 (n,), sentence after sentence.
        cosines: float32 (n, m).
        tokens: float32 (n, TOKEN_FEATURES).
        sentences: float32 (s, SENTENCE_FEATURES).
        sentence_of: int64 (n,), rising. passage_of: int64 (n,), rising.
    """

    question_ids: NDArray[np.int32]
    about: Values
    ids: NDArray[np.int32]
    cosines: Values
    tokens: Values
    sentences: Values
    sentence_of: NDArray[np.int64]
    passage_of: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reading:
    """Logits, higher is better; all but those of tokens are comparable with each other.

    Attributes:
        sentences: float32 (s,), that the sentence answers.
        nothing: that none does.
        starts, ends: float32 (n,), that the token begins or ends the answer in its sentence.
    """

    sentences: Values
    nothing: float
    starts: Values
    ends: Values


# A product with a vector may look at what lies behind the last row and tell of an invalid value there,
# though none goes into the result.
@np.errstate(invalid="ignore")
def reader_inputs(
    encoder: StaticEncoder,
    shapes: TokenShapes,
    question: Question,
    passages: Sequence[Sequence[SentenceTokens]],
) -> Inputs:
    """What the network is given of a question and the sentences of some passages.

    Questions without tokens and passages without sentences are told as arrays of no rows.
    """
    sentences = [sentence for passage in passages for sentence in passage]
    sizes = np.asarray([len(sentence.ids) for sentence in sentences], np.int64)
    passage_of_sentence = np.repeat(np.arange(len(passages)), [len(passage) for passage in passages])
    sentence_of = np.repeat(np.arange(len(sentences)), sizes)
    ids = np.concatenate([sentence.ids for sentence in sentences]) if sentences else np.empty(0, np.int32)
    idf = np.concatenate([sentence.idf for sentence in sentences]) if sentences else np.empty(0, np.float32)
    share = question.idf / max(float(question.idf.sum()), 1e-6)
    cosines = _cosines(encoder, ids, question.ids)
    return Inputs(
        question_ids=question.ids,
        about=np.asarray([len(question.ids) / 20.0, float(question.english)], np.float32),
        ids=ids,
        cosines=cosines,
        tokens=_token_features(cosines, share, idf, sentence_of, shapes.weights(ids, question.characters)),
        sentences=_sentence_features(cosines, share, sentences, sizes, passage_of_sentence),
        sentence_of=sentence_of,
        passage_of=passage_of_sentence[sentence_of],
    )


def _cosines(encoder: StaticEncoder, ids: NDArray[np.int32], asked: NDArray[np.int32]) -> Values:
    """Cosine of every token with every one of the question, float32 (len(ids), len(asked))."""
    distinct, place = np.unique(ids, return_inverse=True)
    products = encoder.token_products(distinct, encoder.token_vectors(asked))
    products /= np.maximum(encoder.token_lengths[distinct], np.finfo(np.float32).tiny)[:, None]
    return np.take(products, place, axis=0)


def _token_features(
    cosines: Values, share: Values, idf: Values, sentence_of: NDArray[np.int64], characters: Values
) -> Values:
    """Features of every token, float32 (n, TOKEN_FEATURES), each about 0..1.

    Its best cosine to the question's tokens, that squared, and times the share of the token it resembles; the
    share of the tokens that it is, and whether it is one; its idf; whether it begins a sentence; its cosines
    weighted by the shares; the weight of its characters.
    """
    features = np.zeros((len(idf), TOKEN_FEATURES), np.float32)
    if not cosines.size:
        return features
    near = np.maximum(cosines, 0.0)
    best = near.argmax(axis=1)
    closest = near[np.arange(len(near)), best]
    exact = cosines > _EXACT
    features[:, 0] = closest
    features[:, 1] = closest * closest
    features[:, 2] = share[best] * closest * 4
    features[:, 3] = (exact @ share) * 4
    features[:, 4] = exact.any(axis=1)
    features[:, 5] = idf / 8
    features[:, 6] = np.diff(sentence_of, prepend=-1) > 0
    features[:, 7] = (near @ share) * 2
    features[:, 8] = characters * 4
    return features


def _sentence_features(
    cosines: Values,
    share: Values,
    sentences: Sequence[SentenceTokens],
    sizes: NDArray[np.int64],
    passage_of: NDArray[np.int64],
) -> Values:
    """Features of every sentence, float32 (s, SENTENCE_FEATURES).

    Late interaction, the share of the question's tokens that it holds, squared late interaction, late
    interaction of its whole passage, its place in the passage, its length, its coverage.
    """
    features = np.zeros((len(sentences), SENTENCE_FEATURES), np.float32)
    partners = np.zeros((len(sentences), len(share)), np.float32)
    if cosines.size:
        held = sizes > 0
        begins = (np.cumsum(sizes) - sizes)[held]
        partners[held] = np.maximum(np.maximum.reduceat(cosines, begins, axis=0), 0.0)
    features[:, 0] = partners @ share
    features[:, 1] = (partners > _EXACT) @ share
    features[:, 2] = np.maximum(partners, 0.2) ** 2 @ share
    first_of_passage = np.flatnonzero(np.diff(passage_of, prepend=-1))
    if len(first_of_passage):
        whole = np.maximum.reduceat(partners, first_of_passage, axis=0) @ share
        count = np.diff(first_of_passage, append=len(passage_of))
        features[:, 3] = np.repeat(whole, count)
        place = np.arange(len(passage_of)) - np.repeat(first_of_passage, count)
        features[:, 4] = np.minimum(place / 5, 2.0)
    features[:, 5] = np.minimum(sizes, 60) / 30
    features[:, 6] = [sentence.coverage for sentence in sentences]
    return features


class Reader:
    """The network, ready to read. Safe to share between threads.

    Attributes:
        encoder: the static model whose tokens it reads.
        shapes: of these tokens.
        fingerprint: digest of the weights.

    Raises:
        ModelError: the weights cannot be read, or belong to another static model than ``encoder``.
    """

    def __init__(self, folder: Path, encoder: StaticEncoder) -> None:
        try:
            with safe_open(folder / WEIGHTS_FILE, framework="numpy") as file:
                self._w = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
                about = file.metadata()
            frequent: Sequence[str] = json.loads(about["tokens"])
            made_for = about["encoder"]
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise ModelError(
                f"The reader in {folder} cannot be loaded ({error})", "Install the package again."
            ) from error
        if made_for != encoder.fingerprint:
            raise ModelError(
                f"The reader in {folder} was trained with other token vectors than those of {encoder.name!r}",
                "Train it anew with `python -m tests.bench.fit_reader`.",
            )
        self.encoder = encoder
        self.fingerprint = blake2b((folder / WEIGHTS_FILE).read_bytes(), digest_size=8).hexdigest()
        self.shapes = TokenShapes(encoder.tokenizer)
        self._frequent = frequent_tokens(encoder, frequent)
        self._embedded = np.zeros((encoder.vocabulary, self._w["proj.weight"].shape[0]), np.float32)
        self._met = np.zeros(encoder.vocabulary, bool)

    def read(self, question: Question, passages: Sequence[Sequence[SentenceTokens]]) -> Reading:
        """Read the sentences of passages, in their order.

        Where the question or all sentences are without tokens, nothing answers.
        """
        return self.run(reader_inputs(self.encoder, self.shapes, question, passages))

    @np.errstate(invalid="ignore")
    def run(self, inputs: Inputs) -> Reading:
        """The network on inputs that are ready."""
        w = self._w
        if not len(inputs.ids) or not len(inputs.question_ids):
            return Reading(
                np.full(len(inputs.sentences), UNREADABLE, np.float32),
                0.0,
                np.zeros(len(inputs.ids), np.float32),
                np.zeros(len(inputs.ids), np.float32),
            )
        words, asked = self._question(inputs)
        alignment = inputs.cosines * w["tau"]
        alignment = np.exp(alignment - alignment.max(axis=1, keepdims=True))
        alignment /= alignment.sum(axis=1, keepdims=True)
        aligned = alignment @ words
        x = self._embed(inputs.ids)
        x = (
            _normalised(x, w["pn.weight"], w["pn.bias"])
            + aligned @ w["wa.weight"].T
            + (x * aligned) @ w["wm.weight"].T
            + inputs.tokens @ w["wf.weight"].T
            + (w["wf.bias"] + w["ws.weight"] @ asked + w["ws.bias"])
        )
        places = np.arange(len(x)) + REACH * (inputs.passage_of + 1)
        of_sentence = _Groups(inputs.sentence_of)
        for at, dilation in enumerate(DILATIONS):
            x = self._block(f"blocks.{at}", x, places, TAPS, dilation)
            if at == CONTEXT_AFTER:
                of_passage = _Groups(inputs.passage_of)
                means = np.concatenate(
                    [of_sentence.spread(of_sentence.means(x)), of_passage.spread(of_passage.means(x))], axis=1
                )
                x = x + means @ w["ctx.weight"].T + w["ctx.bias"]
        x = _normalised(x, w["out.weight"], w["out.bias"])
        pooled = np.zeros((len(inputs.sentences), 2 * x.shape[1]), np.float32)
        pooled[:, x.shape[1] :] = LEAST_MAXIMUM
        pooled[of_sentence.groups] = np.concatenate([of_sentence.means(x), of_sentence.maxima(x)], axis=1)
        seen = np.concatenate([pooled, inputs.sentences], axis=1)
        sentences = (
            self._two_layers("sent", seen)[:, 0]
            + (inputs.sentences @ w["lin.weight"].T + w["lin.bias"])[:, 0]
        )
        nothing = self._two_layers("null", np.concatenate([asked, inputs.about])[None])[0, 0]
        spans = x @ w["span.weight"].T + w["span.bias"]
        return Reading(sentences.astype(np.float32), float(nothing), spans[:, 0], spans[:, 1])

    def _embed(self, ids: NDArray[np.int32]) -> Values:
        """What is known of each token by itself, float32 (tokens, d); learned when it is first met."""
        new = np.unique(ids[~self._met[ids]])
        if len(new):
            w = self._w
            # Not a product of matrices: its last bits depend on how many tokens are met at once, and what is
            # answered must not depend on what was asked before.
            self._embedded[new] = (
                np.einsum("ij,kj->ik", self.encoder.token_vectors(new), w["proj.weight"])
                + w["emb.weight"][self._frequent[new]]
                + w["cls.weight"][self.shapes.shapes(new)]
            )
            self._met[new] = True
        return np.take(self._embedded, ids, axis=0)

    def _question(self, inputs: Inputs) -> tuple[Values, Values]:
        """Vectors of the question's tokens in their context, (m, d), and two sums of them, (2 d,)."""
        w = self._w
        x = self._embed(inputs.question_ids)
        x = _normalised(x, w["qn.weight"], w["qn.bias"])
        places = np.arange(len(x)) + REACH
        for name in ("q1", "q2"):
            x = self._block(name, x, places, QUESTION_TAPS, 1)
        attention = x @ w["qatt.weight"].T + w["qatt.bias"]
        attention = np.exp(attention - attention.max(axis=0))
        attention /= attention.sum(axis=0)
        return x, np.asarray((attention.T @ x).ravel(), np.float32)

    def _block(self, name: str, x: Values, places: NDArray[np.int64], taps: int, dilation: int) -> Values:
        """A convolution over neighbours, then two layers over each token, added to what was there."""
        w = self._w
        reach = dilation * (taps // 2)
        buffer = np.zeros((int(places[-1]) + REACH + 1, x.shape[1]), np.float32)
        buffer[places] = x
        kernel = w[f"{name}.dw.weight"]  # (d, 1, taps)
        inner = buffer[REACH - reach : len(buffer) - REACH + reach]
        length = len(buffer) - 2 * REACH
        # In place from here on: most of the time would go into new arrays.
        seen = inner[:length] * kernel[:, 0, 0]
        product = np.empty_like(seen)
        for tap in range(1, taps):
            np.multiply(inner[tap * dilation : tap * dilation + length], kernel[:, 0, tap], out=product)
            seen += product
        seen = np.take(seen, places - REACH, axis=0)
        seen += w[f"{name}.dw.bias"]
        hidden = _normalised(seen, w[f"{name}.ln.weight"], w[f"{name}.ln.bias"]) @ w[f"{name}.a.weight"].T
        hidden += w[f"{name}.a.bias"]
        np.maximum(hidden, 0.0, out=hidden)
        added: Values = hidden @ w[f"{name}.b.weight"].T
        added += w[f"{name}.b.bias"]
        added += x
        return added

    def _two_layers(self, name: str, x: Values) -> Values:
        w = self._w
        hidden = np.maximum(x @ w[f"{name}.0.weight"].T + w[f"{name}.0.bias"], 0.0)
        return np.asarray(hidden @ w[f"{name}.2.weight"].T + w[f"{name}.2.bias"], np.float32)


class _Groups:
    """Runs of equal numbers in a rising array, such as the tokens of each sentence."""

    def __init__(self, of: NDArray[np.int64]) -> None:
        self._begins = np.flatnonzero(np.diff(of, prepend=-1))
        self._sizes = np.diff(self._begins, append=len(of))
        self.groups = of[self._begins]

    def means(self, x: Values) -> Values:
        return np.asarray(np.add.reduceat(x, self._begins, axis=0) / self._sizes[:, None], np.float32)

    def maxima(self, x: Values) -> Values:
        return np.asarray(np.maximum.reduceat(x, self._begins, axis=0), np.float32)

    def spread(self, values: Values) -> Values:
        return np.repeat(values, self._sizes, axis=0)


def frequent_tokens(encoder: StaticEncoder, tokens: Sequence[str]) -> NDArray[np.int64]:
    """Row of each token of the encoder among ``tokens``, counted from 1; 0 for all others; (vocabulary,).

    Raises:
        ModelError: the encoder has no such token.
    """
    rows = np.zeros(encoder.vocabulary, np.int64)
    for row, token in enumerate(tokens, start=1):
        number = encoder.tokenizer.token_to_id(token)
        if number is None:
            raise ModelError(
                f"The reader knows the token {token!r}, which {encoder.name!r} lacks",
                "Train it anew with `python -m tests.bench.fit_reader`.",
            )
        rows[number] = row
    return rows


def _normalised(x: Values, weight: Values, bias: Values) -> Values:
    """Layer normalisation (Ba, Kiros and Hinton 2016) of every row."""
    centred = x - x.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred) / x.shape[1]
    centred *= (1.0 / np.sqrt(variance + 1e-5))[:, None]
    centred *= weight
    centred += bias
    return np.asarray(centred, np.float32)


@cache
def bundled_reader() -> Reader:
    """The reader that ships with the program, loaded once in a process."""
    return Reader(READER_MODEL, bundled_encoder())
