document.documentElement.lang = /^zh\b/i.test(navigator.language) ? "zh-CN" : "en";
