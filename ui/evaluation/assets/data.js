"use strict";
/* The questions, unpacked as they are needed from the lists that embedded.py writes. */

const packed = JSON.parse(document.getElementById("questions-data").textContent);

const text = (place) => packed.texts[place];

const outcomes = spoken.outcomes.map(([value, good, name, meaning], order) => ({
  value,
  wrong: !good,
  name,
  meaning,
  order,
}));

const questions = packed.questions.map(
  ([id, question, type, language, searched, laterTurn, answerable, answers, evidence, documents]) => ({
    id,
    question,
    type,
    language,
    searched,
    laterTurn: Boolean(laterTurn),
    answerable: Boolean(answerable),
    answers,
    evidence: () => evidence.map(([path, start, end, words]) => ({ path: text(path), start, end, words })),
    documents: () => documents.map(text),
  }),
);

function passage(place) {
  const [path, title, section, start, end, words] = packed.passages[place];
  return { path: text(path), title: text(title), section: section.map(text), start, end, words };
}

function hit([place, rank, score, relevant, lexical, dense, terms]) {
  const found = place < 0 ? { path: "", title: "", section: [], start: 0, end: 0, words: "" } : passage(place);
  return { ...found, rank, score, relevant: Boolean(relevant), lexical, dense, terms: terms.map(text) };
}

function answer([answered, percent, reason, citations]) {
  return {
    answered: Boolean(answered),
    percent,
    reason: reason === null ? null : text(reason),
    citations: citations.map(([path, start, end, exact, right, words]) => ({
      path: text(path),
      start,
      end,
      exact: Boolean(exact),
      right: Boolean(right),
      words: text(words),
    })),
  };
}

const runs = packed.runs.map(({ name, metrics, results }) => ({
  name,
  metrics,
  results: results.map(([place, outcome, firstRank, values, hits, answered]) => ({
    place,
    question: questions[place],
    outcome: outcomes[outcome],
    firstRank,
    values,
    hits: () => hits.map(hit),
    answer: answered && answer(answered),
  })),
}));

/** The results of a run by question, for looking up what another run made of it. */
const byQuestion = runs.map((run) => new Map(run.results.map((result) => [result.place, result])));
