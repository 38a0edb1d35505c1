// Completion of commands and mentions in a composer, worked from the keyboard.

const PAUSE = 70;

export class Completion {
  #box;
  #list;
  #url;
  #found = [];
  #chosen = -1;
  #asked = 0;
  #timer = 0;
  #prefix = "";

  constructor(box, list, url) {
    this.#box = box;
    this.#list = list;
    this.#url = url;
    box.addEventListener("input", () => this.#soon());
    box.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("[role=option]");
      if (!item) return;
      event.preventDefault();
      this.#accept(Number(item.dataset.index));
    });
  }

  get open() {
    return !this.#list.hidden;
  }

  close() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#list.hidden = true;
    this.#found = [];
    this.#chosen = -1;
    this.#box.removeAttribute("aria-activedescendant");
  }

  // True when the key was for the list and not for the composer.
  key(event) {
    if (!this.open) return false;
    const last = this.#found.length - 1;
    switch (event.key) {
      case "ArrowDown":
        this.#choose(this.#chosen >= last ? 0 : this.#chosen + 1);
        return true;
      case "ArrowUp":
        this.#choose(this.#chosen <= 0 ? last : this.#chosen - 1);
        return true;
      case "Tab":
        if (event.shiftKey) return false;
        this.#accept(Math.max(this.#chosen, 0));
        return true;
      case "Enter":
        if (this.#chosen < 0 || event.shiftKey || this.#complete()) return false;
        this.#accept(this.#chosen);
        return true;
      case "Escape":
        this.close();
        return true;
      default:
        return false;
    }
  }

  #complete() {
    return this.#found[this.#chosen].text.trim() === this.#prefix.trim();
  }

  #soon() {
    clearTimeout(this.#timer);
    const before = this.#box.value.slice(0, this.#box.selectionStart);
    const wanted = /^\/[^\n]*$/.test(before) || /(^|\s)@[\w.-]*$/.test(before);
    if (!wanted) {
      this.close();
      return;
    }
    this.#timer = setTimeout(() => this.#ask(before), PAUSE);
  }

  async #ask(before) {
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const answer = await fetch(`${this.#url}?${new URLSearchParams({ text: before })}`);
      const found = answer.ok ? await answer.json() : [];
      if (mine === this.#asked) this.#show(before, found);
    } catch {
      this.close();
    }
  }

  #show(before, found) {
    if (!found.length) {
      this.close();
      return;
    }
    this.#prefix = before;
    this.#found = found;
    this.#list.replaceChildren(...found.map((one, index) => this.#item(one, index)));
    this.#list.hidden = false;
    // A mention is completed with Enter; a command is sent as it was typed.
    this.#choose(before.startsWith("/") && !/(^|\s)@[\w.-]*$/.test(before) ? -1 : 0);
  }

  #item(one, index) {
    const item = document.createElement("li");
    item.role = "option";
    item.id = `${this.#list.id}-${index}`;
    item.dataset.index = index;
    const text = document.createElement("span");
    text.className = "suggestion-text";
    text.textContent = /(^|\s)@[\w.-]*$/.test(this.#prefix)
      ? one.text.trim().split(/\s/).at(-1)
      : one.text;
    const hint = document.createElement("span");
    hint.className = "suggestion-hint";
    hint.textContent = one.hint;
    item.append(text, hint);
    return item;
  }

  #choose(index) {
    this.#chosen = index;
    [...this.#list.children].forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === index));
      if (at === index) item.scrollIntoView({ block: "nearest" });
    });
    if (index < 0) this.#box.removeAttribute("aria-activedescendant");
    else this.#box.setAttribute("aria-activedescendant", `${this.#list.id}-${index}`);
  }

  #accept(index) {
    const rest = this.#box.value.slice(this.#prefix.length);
    const text = this.#found[index].text;
    const spaced = /\s$/.test(text) ? text : `${text} `;
    this.#box.value = spaced + rest;
    this.#box.setSelectionRange(spaced.length, spaced.length);
    this.close();
    this.#box.focus();
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
