// The frame around the pages: drawer, panel, threads, colours, notes at the edge.

const shell = document.getElementById("shell");
const room = document.getElementById("room");
const YEAR = 31_536_000;
const TOAST = 7000;

function press(selector, act) {
  document.addEventListener("click", (event) => {
    const found = event.target.closest(selector);
    if (found) act(found, event);
  });
}

press("[data-drawer-open]", () => {
  shell.classList.add("drawer-open");
  document.querySelector("#sidebar a, #sidebar button")?.focus();
});
press("[data-drawer-close]", () => shell.classList.remove("drawer-open"));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  if (shell?.classList.contains("drawer-open")) shell.classList.remove("drawer-open");
  else if (room?.classList.contains("has-thread")) closeThread();
});

// Ctrl+K or ⌘K finds a channel, as in the chats people know.
document.addEventListener("keydown", (event) => {
  if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  const browse = document.querySelector('[hx-get="/browse-channels"]');
  if (!browse || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  browse.click();
});

// Menus made of <details> close when somebody presses elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

function view(name) {
  if (!room) return;
  room.dataset.view = name;
  for (const tab of document.querySelectorAll("[data-view-choice]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.viewChoice === name));
  }
}

press("[data-view-choice]", (tab) => view(tab.dataset.viewChoice));

const narrow = matchMedia("(max-width: 900px)");

function hidePanel(hidden) {
  room.classList.toggle("panel-hidden", hidden);
  localStorage.setItem("panel-hidden", hidden ? "yes" : "");
}

if (room && localStorage.getItem("panel-hidden")) room.classList.add("panel-hidden");
press("[data-toggle-panel]", () => {
  if (narrow.matches) view(room.dataset.view === "panel" ? "chat" : "panel");
  else hidePanel(!room.classList.contains("panel-hidden"));
});
press("[data-show-panel]", () => {
  if (narrow.matches) view("panel");
  else hidePanel(false);
});

function closeThread() {
  room.classList.remove("has-thread");
  document.getElementById("thread").replaceChildren();
  const url = new URL(location.href);
  url.searchParams.delete("thread");
  history.replaceState(null, "", url);
  document.querySelector(".talk textarea")?.focus();
}

press("[data-close-thread]", closeThread);

// What people unfolded stays unfolded when the card around it is renewed.
const unfolded = new Set();
document.addEventListener(
  "toggle",
  (event) => {
    const { id, open } = event.target;
    if (!id || !event.target.matches?.("details[id]")) return;
    if (open) unfolded.add(id);
    else unfolded.delete(id);
  },
  true,
);

function unfold() {
  for (const id of unfolded) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
}

document.body.addEventListener("htmx:oobAfterSwap", unfold);
document.body.addEventListener("htmx:afterSwap", (event) => {
  unfold();
  if (!room) return;
  if (event.target.id === "thread") room.classList.add("has-thread");
  if (event.target.id === "panel-pane") {
    const panel = document.querySelector("#panel[data-message]");
    room.classList.toggle("has-panel", panel !== null);
  }
});

// A select that acts when something is chosen goes back to its label afterwards.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches("select[data-reset]")) {
    for (const option of event.target.options) option.selected = option.defaultSelected;
  }
});

press("[data-theme-choice]", (button) => {
  const theme = button.dataset.themeChoice;
  const age = theme ? YEAR : 0;
  document.cookie = `tocsin_theme=${theme}; path=/; max-age=${age}; samesite=lax`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const other of document.querySelectorAll("[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
});

const toasts = document.getElementById("toasts");
press("[data-dismiss]", (button) => button.closest(".toast").remove());
new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node instanceof Element) setTimeout(() => node.remove(), TOAST);
    }
  }
}).observe(toasts, { childList: true });

export function toast(message) {
  const note = document.createElement("div");
  note.className = "toast tone-good";
  note.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = message;
  note.append(text);
  toasts.append(note);
}

for (const told of document.querySelectorAll("template[data-toast]")) {
  toast(told.content.textContent);
  history.replaceState(null, "", location.pathname);
}

document.body.addEventListener("htmx:sendError", () => {
  toast("The server did not answer. Check the connection and try again.");
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("This browser does not let pages copy; select the text instead.");
  }
}

press("[data-copy-link]", (button) => copy(new URL(button.dataset.copyLink, location.href).href));
press("[data-copy]", (button) => copy(document.querySelector(button.dataset.copy).value));
