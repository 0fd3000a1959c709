"use strict";
/* Before anything is shown: the language that the address asks for, or else the browser's. */
{
  const asked = new URLSearchParams(location.hash.slice(1)).get("page");
  document.documentElement.lang = /^zh\b/i.test(asked || navigator.language) ? "zh-CN" : "en";
}
