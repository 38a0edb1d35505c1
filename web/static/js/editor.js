// The playbook editor: rows that are added, removed, moved by buttons or dragged.

import Sortable from "../vendor/sortable/sortable.core.esm.js";

let form = null;
let changed = false;

function change() {
  changed = true;
  const state = form.querySelector(".save-state");
  if (state) state.textContent = "Changes are not saved yet";
}

function drag(list) {
  const kind = list.dataset.rows;
  Sortable.create(list, {
    group: kind,
    handle: "[data-grip]",
    draggable: "[data-row]",
    animation: 120,
    onEnd: change,
  });
}

function add(button) {
  const kind = button.dataset.add;
  const list = button.parentElement.querySelector(`[data-rows="${kind}"]`);
  const most = Number(button.dataset.most ?? Infinity);
  if (list.children.length >= most) return;
  const row = form.querySelector(`template[data-new="${kind}"]`).content.cloneNode(true);
  list.append(row);
  const fresh = list.lastElementChild;
  for (const inner of fresh.querySelectorAll("[data-rows]")) drag(inner);
  fresh.querySelector("input:not([type=hidden])").focus();
  change();
}

function move(button) {
  const row = button.closest("[data-row]");
  const up = button.dataset.move === "up";
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (other) {
    if (up) other.before(row);
    else other.after(row);
  } else if (!hop(row, up)) {
    return;
  }
  button.focus();
  change();
}

// A step at the edge of its stage goes on into the stage beside it.
function hop(row, up) {
  if (!row.classList.contains("edit-step")) return false;
  const stage = row.parentElement.closest(".edit-stage");
  const beside = up ? stage.previousElementSibling : stage.nextElementSibling;
  const steps = beside?.querySelector("[data-rows=step]");
  if (!steps) return false;
  if (up) steps.append(row);
  else steps.prepend(row);
  return true;
}

function remove(button) {
  const row = button.closest("[data-row]");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  const list = row.parentElement;
  row.remove();
  change();
  (next?.querySelector("input:not([type=hidden])") ?? list.parentElement.querySelector("[data-add]"))
    ?.focus();
}

async function preview(button) {
  const field = button.closest(".field");
  const text = field.querySelector("textarea");
  const place = field.querySelector(".preview");
  if (!place.hidden) {
    place.hidden = true;
    text.hidden = false;
    button.textContent = "Preview";
    return;
  }
  const body = new URLSearchParams({ description: text.value });
  const answer = await fetch("/preview", { method: "POST", body });
  if (!answer.ok) return;
  // The server made this HTML of Markdown and let nothing through that could run.
  place.innerHTML = await answer.text();
  place.hidden = false;
  text.hidden = true;
  button.textContent = "Write";
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#editor button[type=button]");
  if (!button) return;
  if (button.dataset.add) add(button);
  else if (button.dataset.move) move(button);
  else if ("remove" in button.dataset) remove(button);
  else if ("preview" in button.dataset) preview(button);
});

document.addEventListener("input", (event) => {
  if (event.target.closest("#editor")) change();
});

// Enter in a step's title begins the next step, as in any list.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.name !== "step_title") return;
  event.preventDefault();
  add(event.target.closest(".edit-stage").querySelector("[data-add=step]"));
});

function begin() {
  const found = document.getElementById("editor");
  if (found === form) return;
  form = found;
  changed = false;
  for (const list of form.querySelectorAll("[data-rows]")) drag(list);
  const mistake = form.querySelector("[data-mistake]");
  if (mistake) {
    changed = true;
    const wrong = form.querySelector(".field-error:not(:empty)");
    const field = wrong?.parentElement.querySelector("input:not([type=hidden]), textarea, select");
    (field ?? mistake).focus({ preventScroll: true });
    // The words are below the field, and should not be read through the bar that saves.
    (wrong ?? mistake).scrollIntoView({ block: "center" });
  }
}

begin();
document.body.addEventListener("htmx:afterSettle", begin);
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === form) changed = false;
});
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
