const log = element.querySelector(".log");
const viewer = element.querySelector("dialog.viewer");
const unreachable = element.querySelector("template.unreachable");

/* Turns are appended here rather than re-rendered by Gradio, so that what a reader has unfolded in
   older turns stays unfolded. A turn that arrives again replaces its earlier state. */
watch("value", () => {
  const arrived = document.createElement("template");
  arrived.innerHTML = props.value;
  const turn = arrived.content.firstElementChild;
  if (!turn) return;
  const earlier = document.getElementById(turn.id);
  if (earlier) earlier.replaceWith(turn);
  else log.append(turn);
  document.body.classList.add("talking");
  // While an answer is being written, the reader's place is left alone.
  if (earlier && turn.classList.contains("writing")) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  turn.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
});

/* The buttons of one list of places, and which of them is shown. */
let places = [];
let shown = 0;
let opening = 0;

async function show(index, focused) {
  shown = index;
  const turn = ++opening;
  let content;
  try {
    content = await server.open_document(JSON.parse(places[index].dataset.place));
  } catch {
    content = unreachable.innerHTML;
  }
  if (turn !== opening) return;
  viewer.innerHTML = content;
  if (!viewer.open) viewer.showModal();
  viewer.querySelector("mark")?.scrollIntoView({ block: "center" });
  const wanted = focused && viewer.querySelector(`[data-step="${focused}"]:enabled`);
  (wanted || viewer.querySelector(".source") || viewer).focus({ preventScroll: true });
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) {
    if (event.target === viewer) viewer.close();
  } else if (button.dataset.place) {
    places = [...button.closest("[data-places]").querySelectorAll("[data-place]")];
    show(places.indexOf(button));
  } else if (button.dataset.citation) {
    places = [...button.closest(".turn").querySelectorAll(".citations [data-place]")];
    show(Number(button.dataset.citation) - 1);
  } else if (button.dataset.step) {
    show(shown + Number(button.dataset.step), button.dataset.step);
  } else if ("close" in button.dataset) {
    viewer.close();
  }
});

viewer.addEventListener("close", () => {
  opening++;
  viewer.replaceChildren();
});
