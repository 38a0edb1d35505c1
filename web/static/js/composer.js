// Writing a message: Enter sends, files can be picked, pasted or dropped, drafts stay.

import { Completion } from "./completion.js";

const TALLEST = 240;

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Composer {
  constructor(form) {
    this.form = form;
    this.box = form.elements.text;
    this.input = form.elements.files;
    this.chips = form.querySelector(".attached");
    this.files = [];
    this.draft = `draft:${form.getAttribute("hx-post")}:${form.elements.thread?.value ?? ""}`;
    this.completion = new Completion(
      this.box,
      form.querySelector(".suggestions"),
      form.dataset.complete,
    );
    this.box.value = sessionStorage.getItem(this.draft) ?? "";
    this.listen();
    this.fit();
    this.renew();
  }

  listen() {
    this.box.addEventListener("input", () => {
      this.fit();
      this.renew();
      sessionStorage.setItem(this.draft, this.box.value);
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length) this.attach(event.clipboardData.files);
    });
    this.input.addEventListener("change", () => this.attach(this.input.files));
    this.form.addEventListener("dragover", (event) => event.preventDefault());
    this.form.addEventListener("drop", (event) => {
      event.preventDefault();
      this.attach(event.dataTransfer.files);
    });
    this.form.addEventListener("htmx:beforeRequest", (event) => {
      if (event.target === this.form && this.empty()) event.preventDefault();
    });
    this.form.addEventListener("htmx:afterRequest", (event) => {
      if (event.target === this.form && event.detail.successful) this.sent();
    });
    for (const button of this.form.querySelectorAll("[data-insert]")) {
      button.addEventListener("click", () => this.insert(button.dataset.insert));
    }
  }

  empty() {
    return !this.box.value.trim() && !this.files.length;
  }

  key(event) {
    if (event.isComposing) return;
    if (this.completion.key(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.completion.close();
      if (!this.empty()) this.form.requestSubmit();
    }
  }

  insert(text) {
    if (text === "/" && this.box.value) this.box.value = "";
    const space = text === "@" && /\S$/.test(this.box.value) ? " " : "";
    this.box.value += space + text;
    this.box.focus();
    this.box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  attach(files) {
    this.files.push(...files);
    this.show();
    this.box.focus();
  }

  show() {
    const carrier = new DataTransfer();
    for (const file of this.files) carrier.items.add(file);
    this.input.files = carrier.files;
    this.chips.hidden = !this.files.length;
    this.chips.replaceChildren(...this.files.map((file, index) => this.chip(file, index)));
  }

  chip(file, index) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = file.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Do not send ${file.name}`);
    remove.addEventListener("click", () => {
      this.files.splice(index, 1);
      this.show();
    });
    item.append(name, remove);
    return item;
  }

  // The same words sent again after a failure carry the same key and count once.
  renew() {
    this.form.elements.key.value = newKey();
  }

  sent() {
    this.box.value = "";
    this.files = [];
    this.show();
    this.fit();
    this.renew();
    sessionStorage.removeItem(this.draft);
    htmx.trigger(document.body, "tocsin:sent");
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST)}px`;
    this.form.classList.toggle("has-text", Boolean(this.box.value.trim()));
  }
}

const known = new WeakSet();

function findAll() {
  for (const form of document.querySelectorAll("form[data-composer]")) {
    if (known.has(form)) continue;
    known.add(form);
    const composer = new Composer(form);
    // Where fingers type, a keyboard would cover what people came to read.
    if (form.elements.thread || matchMedia("(pointer: fine)").matches) composer.box.focus();
  }
}

findAll();
document.body.addEventListener("htmx:afterSettle", findAll);

// Typing anywhere goes to the composer, as in the chats people know.
document.addEventListener("keydown", (event) => {
  const box = document.querySelector(".talk form[data-composer] textarea");
  if (!box || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
  if (event.key === " " || document.querySelector("dialog[open]")) return;
  const at = document.activeElement;
  if (at && at !== document.body && at.id !== "scroller" && at.id !== "main") return;
  box.focus();
});
