"use strict";
/* Where matched terms and evidence stand in a passage. */

const isWordLetter = (letter) => /[\p{L}\p{N}]/u.test(letter) && !/[\p{sc=Han}]/u.test(letter);

/** A text as matching reads it, with the place in the text of each of its letters. */
function folded(words) {
  let read = "";
  const places = [];
  for (let at = 0; at < words.length; ) {
    const letter = String.fromCodePoint(words.codePointAt(at));
    const as = packed.folded[letter] ?? letter.toLowerCase();
    read += as;
    for (let n = 0; n < as.length; n++) places.push(at);
    at += letter.length;
  }
  places.push(words.length);
  return { read, places };
}

/** Every [start, end) of a term; one in Latin letters only where it is a whole word. */
function* occurrences({ read, places }, term) {
  if (!term) return;
  for (let at = read.indexOf(term); at >= 0; at = read.indexOf(term, at + term.length)) {
    const end = at + term.length;
    const inside =
      (isWordLetter(term[0]) && at > 0 && isWordLetter(read[at - 1])) ||
      (isWordLetter(term.at(-1)) && end < read.length && isWordLetter(read[end]));
    if (!inside) yield [places[at], places[end]];
  }
}

/** Where a run of evidence stands, white space aside: [start, end), or null. */
function located(words, run) {
  const places = [];
  let squeezed = "";
  for (let at = 0; at < words.length; at++) {
    if (/\s/.test(words[at])) continue;
    squeezed += words[at];
    places.push(at);
  }
  const wanted = run.replace(/\s+/g, "");
  const at = wanted ? squeezed.indexOf(wanted) : -1;
  return at < 0 ? null : [places[at], places[at + wanted.length - 1] + 1];
}

/** Put a text into an element with its terms marked and its evidence underlined. */
function fillMarked(element, words, terms, evidence) {
  const styles = new Uint8Array(words.length);
  const read = folded(words);
  for (const term of terms)
    for (const [start, end] of occurrences(read, term))
      for (let at = start; at < end; at++) styles[at] |= 1;
  for (const run of evidence) {
    const place = located(words, run);
    if (place) for (let at = place[0]; at < place[1]; at++) styles[at] |= 2;
  }
  for (let start = 0, end; start < words.length; start = end) {
    end = start + 1;
    while (end < words.length && styles[end] === styles[start]) end++;
    const part = words.slice(start, end);
    if (!styles[start]) element.append(part);
    else {
      const names = [styles[start] & 1 && "term", styles[start] & 2 && "proof"].filter(Boolean);
      element.append(make("mark", names.join(" "), part));
    }
  }
  return element;
}
