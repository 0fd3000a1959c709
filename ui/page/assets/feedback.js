
/* What a reader says about an answer: once said and noted, it is not taken back. */
async function tell(button, said) {
  const group = button.closest("[data-feedback]");
  if (group.dataset.feedback) return false;
  group.dataset.feedback = "sending";
  const turn = button.closest(".turn");
  let noted = false;
  let sentence;
  try {
    const { question } = turn.querySelector("[data-question]").dataset;
    ({ noted, sentence } = await server.give_feedback({ question, ...said }));
  } catch {
    sentence = unreachable.content.querySelector(`[lang="${turn.lang}"]`).textContent;
  }
  group.dataset.feedback = noted ? "noted" : "";
  if (noted) {
    for (const each of group.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
  }
  /* As text, never as HTML; on the button itself where it has words. */
  const label = noted && button.querySelector(".label");
  if (label) label.textContent = sentence;
  group.querySelector(".told").textContent = label ? "" : sentence;
  return noted;
}

async function rate(button) {
  if (!(await tell(button, { rating: button.dataset.rating }))) return;
  button.setAttribute("aria-pressed", "true");
  if (button.dataset.rating !== "down") return;
  const form = button.closest(".feedback").querySelector("form");
  form.hidden = false;
  form.scrollIntoView({ block: "nearest" });
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.rating) {
    rate(button);
  } else if ("right" in button.dataset) {
    const { place } = button.closest(".card").querySelector("[data-place]").dataset;
    tell(button, { place: JSON.parse(place) });
  }
});

element.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const comment = form.comment.value.trim();
  if (!comment) form.comment.focus();
  else if (await tell(form.querySelector("button"), { comment })) form.comment.readOnly = true;
});
