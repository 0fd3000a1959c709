"use strict";
/* The words of the page in the reader's language, and elements made of text only. */

const spoken = JSON.parse(document.getElementById("words-data").textContent);

const inChinese = () => document.documentElement.lang.startsWith("zh");

/** One of a pair [Chinese, English]. */
const either = (pair) => pair[inChinese() ? 0 : 1];

/** Words by name, with the names in braces filled in. */
const say = (name, values = {}) =>
  either(spoken.words[name]).replace(/\{(\w+)\}/g, (_, key) => values[key]);

/** An element of a class, holding elements and plain text: text is never read as HTML. */
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter(Boolean));
  return element;
}
