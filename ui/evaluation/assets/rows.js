"use strict";
/* One question as a line of the list, and all that is known of it once it is unfolded. */

const unfolded = new Set();

const lines = ({ start, end }) => say(start === end ? "line" : "lines", { start, end });

const outcomeMark = (outcome) =>
  make("span", outcome.wrong ? "outcome wrong" : "outcome", make("i", `swatch o-${outcome.value}`), either(outcome.name));

function languageName(language) {
  if (!language) return "";
  return language in spoken.words && /^(zh|en)$/.test(language) ? say(language) : language;
}

const firstRank = ({ firstRank: rank }) => (rank ? say("rank_first", { rank }) : say("rank_never"));

function state(result) {
  return result.answer ? say(result.answer.answered ? "answered" : "refused", result.answer) : "";
}

function meta(result) {
  const { question } = result;
  const parts = [
    question.id,
    question.type,
    languageName(question.language),
    question.answerable ? firstRank(result) : say("unanswerable"),
    state(result),
  ];
  const meta = make("span", "meta");
  for (const part of parts.filter(Boolean)) meta.append(make("bdi", "", part));
  return meta;
}

const place = (where) => make("p", "where", make("bdi", "", where.path), " ", make("span", "lines", lines(where)));

function section(title, ...children) {
  return make("section", "", make("h4", "", title), ...children);
}

function citation(each) {
  const judged = make(
    "p",
    each.right ? "judged right" : "judged wrong",
    `${each.right ? "✓" : "✗"} ${say(each.right ? "right" : "not_right")}`,
  );
  if (!each.exact) judged.append(make("strong", "inexact", say("not_exact")));
  return make("li", "", judged, make("blockquote", "", each.words), place(each));
}

function reply({ answered, percent, reason, citations }) {
  const found = section(say(answered ? "reply" : "held_back"));
  found.append(make("p", "state", say(answered ? "answered" : "refused", { percent })));
  if (reason) found.append(make("p", "reason", reason));
  found.append(citations.length ? make("ol", "citations", ...citations.map(citation)) : make("p", "aid", say("no_sentences")));
  return found;
}

function proofs(question) {
  const found = [];
  if (question.searched !== null) found.push(section(say("searched"), make("p", "said", question.searched)));
  if (question.answers.length)
    found.push(section(say("answers"), make("ul", "answers", ...question.answers.map((each) => make("li", "", each)))));
  const evidence = question.evidence();
  if (evidence.length)
    found.push(
      section(
        say("evidence"),
        make("ul", "evidence", ...evidence.map((run) => make("li", "", make("blockquote", "", run.words), place(run)))),
      ),
    );
  else if (question.answerable) {
    const documents = question.documents().map((path) => make("li", "", make("bdi", "", path)));
    found.push(section(say("documents"), make("ul", "documents", ...documents)));
  }
  return found;
}

function hitCard(found, evidence) {
  const card = make("details", found.relevant ? "hit relevant" : "hit");
  // What matters is open: the first one, and those that hold the evidence.
  card.open = found.relevant || found.rank === 1;
  const ranks = [
    found.relevant ? `✓ ${say("relevant")}` : say("not_relevant"),
    found.lexical && say("lexical_rank", { rank: found.lexical }),
    found.dense && say("dense_rank", { rank: found.dense }),
    say("score", { score: found.score }),
  ];
  const summary = make(
    "summary",
    "",
    make("span", "number", String(found.rank)),
    make("span", "title", [found.title, ...found.section].filter((name, at, all) => name !== all[at - 1]).join(" › ")),
    make("span", "ranks", ...ranks.filter(Boolean).map((each) => make("span", "", each))),
  );
  card.append(summary, place(found), fillMarked(make("p", "passage"), found.words, found.terms, evidence));
  if (found.terms.length) card.append(make("p", "terms", say("terms", { terms: found.terms.join(say("comma")) })));
  return make("li", "", card);
}

function passagesFound(result) {
  const found = result.hits();
  if (!found.length) return section(say("hits"), make("p", "aid", say("no_hits")));
  const evidence = result.question.evidence().map((run) => run.words);
  return section(say("hits"), make("ol", "hits", ...found.map((each) => hitCard(each, each.relevant ? evidence : []))));
}

function figures(run, result) {
  const list = make("dl", "own");
  result.values.forEach((value, at) => {
    if (value !== null) list.append(make("div", "", make("dt", "", either(runs[run].metrics[at])), make("dd", "", (value / 10).toFixed(1))));
  });
  return make("details", "own", make("summary", "", say("figures")), list);
}

function otherRuns(run, result) {
  const list = make("ul", "others");
  runs.forEach((other, at) => {
    const there = at === run ? undefined : byQuestion[at].get(result.place);
    if (there)
      list.append(make("li", "", make("bdi", "", other.name), outcomeMark(there.outcome), there.question.answerable && make("span", "meta", firstRank(there))));
  });
  return list.children.length ? section(say("other_runs"), list) : null;
}

function unfold(details, run, result) {
  const note = make("p", "explained", either(result.outcome.meaning));
  if (result.question.laterTurn) note.append(" ", make("span", "turn", say("later_turn")));
  const left = make("div", "asked-for", ...proofs(result.question));
  if (result.answer) left.append(reply(result.answer));
  const others = otherRuns(run, result);
  if (others) left.append(others);
  left.append(figures(run, result));
  details.append(make("div", "detail", note, make("div", "columns", left, make("div", "found", passagesFound(result)))));
}

/** A question of a run, folded; its insides are made when it is first opened. */
function row(run, result) {
  const details = make(
    "details",
    "question",
    make("summary", "", outcomeMark(result.outcome), make("span", "asked", result.question.question), meta(result)),
  );
  const key = `${run} ${result.place}`;
  const open = () => {
    if (details.open) unfolded.add(key);
    else unfolded.delete(key);
    if (details.open && details.children.length === 1) unfold(details, run, result);
  };
  details.open = unfolded.has(key);
  if (details.open) open();
  details.addEventListener("toggle", open);
  return make("li", "", details);
}
