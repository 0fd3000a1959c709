"use strict";
/* Which questions are listed. The choice is kept in the address, so that it can be sent to somebody. */

const BATCH = 40;
const WRONG = "wrong";
const EVERY = "all";

const form = document.getElementById("filter");
const chips = document.getElementById("outcome-chips");
const list = document.getElementById("rows");
const more = document.getElementById("more");
const counted = document.getElementById("counted");
const reset = document.getElementById("reset");
const shipped = document.title;

/* The last run is the one that is judged; those before it are what it is compared with. */
const JUDGED = runs.length - 1;

const initial = () => ({ run: JUDGED, outcome: WRONG, type: null, language: null, text: "" });
let chosen = initial();
let listed = [];
let shown = 0;

/* The address */

function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const run = runs.findIndex(({ name }) => name === address.get("run"));
  const outcome = address.get("outcome");
  const known = outcome === EVERY || outcomes.some(({ value }) => value === outcome);
  chosen = {
    run: run < 0 ? JUDGED : run,
    outcome: known ? outcome : WRONG,
    type: address.get("type"),
    language: address.get("language"),
    text: address.get("text") ?? "",
  };
}

function writeAddress() {
  const address = new URLSearchParams();
  const page = new URLSearchParams(location.hash.slice(1)).get("page");
  if (page) address.set("page", page);
  if (chosen.run !== JUDGED) address.set("run", runs[chosen.run].name);
  if (chosen.outcome !== WRONG) address.set("outcome", chosen.outcome);
  if (chosen.type !== null) address.set("type", chosen.type);
  if (chosen.language !== null) address.set("language", chosen.language);
  if (chosen.text) address.set("text", chosen.text);
  const written = address.toString();
  history.replaceState(null, "", written ? `#${written}` : location.pathname + location.search);
}

/* Choosing */

const fold = (words) => folded(words.normalize("NFKC")).read;

function searchable(question) {
  question.searchable ??= fold(
    [
      question.id,
      question.question,
      question.searched ?? "",
      ...question.answers,
      ...question.evidence().map((run) => run.words),
      ...question.documents(),
    ].join("\n"),
  );
  return question.searchable;
}

/** The results of the chosen run that fit all of the choice but the outcome. */
function fitting() {
  const words = fold(chosen.text).split(/\s+/).filter(Boolean);
  return runs[chosen.run].results.filter(
    ({ question }) =>
      (chosen.type === null || question.type === chosen.type) &&
      (chosen.language === null || question.language === chosen.language) &&
      words.every((word) => searchable(question).includes(word)),
  );
}

function fits(outcome) {
  if (chosen.outcome === EVERY) return true;
  return chosen.outcome === WRONG ? outcome.wrong : outcome.value === chosen.outcome;
}

/* Showing */

function chip(value, name, count, swatch) {
  const input = make("input");
  Object.assign(input, { type: "radio", name: "outcome", value, checked: chosen.outcome === value });
  const label = make("span", "", swatch, name, make("b", "", count.toLocaleString("en")));
  return make("label", count ? "chip" : "chip nothing", input, label);
}

function showChips(found) {
  const counts = new Map();
  for (const { outcome } of found) counts.set(outcome.value, (counts.get(outcome.value) ?? 0) + 1);
  const all = new Set(runs[chosen.run].results.map(({ outcome }) => outcome.value));
  if (chosen.outcome !== WRONG && chosen.outcome !== EVERY) all.add(chosen.outcome);
  const focused = chips.contains(document.activeElement);
  chips.replaceChildren(
    chip(WRONG, say("wrong"), found.filter(({ outcome }) => outcome.wrong).length, null),
    ...outcomes
      .filter(({ value }) => all.has(value))
      .map(({ value, name }) => chip(value, either(name), counts.get(value) ?? 0, make("i", `swatch o-${value}`))),
    chip(EVERY, say("every"), found.length, null),
  );
  if (focused) chips.querySelector(":checked")?.focus();
}

/** The values that questions have, with one for any first; what the set does not say is named as such. */
function showOptions(select, values, any, wanted, name) {
  const known = [...new Set(values)];
  if (wanted !== null && !known.includes(wanted)) known.push(wanted);
  const options = [[null, any], ...known.map((value) => [value, name(value) || say("unnamed")])];
  select.replaceChildren(
    ...options.map(([value, words]) => {
      const option = make("option", "", words);
      option.value = value === null ? "" : `=${value}`;
      option.selected = value === wanted;
      return option;
    }),
  );
  select.closest("label").hidden = known.length < 2 && wanted === null;
}

function showForm() {
  const asked = runs[chosen.run].results.map(({ question }) => question);
  const { type, language } = form.elements;
  showOptions(type, asked.map((each) => each.type), say("every_type"), chosen.type, (value) => value);
  showOptions(language, asked.map((each) => each.language), say("every_language"), chosen.language, languageName);
  for (const input of form.querySelectorAll("[name=run]")) input.checked = Number(input.value) === chosen.run;
  if (form.elements.text.value !== chosen.text) form.elements.text.value = chosen.text;
  form.elements.text.placeholder = say("placeholder");
  reset.textContent = say("reset");
}

function showMore() {
  const batch = listed.slice(shown, shown + BATCH);
  list.append(...batch.map((result) => row(chosen.run, result)));
  shown += batch.length;
  const left = listed.length - shown;
  more.hidden = !left;
  more.textContent = say("more", { n: Math.min(BATCH, left), left: left.toLocaleString("en") });
}

function show() {
  const found = fitting();
  listed = found.filter(({ outcome }) => fits(outcome));
  // The worst first; within an outcome as in the gold set.
  listed.sort((a, b) => a.outcome.order - b.outcome.order);
  shown = 0;
  list.replaceChildren();
  showForm();
  showChips(found);
  showMore();
  const total = runs[chosen.run].results.length.toLocaleString("en");
  counted.textContent = listed.length
    ? say("counted", { shown: listed.length.toLocaleString("en"), total })
    : say("none");
  document.title = `${shipped} · ${either(spoken.report)}`;
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute("aria-pressed", String(button.lang === document.documentElement.lang));
}

/* Listening */

let typing;

form.addEventListener("submit", (event) => event.preventDefault());

form.addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  if (target.name === "text") {
    chosen.text = target.value;
    typing = setTimeout(update, 120);
    return;
  }
  if (target.name === "run") chosen.run = Number(target.value);
  else if (target.name === "outcome") chosen.outcome = target.value;
  else chosen[target.name] = target.value ? target.value.slice(1) : null;
  update();
});

function update() {
  writeAddress();
  show();
}

reset.addEventListener("click", () => {
  chosen = { ...initial(), run: chosen.run };
  update();
});

more.addEventListener("click", () => {
  const first = shown;
  showMore();
  list.children[first]?.querySelector("summary").focus();
});

addEventListener("hashchange", () => {
  // Links within the page have no choice in them.
  if (location.hash && !location.hash.includes("=")) return;
  readAddress();
  show();
});

for (const button of document.querySelectorAll("[data-language]"))
  button.addEventListener("click", () => {
    document.documentElement.lang = button.lang;
    const address = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    address.set("page", button.lang);
    history.replaceState(null, "", `#${address}`);
    show();
  });

readAddress();
form.hidden = false;
show();
if (/[#&](run|outcome|type|language|text)=/.test(location.hash))
  document.getElementById("each-question").scrollIntoView();
